import type { Event } from '../../domain/event.ts';
import { tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { operationOf } from './operation.ts';
import type { VersionPayload } from './schema.ts';

/** A version was released, at the moment at which somebody said so: its release date has no time, and may be planned. */
export function readVersion({ version, timestamp }: VersionPayload, delivery: Delivery): readonly Event[] {
  const { id, name, projectId, releaseDate } = version;
  const operation = operationOf('version', id, { scope: projectId ?? 'unknown', id: name }, delivery);
  return [
    tell(operation, timestamp, timestamp, {
      key: `released@${timestamp.at}`,
      state: 'end',
      result: 'done',
      startedAt: timestamp.at,
      title: name,
      tags: { 'valuestream.release.date': releaseDate ?? null },
    }),
  ];
}
