import { z } from 'zod';
import type { ImportPage } from '../contract.ts';
import { inParallel } from '../parallel.ts';
import { pagesOf } from '../resource.ts';
import { listed } from './listed.ts';
import type { Asked, Resource } from './resource.ts';
import { count, type History, historySchema, type Issue, type Next, PAGE, search } from './search.ts';
import type { Status } from './surroundings.ts';

const MINUTE_MS = 60_000;
/** For so long a search may not yet find what was changed: its index follows behind, in Cloud and in a cluster. */
const BEHIND_MS = 10 * MINUTE_MS;
/** How far apart the clocks of two zones are at most: so much too much is found where the zone is not known. */
const ZONES_MS = 26 * 60 * MINUTE_MS;
/** Several projects are read at one time. */
const DETAILS_AT_ONCE = 3;
const CHANGES = 100;
/**
 * So many changes Cloud tells with an issue at most, the latest ones.
 *
 * Source: https://developer.atlassian.com/changelog/#CHANGE-2046, the notes on moving to `/search/jql`
 */
const MOST_TOLD = 40;

/** When what was seen last was changed; null while nothing was seen. */
const positionSchema = z.object({ updated: z.string().nullable() });

/**
 * Issues by when they were last changed, the oldest first: each page from the last time of the one before on, so that nothing is
 * missed that changes meanwhile, and the next import goes on where this one ended.
 */
export const issues: Resource = {
  estimate: async (asked) => {
    const things = await count(asked);
    return { things, requests: pagesOf(things, PAGE) };
  },
  pages: async function* (asked, position): AsyncIterable<ImportPage> {
    let last = position === null ? null : (positionSchema.parse(JSON.parse(position)).updated ?? null);
    let from = last === null ? asked.since : Date.parse(last) - BEHIND_MS;
    let seen: Set<string> = new Set();
    // A search from a new time on has to leave more behind than it finds again.
    const leastStep = asked.surroundings.timeZone === null ? ZONES_MS : 0;
    for (let next: Next | null = null; ; ) {
      const found = await search(asked, from, next);
      const fresh = found.issues.filter((issue) => !seen.has(versionOf(issue)));
      for (const issue of fresh) seen.add(versionOf(issue));
      last = latest(last, found.issues);
      yield {
        deliveries: await inParallel(fresh, DETAILS_AT_ONCE, (issue) => envelopeOf(issue, asked)),
        position: JSON.stringify({ updated: last }),
        things: fresh.length,
      };
      if (found.next === null) return;
      const minute = minuteOf(found.issues.at(-1));
      if (minute !== null && (from === null || minute > from + leastStep)) {
        [from, next] = [minute, null];
        // The same minute comes again, and what was changed in it before this.
        seen = new Set(found.issues.filter((issue) => minuteOf(issue) === minute).map(versionOf));
      } else next = found.next;
    }
  },
};

/** An issue as of its last change. */
function versionOf({ id, fields: { updated } }: Issue): string {
  return `${id}@${updated}`;
}

function minuteOf(issue: Issue | undefined): number | null {
  if (issue === undefined) return null;
  return Math.floor(Date.parse(issue.fields.updated) / MINUTE_MS) * MINUTE_MS;
}

function latest(before: string | null, found: readonly Issue[]): string | null {
  const times = [...(before === null ? [] : [before]), ...found.map(({ fields }) => fields.updated)];
  return times.reduce<string | null>((a, b) => (a === null || Date.parse(b) > Date.parse(a) ? b : a), null);
}

async function envelopeOf(issue: Issue, asked: Asked): Promise<object> {
  const { id, key, self, fields } = issue;
  const changelog = await changelogOf(issue, asked);
  const statuses = statusesOf(issue, changelog, asked);
  return { import: 'issue', site: asked.jira.url, issue: { id, key, self, fields }, changelog, statuses };
}

/** The whole changelog, the first change first: of an issue with many, Cloud tells only the latest ones with it. */
async function changelogOf({ id, changelog }: Issue, { jira }: Asked): Promise<readonly History[]> {
  const { histories, total } = changelog;
  const changes: History[] = [];
  // The total is said to be that of the page, so a full one may be all or not.
  const isWhole = (total ?? 0) <= histories.length && !(jira.isCloud && histories.length >= MOST_TOLD);
  if (isWhole) changes.push(...histories);
  else {
    const path = `${jira.api}/issue/${id}/changelog`;
    for await (const page of listed(jira, historySchema, path, { size: CHANGES })) changes.push(...page.values);
  }
  const byId = new Map(changes.map((change) => [change.id, change]));
  return [...byId.values()].sort(
    (a, b) => Date.parse(a.created) - Date.parse(b.created) || Number(a.id) - Number(b.id),
  );
}

/** Those in which it is or was: a changelog has their names, but not what they mean. Of those that are gone nothing is known. */
function statusesOf({ fields: { status } }: Issue, changelog: readonly History[], asked: Asked): readonly Status[] {
  const changed = changelog.flatMap(({ items }) =>
    items.filter(({ field, fieldId }) => [field, fieldId].includes('status')).flatMap(({ from, to }) => [from, to]),
  );
  const ids = new Set([status?.id, ...changed].filter((id) => typeof id === 'string'));
  return [...ids].sort().flatMap((id) => asked.surroundings.statuses.get(id) ?? []);
}
