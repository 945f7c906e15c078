import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { at, imported as importedBy, Memory, OPTIONS, spansAfter as tellAll } from '../../../test/support/imports.ts';
import { type Deployment, type History, historyOf } from '../../../test/support/jira-api/past.ts';
import { EMAIL, JiraApi, type JiraApiOptions, TOKEN } from '../../../test/support/jira-api/server.ts';
import { spansOf } from '../../../test/support/stories.ts';
import type { Event } from '../../domain/event.ts';
import { findSource } from '../../sources/registry.ts';
import { connectJira } from '../../vendors/jira/client.ts';
import { jiraSite } from '../../vendors/jira/site.ts';
import type { Importer } from '../contract.ts';
import { runImport } from '../run.ts';
import { createJiraImporter, type JiraResource, jiraResources } from './index.ts';
import { jqlTime } from './search.ts';

let api: JiraApi | undefined;
afterEach(async () => {
  await api?.stop();
  api = undefined;
});

async function serve(history: History, options: JiraApiOptions = {}): Promise<JiraApi> {
  api = await new JiraApi(history.company, { timeZone: 'Europe/Berlin', ...options }).start();
  return api;
}

interface Wanted {
  readonly only?: readonly JiraResource[];
  readonly since?: number | null;
  readonly projects?: readonly string[];
  readonly onRenamed?: (asked: string, today: string) => void;
}

async function importerOf(wanted: Wanted = {}): Promise<Importer> {
  const { only = jiraResources, since = null, projects = [], onRenamed = () => undefined } = wanted;
  const jira = await connectJira({
    ...{ site: jiraSite(api?.url ?? ''), credentials: { token: TOKEN, email: EMAIL }, userAgent: 'valuestream/test' },
    maxWaitMs: 0,
  });
  return createJiraImporter(jira, { projects, since, only, onRenamed });
}

const imported = async (wanted: Wanted = {}, target = new Memory()) => importedBy(target, await importerOf(wanted));

function eventsOf(payload: object, channel: 'import' | 'webhook'): readonly Event[] {
  const common = { instance: '', key: 'k', headers: {}, body: Buffer.alloc(0), receivedAt: Date.UTC(2026, 5), channel };
  const told = findSource('jira')?.interpret({ ...common, payload });
  if (told?.outcome === 'ignored') return [];
  if (told?.outcome !== 'accepted') throw new Error(JSON.stringify(told));
  return told.events;
}

/** A span keeps the id of the name that was heard first, so that of a moved issue depends on the order. */
async function spansAfter(deliveries: readonly (readonly Event[])[], atOnce = 50): Promise<unknown[]> {
  const told = deliveries.filter((events) => events.length > 0);
  const texts = (await tellAll(told, atOnce)).map((span) => JSON.stringify(span).replaceAll(MOVED, 'P0-$1'));
  return texts.sort().map((text) => JSON.parse(text));
}
const MOVED = /LEGACY-\d{5}(\d)/g;

const deployments: readonly Deployment[] = ['cloud', 'data_center'];

