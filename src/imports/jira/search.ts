import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { Jira } from '../../vendors/jira/client.ts';
import type { Asked, Project } from './resource.ts';

/** What an issue is known by here; the rest is told as Jira gave it. */
export const historySchema = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  author: z.unknown().optional(),
  created: z.string(),
  items: z.array(z.looseObject({ field: z.string().nullish() })),
});
export type History = z.output<typeof historySchema>;

const issueSchema = z.object({
  id: z.string(),
  key: z.string(),
  self: z.string().nullish(),
  fields: z.looseObject({ updated: z.string(), status: z.object({ id: z.string() }).loose().nullish() }),
  changelog: z.object({ total: z.number().nullish(), histories: z.array(historySchema) }),
});
export type Issue = z.output<typeof issueSchema>;

/** One page of issues, and by what the next one is asked for; null after the last one. */
export interface Found {
  readonly issues: readonly Issue[];
  readonly next: Next | null;
}

/** Cloud's token; or, in Data Center, where a page begins and which issue stands just before it. */
export type Next = { readonly token: string } | { readonly startAt: number; readonly behind: string };

export const PAGE = 50;

const cloudSchema = z.object({
  issues: z.array(issueSchema),
  isLast: z.boolean().nullish(),
  nextPageToken: z.string().nullish(),
});
const dataCenterSchema = z.object({ issues: z.array(issueSchema), total: z.number() });

/**
 * Issues of a project by when they were last changed, the oldest first, each with its changelog as far as Jira tells it with the
 * issue. From the minute of a time on, for JQL knows no seconds.
 *
 * Source: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-jql-post and
 * https://docs.atlassian.com/software/jira/docs/api/REST/9.12.0/#api/2/search-searchUsingSearchRequest
 */
export async function search(asked: Asked, from: number | null, next: Next | null): Promise<Found> {
  const { jira, project, surroundings } = asked;
  const jql = `${changedSince(project, from, surroundings.timeZone)} ORDER BY updated ASC, key ASC`;
  const body = { jql, fields: surroundings.fields, maxResults: PAGE };
  if (!jira.isCloud) return searchDataCenter(jira, { ...body, expand: ['changelog'] }, next);
  const token = next !== null && 'token' in next ? { nextPageToken: next.token } : {};
  const found = await jira.post(cloudSchema, `${jira.api}/search/jql`, { ...body, expand: 'changelog', ...token });
  const { issues, isLast, nextPageToken } = found;
  return { issues, next: isLast === true || !nextPageToken ? null : { token: nextPageToken } };
}

/**
 * Data Center counts from the beginning of what is found, and what is changed meanwhile leaves its place to the next one. So each
 * page begins with the last issue of the one before: where that stands somewhere else, all is asked for again from the beginning.
 */
async function searchDataCenter(jira: Jira, body: object, next: Next | null): Promise<Found> {
  const behind = next !== null && 'behind' in next ? next : null;
  const startAt = behind === null ? 0 : behind.startAt - 1;
  const { issues, total } = await jira.post(dataCenterSchema, `${jira.api}/search`, { ...body, startAt });
  if (behind !== null && issues[0]?.id !== behind.behind) return searchDataCenter(jira, body, null);
  const end = startAt + issues.length;
  const last = issues.at(-1)?.id;
  const isLast = last === undefined || issues.length === (behind === null ? 0 : 1) || end >= total;
  return { issues: behind === null ? issues : issues.slice(1), next: isLast ? null : { startAt: end, behind: last } };
}

/** How many issues there are; in Cloud about. */
export async function count({ jira, project, since, surroundings }: Asked): Promise<number> {
  const jql = changedSince(project, since, surroundings.timeZone);
  if (jira.isCloud)
    return (await jira.post(z.object({ count: z.number() }), `${jira.api}/search/approximate-count`, { jql })).count;
  return (await jira.post(z.object({ total: z.number() }), `${jira.api}/search`, { jql, maxResults: 0 })).total;
}

/** By the project's id, which outlives its key. */
function changedSince({ id }: Project, from: number | null, timeZone: string | null): string {
  return from === null ? `project = ${id}` : `project = ${id} AND updated >= "${jqlTime(from, timeZone)}"`;
}

/** Where the clock is furthest behind: a time in its words is never later than meant, whatever zone Jira takes them to be of. */
const WESTERNMOST = '-12:00';

/**
 * A time as JQL wants it: to the minute, in the time zone of who asks. It is rounded down, and of an hour that a clock goes
 * through twice Jira takes the first one, so that what is found may be too much, but never too little.
 *
 * Source: https://support.atlassian.com/jira-software-cloud/docs/jql-fields/#Updated
 */
export function jqlTime(at: number, timeZone: string | null): string {
  const time = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone ?? WESTERNMOST);
  return `${time.toPlainDate()} ${time.toPlainTime().toString({ smallestUnit: 'minute' })}`;
}
