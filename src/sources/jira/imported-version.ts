import { Temporal } from 'temporal-polyfill';
import type { Event } from '../../domain/event.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import type { ImportedVersionPayload } from './import-schema.ts';
import { releaseOf } from './version.ts';

/**
 * A released version. The API has the day alone, so this tells the last moment of it: what a webhook told of that day comes
 * before that, and stays. None that is still to come is told.
 */
export function readImportedVersion(imported: ImportedVersionPayload, delivery: Delivery): readonly Event[] | Ignored {
  const { version, time_zone } = imported;
  const { releaseDate } = version;
  const end = releaseDate === undefined ? null : endOfDay(releaseDate, time_zone);
  if (end === null) return ignored('it does not say when it was released');
  const at = { at: Math.min(end, delivery.receivedAt), precisionMs: 1 };
  return [releaseOf(version, at, { key: `released_on@${releaseDate}` }, delivery)];
}

/** The last millisecond of a day, `2026-03-29`; null where there is no such day. */
function endOfDay(day: string, timeZone: string): number | null {
  try {
    return Temporal.PlainDate.from(day).add({ days: 1 }).toZonedDateTime(timeZone).epochMilliseconds - 1;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
