import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { ImportPage } from '../contract.ts';
import { pagesOf } from '../resource.ts';
import { listed, SIZE } from './listed.ts';
import type { Asked, Resource } from './resource.ts';

const versionSchema = z.looseObject({ released: z.boolean().nullish(), releaseDate: z.string().nullish() });
type Version = z.output<typeof versionSchema>;

/** The place in the list from which the next page is. */
const positionSchema = z.object({ startAt: z.number().int() });

/** Released versions. There are few, and any may be edited at any time, so that all of them are looked at each time. */
export const versions: Resource = {
  estimate: async (asked) => {
    for await (const { total, values } of list(asked, 0, 1)) {
      const things = total ?? values.length;
      return { things, requests: pagesOf(things, SIZE) };
    }
    return { things: 0, requests: 1 };
  },
  pages: async function* (asked, position): AsyncIterable<ImportPage> {
    const { startAt } = position === null ? { startAt: 0 } : positionSchema.parse(JSON.parse(position));
    const timeZone = asked.surroundings.timeZone ?? 'UTC';
    for await (const { values, next } of list(asked, startAt)) {
      const released = values.filter((version) => isReleased(version, asked.since, timeZone));
      yield {
        deliveries: released.map((version) => ({ import: 'version', version, time_zone: timeZone })),
        position: JSON.stringify({ startAt: next ?? 0 }),
        things: released.length,
      };
    }
  },
};

/** A project without versions of its own, or of a kind that has none, answers that there is no such thing. */
function list({ jira, project }: Asked, from: number, size?: number) {
  const options = { from, none: [404], ...(size === undefined ? {} : { size }) };
  return listed(jira, versionSchema, `${jira.api}/project/${project.id}/version`, options);
}

function isReleased({ released, releaseDate }: Version, since: number | null, timeZone: string): boolean {
  if (released !== true || !releaseDate) return false;
  if (since === null) return true;
  return (
    releaseDate >= Temporal.Instant.fromEpochMilliseconds(since).toZonedDateTimeISO(timeZone).toPlainDate().toString()
  );
}
