import type { Event } from '../../domain/event.ts';
import { tell } from '../_kit/telling.ts';
import type { SourceTime } from '../_kit/time.ts';
import type { Delivery } from '../contract.ts';
import { operationOf } from './operation.ts';
import type { VersionPayload } from './schema.ts';

/** A version was released, at the moment at which somebody said so: its release date has no time, and may be planned. */
export function readVersion({ version, timestamp }: VersionPayload, delivery: Delivery): readonly Event[] {
  return [releaseOf(version, timestamp, { key: `released@${timestamp.at}` }, delivery)];
}

/** That a version was released, all at one moment. */
export function releaseOf(
  { id, name, projectId, releaseDate }: VersionPayload['version'],
  at: SourceTime,
  { key }: Pick<Event, 'key'>,
  delivery: Delivery,
): Event {
  return tell(operationOf('version', id, { scope: projectId ?? 'unknown', id: name }, delivery), at, at, {
    key,
    state: 'end',
    result: 'done',
    startedAt: at.at,
    title: name,
    tags: { 'valuestream.release.date': releaseDate ?? null },
  });
}
