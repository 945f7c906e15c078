import type { Event } from '../../domain/event.ts';
import { defined } from '../_kit/json.ts';
import { tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { operationOf, serverScope } from './operation.ts';
import type { QueuePayload } from './schema.ts';

/**
 * A job that waits for a machine. It has no build yet, and is no span: how long a build has waited its own start tells, so
 * nothing needs to find the one by the other.
 */
export function readQueue(item: QueuePayload, delivery: Delivery): readonly Event[] | Ignored {
  const { jenkinsQueueId, jobName, entryTime, exitTime, status } = item;
  const hasLeft = status === 'LEFT';
  const at = hasLeft ? (exitTime ?? entryTime) : entryTime;
  if (at === undefined) return ignored('a queue that tells no time');
  const operation = operationOf('queue', serverScope(delivery), String(jenkinsQueueId), delivery);
  return [
    tell(operation, at, at, {
      key: hasLeft ? 'left' : 'entered',
      state: 'intermediary',
      ...defined({ title: jobName }),
    }),
  ];
}