describe.each(deployments)('what webhooks and an import of a %s tell of one past', (deployment) => {
  async function past(earlierMs = 0) {
    const history = historyOf({ projects: 1, issues: 8, deployment, earlierMs });
    await serve(history);
    const byWebhook = history.sent.map((body) => eventsOf(body, 'webhook'));
    const byImport = (await imported()).map((payload) => eventsOf(payload, 'import'));
    return { byWebhook, byImport };
  }

  it('is the same: the import changes nothing of what webhooks brought, nor they of it', async () => {
    const { byWebhook, byImport } = await past();
    const told = await spansAfter(byWebhook);
    expect(told.length).toBeGreaterThan(12);
    expect(await spansAfter([...byWebhook, ...byImport])).toEqual(told);
    expect(await spansAfter([...byImport, ...byWebhook])).toEqual(told);
  });

  it('is the same issues, whichever of the two told them', async () => {
    const { byWebhook, byImport } = await past();
    const ofIssues = (told: readonly (readonly Event[])[]) =>
      told.map((events) => events.filter(({ operation }) => operation === 'issue'));
    const told = (await spansAfter(ofIssues(byWebhook))).map(withoutWhoLooked);
    expect(told.length).toBeGreaterThan(9);
    expect((await spansAfter(ofIssues(byImport))).map(withoutWhoLooked)).toEqual(told);
  });

  it('is one span each where the changelog has times of its own, in every order and in groups of every size', async () => {
    const { byWebhook, byImport } = await past(7);
    const all = [...byWebhook, ...byImport];
    const both = await spansAfter(all);
    expect(both).toHaveLength((await spansAfter(byWebhook)).length);
    const order = fc.shuffledSubarray([...all.keys()], { minLength: all.length, maxLength: all.length });
    await fc.assert(
      fc.asyncProperty(order, fc.integer({ min: 1, max: 60 }), async (indices, atOnce) => {
        const shuffled = indices.map((index) => all[index] ?? []);
        expect(await spansAfter(shuffled, atOnce)).toEqual(both);
      }),
      { numRuns: 5 },
    );
  });

  it('is the same whatever way an issue went, in every order', async () => {
    const statuses = fc.array(fc.constantFrom('todo', 'progress', 'review', 'done'), { minLength: 1, maxLength: 9 });
    const way = fc.record({ statuses, isResolved: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(way, { minLength: 1, maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        async (ways, keys) => {
          await api?.stop();
          const history = historyOf({ projects: 1, issues: 0, ways, deployment });
          await serve(history);
          const issues = history.sent.filter((body) => Object.hasOwn(body, 'issue'));
          const byWebhook = issues.map((body) => eventsOf(body, 'webhook'));
          const byImport = (await imported({ only: ['issues'] })).map((payload) => eventsOf(payload, 'import'));
          expect(byImport).toHaveLength(ways.length);
          const told = spansOf(byWebhook);
          const inSomeOrder = (all: readonly (readonly Event[])[]) =>
            all.map((events) => ({ events, at: keys.next().value ?? 0 })).sort((a, b) => a.at - b.at);
          expect(spansOf(byImport)).toEqual(told);
          expect(spansOf(inSomeOrder([...byWebhook, ...byImport]).map(({ events }) => events))).toEqual(told);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('is the union of what both know where webhooks have missed some', async () => {
    const { byWebhook, byImport } = await past();
    const both = await spansAfter([...byWebhook, ...byImport]);
    await fc.assert(
      fc.asyncProperty(fc.subarray([...byWebhook.keys()]), async (kept) => {
        const some = kept.map((index) => byWebhook[index] ?? []);
        expect(await spansAfter([...some, ...byImport, ...byWebhook])).toEqual(both);
        expect(await spansAfter([...byImport, ...some])).toHaveLength(both.length);
      }),
      { numRuns: 4 },
    );
  });
});

/** Who has only looked at an issue, or said something, is told by webhooks alone. */
function withoutWhoLooked(span: unknown): unknown {
  const { attempt, ...more } = span as { attempt: Record<string, unknown> };
  return { ...more, attempt: { ...attempt, actor: undefined } };
}

describe.each(deployments)('the importer of a %s', (deployment) => {
  const past = (issues: number, projects = 1) => historyOf({ projects, issues, deployment });

  it('brings every issue once, over all pages, which may be shorter than was asked for', async () => {
    await serve(past(120, 2), { most: 30 });
    const keys = (await imported({ only: ['issues'] })).map((one) => at(one, 'issue', 'key'));
    expect(new Set(keys).size).toBe(240);
    expect(keys).toHaveLength(240);
  });

  it('brings every issue once where more were changed in one minute than a page holds', async () => {
    const history = past(130);
    const updated = '2026-03-01T10:00:30.000+0100';
    const issues = history.company.issues.map((issue) => ({ ...issue, fields: { ...issue.fields, updated } }));
    await serve({ ...history, company: { ...history.company, issues } });
    const ids = (await imported({ only: ['issues'] })).map((one) => at(one, 'issue', 'id'));
    expect(new Set(ids).size).toBe(130);
    expect(ids).toHaveLength(130);
  });

  it('misses none that stands elsewhere because another one was changed between two pages', async () => {
    const history = past(130);
    const updated = '2026-03-01T10:00:30.000+0100';
    const issues = history.company.issues.map((issue) => ({ ...issue, fields: { ...issue.fields, updated } }));
    const server = await serve({ ...history, company: { ...history.company, issues } });
    let isChanged = false;
    server.mishap = ({ body }) => {
      const isFurther = body?.startAt > 0 || body?.nextPageToken !== undefined;
      const [first] = server.company.issues;
      if (first === undefined || !isFurther || isChanged) return null;
      isChanged = true;
      server.company.issues[0] = { ...first, fields: { ...first.fields, updated: '2026-03-01T11:00:00.000+0100' } };
      return null;
    };
    const ids = (await imported({ only: ['issues'] })).map((one) => at(one, 'issue', 'id'));
    expect(new Set(ids).size).toBe(130);
  });

  it('misses none either where pages are counted, and one that was brought is changed meanwhile', async () => {
    const server = await serve(past(130), { countsPages: true });
    let isChanged = false;
    server.mishap = ({ body }) => {
      const [first] = server.company.issues;
      // A search from a later time on, or the next page of this one.
      const isFurther = body?.startAt > 0 || body?.nextPageToken !== undefined || body?.jql?.includes('updated >=');
      if (first === undefined || !isFurther || isChanged) return null;
      isChanged = true;
      server.company.issues[0] = { ...first, fields: { ...first.fields, updated: '2026-05-01T11:00:00.000+0100' } };
      return null;
    };
    const ids = (await imported({ only: ['issues'] })).map((one) => at(one, 'issue', 'id'));
    expect(new Set(ids).size).toBe(130);
    // The one that was changed comes again.
    expect(ids).toHaveLength(131);
  });

  it('brings what a search found only later, for its index was behind', async () => {
    const history = past(30);
    const byTime = (issue: { fields: { updated: string } }) => Date.parse(issue.fields.updated);
    history.company.issues.sort((a, b) => byTime(a) - byTime(b));
    const server = await serve(history);
    const last = server.company.issues.at(-1);
    if (last === undefined) throw new Error('there is no issue');
    // Changed five minutes before the last one that was found.
    const updated = new Date(byTime(last) - 5 * 60_000).toISOString();
    const [hidden] = server.company.issues.splice(0, 1);
    if (hidden === undefined) throw new Error('there is no issue');
    const target = new Memory();
    await imported({ only: ['issues'] }, target);
    server.company.issues.push({ ...hidden, fields: { ...hidden.fields, updated } });
    const brought = await imported({ only: ['issues'] }, target);
    expect(brought.map((one) => at(one, 'issue', 'id'))).toContain(hidden.id);
  });

  it('brings the whole changelog of each, also where that is told in pages, and nothing of who looks at it', async () => {
    await serve(past(8));
    const brought = await imported({ only: ['issues'] });
    const changelogs = brought.map((one) => (at(one, 'changelog') as { id: string }[]).map(({ id }) => Number(id)));
    expect(changelogs.map((ids) => ids.length)).toContain(53);
    for (const ids of changelogs) expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(JSON.stringify(brought)).not.toMatch(/lastViewed|avatarUrls/);
  });

  it('brings nothing that it has not brought before, byte for byte, the second time', async () => {
    await serve(past(60));
    const target = new Memory();
    const first = (await imported({}, target)).map((one) => JSON.stringify(one));
    const second = (await imported({}, target)).map((one) => JSON.stringify(one));
    expect(second.length).toBeLessThan(12);
    for (const one of second) expect(first).toContain(one);
  });

  it.each(['Europe/Berlin', 'America/Los_Angeles', 'Asia/Kathmandu', null])(
    'brings what has changed since, of whatever time zone the account is (%s)',
    async (timeZone) => {
      const history = past(30);
      const server = await serve(history, { timeZone });
      const target = new Memory();
      await imported({ only: ['issues'] }, target);
      const [first] = server.company.issues;
      if (first === undefined) throw new Error('there is no issue');
      const updated = server.company.issues.reduce(
        (last, { fields }) => (fields.updated > last ? fields.updated : last),
        '',
      );
      server.company.issues[0] = { ...first, fields: { ...first.fields, updated, summary: 'Renamed' } };
      const brought = await imported({ only: ['issues'] }, target);
      expect(brought.map((one) => at(one, 'issue', 'fields', 'summary'))).toContain('Renamed');
      // Where the zone is not known, a day too much is asked for.
      expect(brought.length).toBeLessThan(timeZone === null ? 20 : 4);
    },
  );

  it('brings only what was changed, closed or released since a time', async () => {
    const history = past(20);
    await serve(history);
    const times = history.company.issues.map(({ fields }) => Date.parse(fields.updated)).sort((a, b) => a - b);
    const since = (only: JiraResource, time: number) => imported({ only: [only], since: time });
    const minute = 60_000;
    expect(await since('issues', Math.floor((times[15] ?? 0) / minute) * minute)).toHaveLength(5);
    expect(await since('sprints', Date.parse('2026-03-01T00:00:00Z'))).toHaveLength(1);
    expect(await since('versions', Date.parse('2026-02-02T12:00:00Z'))).toHaveLength(1);
  });

  it('finds nothing in an empty project', async () => {
    const { company, ...history } = past(0);
    await serve({ ...history, company: { ...company, versions: new Map(), boards: [] } });
    expect(await imported()).toEqual([]);
  });

  it('finds nothing where the account may see no project, and says so where one was asked for', async () => {
    await serve(past(2), { visible: [] });
    expect(await imported()).toEqual([]);
    await expect(imported({ projects: ['P0'] })).rejects.toMatchObject({
      ...{ scope: 'all', exitCode: 2 },
      message: expect.stringContaining("No project could be found with key 'P0'"),
    });
  });

  it('finds a project by the key that it had before, and goes on after it was called otherwise', async () => {
    const server = await serve(past(4));
    const renamed: string[] = [];
    const target = new Memory();
    const onRenamed = (asked: string, today: string) => renamed.push(`${asked} ${today}`);
    await imported({ projects: ['OLD0'], only: ['issues'], onRenamed }, target);
    const [project] = server.company.projects;
    if (project !== undefined) project.key = 'NEW1';
    const again = await imported({ projects: ['NEW1'], only: ['issues'] }, target);
    expect(renamed).toEqual(['OLD0 P0']);
    expect(again.length).toBeLessThan(4);
  });

  it('tells of a part that is refused, and imports the others', async () => {
    const server = await serve(past(2));
    const body = { message: 'Unauthorized; scope does not match' };
    server.mishap = ({ path }) => (path.startsWith('/rest/agile') ? { status: 403, body } : null);
    const target = new Memory();
    const { failed } = await runImport(await importerOf(), target, OPTIONS);
    expect(failed.map(({ part }) => part.resource)).toEqual(['sprints']);
    expect(failed[0]?.error.message).toContain('read:sprint:jira-software');
    expect(target.deliveries.map((one) => at(one, 'import'))).toContain('version');
  });

  it('says how much there is with few requests', async () => {
    const server = await serve(past(120));
    const importer = await importerOf();
    const parts = await importer.parts();
    const before = server.asked.length;
    const estimates = await Promise.all(parts.map(async (part) => [part.resource, await importer.estimate(part)]));
    expect(Object.fromEntries(estimates)).toEqual({
      sprints: { things: 3, requests: 2 },
      issues: { things: 120, requests: 3 },
      versions: { things: 3, requests: 1 },
    });
    expect(server.asked.length - before).toBeLessThan(6);
  });
});

describe('a time in JQL', () => {
  it.each([
    ['is of the minute in which it is', '2026-03-05T15:30:59.999Z', 'Europe/Berlin', '2026-03-05 16:30'],
    ['is of the day that it is there', '2026-03-05T03:00:00.000Z', 'America/Los_Angeles', '2026-03-04 19:00'],
    ['is never too late where the zone is not known', '2026-03-05T15:30:00.000Z', null, '2026-03-05 03:30'],
    // Jira takes the first 02:30, an hour before: too much is found, and nothing missed.
    ['is one that comes twice', '2026-10-25T01:30:00.000Z', 'Europe/Berlin', '2026-10-25 02:30'],
  ])('%s', (_, instant, timeZone, text) => {
    expect(jqlTime(Date.parse(instant), timeZone)).toBe(text);
  });
});
