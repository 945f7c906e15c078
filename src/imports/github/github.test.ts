import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type History, historyOf } from '../../../test/support/github-api/past.ts';
import { pastRoutes } from '../../../test/support/github-api/rest.ts';
import { GithubApi, TOKEN } from '../../../test/support/github-api/server.ts';
import {
  at,
  imported as broughtTo,
  expectInEveryOrder,
  expectUnion,
  Memory,
  OPTIONS,
  spansAfter,
} from '../../../test/support/imports.ts';
import type { Event } from '../../domain/event.ts';
import { findSource } from '../../sources/registry.ts';
import { createGithub } from '../../vendors/github/client.ts';
import { githubHost } from '../../vendors/github/host.ts';
import type { Importer, ImportPart } from '../contract.ts';
import { runImport } from '../run.ts';
import { createGithubImporter, type GithubResource, githubResources } from './index.ts';

let api: GithubApi;

function importerOf(only: readonly GithubResource[] = githubResources, since: number | null = null): Importer {
  const github = createGithub({
    ...{ host: githubHost(api.url), token: TOKEN, userAgent: 'valuestream/test', maxWaitMs: 0 },
  });
  return createGithubImporter(github, { orgs: ['octo-org'], repos: [], since, only, onRenamed: () => undefined });
}

const imported = (target = new Memory(), importer = importerOf()) => broughtTo(target, importer);

function eventsOf(payload: object, channel: 'import' | 'webhook', event = ''): readonly Event[] {
  const headers = { 'x-github-event': event };
  const common = { instance: '', key: 'k', body: Buffer.alloc(0), receivedAt: Date.UTC(2026, 5), channel };
  const told = findSource('github')?.interpret({ ...common, headers, payload });
  if (told?.outcome !== 'accepted') throw new Error(JSON.stringify(told));
  return told.events;
}

describe('what webhooks and an import tell of one past', () => {
  let history: History;
  let byWebhook: (readonly Event[])[];
  let byImport: (readonly Event[])[];
  let both: unknown[];
  beforeAll(async () => {
    history = historyOf(1, 6);
    api = await new GithubApi(history.company, { routes: pastRoutes }).start();
    byWebhook = history.sent.map(({ event, body }) => eventsOf(body, 'webhook', event));
    byImport = (await imported()).map((payload) => eventsOf(payload, 'import'));
    both = await spansAfter([...byWebhook, ...byImport]);
  });
  afterAll(() => api.stop());

  const names = (spans: readonly unknown[]) =>
    spans.map((span) => {
      const { spanId, attempt } = span as { spanId: string; attempt: { ordinal: number } };
      return `${spanId}~${attempt.ordinal}`;
    });

  it('is one span each: the import adds no span to those that the webhooks told', async () => {
    const told = await spansAfter(byWebhook);
    expect(told.length).toBeGreaterThan(15);
    expect(names(both)).toEqual(names(told));
    expect(names(await spansAfter(byImport))).toEqual(names(told));
  });

  it('is one re-opening each, also where the webhook has it a second later than the timeline', async () => {
    const late = (body: object) =>
      JSON.parse(JSON.stringify(body), (name, value) =>
        name === 'updated_at' ? new Date(Date.parse(value) + 1_000).toISOString().replace('.000Z', 'Z') : value,
      );
    const told = history.sent.map(({ event, body }) =>
      eventsOf(at(body, 'action') === 'reopened' ? late(body) : body, 'webhook', event),
    );
    expect(told.flat().filter(({ reopens }) => reopens === true)).toHaveLength(2);
    for (const all of [
      [...told, ...byImport],
      [...byImport, ...told],
      [...byImport, ...told.toReversed()],
    ])
      expect(await spansAfter(all, 1)).toEqual(both);
  });

  it('changes nothing of what webhooks brought where nothing new is known', async () => {
    expect(both).toEqual(await spansAfter(byWebhook));
  });

  it('is the same changes of each deployment, by pushes alone and by the import alone', async () => {
    const deployed = async (told: readonly (readonly Event[])[]) =>
      (await spansAfter(told)).flatMap((span) => {
        const { spanId, links } = span as { spanId: string; links: readonly string[] };
        return spanId.includes('-deployment-') ? [{ spanId, links }] : [];
      });
    const byPushes = await deployed(byWebhook);
    // The first one is where it begins, the second one the same again, and the third brings two pull requests.
    const carried = byPushes.map(({ links }) => links.filter((link) => at(JSON.parse(link), 'kind') === 'carries'));
    expect(carried.map((links) => links.length)).toEqual([0, 0, 2]);
    expect(await deployed(byImport)).toEqual(byPushes);
    expect(await deployed([...byImport.toReversed(), ...byWebhook])).toEqual(byPushes);
  });

  it('is the same spans in every order, in groups of every size', async () => {
    await expectInEveryOrder([...byWebhook, ...byImport], both);
  });

  it('is the union of what both know where webhooks have missed some', async () => {
    await expectUnion({ byWebhook, byImport }, both);
  });
});

describe('the importer', () => {
  let history: History;
  afterEach(() => api.stop());
  const serve = async (repositories: number, pulls: number) => {
    history = historyOf(repositories, pulls);
    api = await new GithubApi(history.company, { routes: pastRoutes }).start();
  };

  it('brings every pull request once, over all pages', async () => {
    await serve(2, 60);
    const brought = await imported(new Memory(), importerOf(['pull_requests']));
    const numbers = brought.map((one) =>
      JSON.stringify([at(one, 'repository', 'id'), at(one, 'pull_request', 'number')]),
    );
    expect(new Set(numbers).size).toBe(120);
    expect(numbers).toHaveLength(120);
  });

  it('brings nothing that it has not brought before, byte for byte, the second time', async () => {
    await serve(1, 8);
    const target = new Memory();
    const first = (await imported(target)).map((one) => JSON.stringify(one));
    const second = (await imported(target)).map((one) => JSON.stringify(one));
    expect(second.length).toBeLessThan(first.length);
    for (const one of second) expect(first).toContain(one);
  });

  it('brings what has changed since', async () => {
    await serve(1, 8);
    const target = new Memory();
    await imported(target, importerOf(['pull_requests']));
    const repository = history.company.repositories[0];
    const [pull] = repository?.pullRequests ?? [];
    if (repository === undefined || pull === undefined) throw new Error('there is no pull request');
    repository.pullRequests[0] = { ...pull, title: 'Another title', updatedAt: '2026-09-01T00:00:00Z' };
    const brought = await imported(target, importerOf(['pull_requests']));
    expect(brought.map((one) => at(one, 'pull_request', 'title'))).toContain('Another title');
    expect(brought.length).toBeLessThan(8);
  });

  it('brings only what was changed since a time', async () => {
    await serve(1, 8);
    const repository = history.company.repositories[0];
    const times = repository?.pullRequests.map(({ updatedAt }) => Date.parse(updatedAt)).sort((a, b) => a - b) ?? [];
    const brought = await imported(new Memory(), importerOf(['pull_requests'], times[5]));
    expect(brought).toHaveLength(3);
  });

  describe('brings the commits of the main branch', () => {
    const oids = (brought: readonly object[]) => brought.map((one) => String(at(one, 'commit', 'oid'))).sort();
    const ofLine = (line: readonly { readonly oid: string }[]) => line.map(({ oid }) => oid).sort();
    const pastOf = () => {
      const { past } = history.company.repositories[0] ?? {};
      if (past === undefined) throw new Error('there is no past');
      return past;
    };
    const onto = (oid: string, ...parents: string[]) => ({
      ...{ oid, parents, message: 'More', authoredDate: '2026-11-01T09:00:00Z', committedDate: '2026-11-01T09:00:00Z' },
    });
    const commits = (since: number | null = null) => importerOf(['commits'], since);

    it('all of them, each with what it stands on and what it brought', async () => {
      await serve(1, 8);
      const { line } = pastOf();
      const brought = await imported(new Memory(), commits());
      expect(oids(brought)).toEqual(ofLine(line));
      const merge = line.find(({ parents }) => parents.length === 2);
      const told = brought.find((one) => at(one, 'commit', 'oid') === merge?.oid);
      expect(at(told, 'commit', 'parents')).toEqual(merge?.parents.map((oid) => ({ oid })));
      expect(at(told, 'brought')).toHaveLength(2);
      expect(at(told, 'ref')).toBe('refs/heads/main');
    });

    it('with all the rest from wherever it was interrupted', async () => {
      await serve(1, 200);
      const { line } = pastOf();
      const positions: { readonly position: string; readonly before: readonly object[] }[] = [];
      const before: object[] = [];
      const [part] = await commits().parts();
      if (part === undefined) throw new Error('there is no part');
      for await (const page of commitsOf(part, null)) {
        before.push(...page.deliveries);
        positions.push({ position: page.position, before: [...before] });
      }
      expect(positions.length).toBeGreaterThan(2);
      expect(oids(before)).toEqual(ofLine(line));
      const told = new Set(before.map((one) => JSON.stringify(one)));
      for (const { position, before: stored } of positions) {
        const all = [...stored];
        for await (const page of commitsOf(part, position)) all.push(...page.deliveries);
        expect(new Set(all.map((one) => JSON.stringify(one)))).toEqual(told);
      }
    });

    it('only the new ones the next time, also where they were made long ago', async () => {
      await serve(1, 8);
      const target = new Memory();
      await imported(target, commits());
      const { line } = pastOf();
      const head = line.at(-1)?.oid ?? '';
      const old = { ...onto('1'.repeat(40), line[0]?.oid ?? ''), committedDate: '2026-01-04T00:00:00Z' };
      line.push(old, onto('2'.repeat(40), head, old.oid));
      expect(oids(await imported(target, commits()))).toEqual(['1'.repeat(40), '2'.repeat(40)]);
      expect(await imported(target, commits())).toEqual([]);
    });

    it('what is on the branch after a push by force', async () => {
      await serve(1, 8);
      const target = new Memory();
      await imported(target, commits());
      const { line } = pastOf();
      const other = onto('3'.repeat(40), line.at(-1)?.parents[0] ?? '');
      line.splice(-1, 1, other);
      expect(oids(await imported(target, commits()))).toContain(other.oid);
    });

    it('none from long before what was asked for', async () => {
      await serve(1, 200);
      const { line } = pastOf();
      const brought = await imported(new Memory(), commits(Date.parse(line.at(-1)?.committedDate ?? '')));
      expect(brought.length).toBeGreaterThan(100);
      expect(brought.length).toBeLessThan(line.length);
    });

    async function* commitsOf(part: ImportPart, position: string | null) {
      const importer = commits();
      await importer.parts();
      yield* importer.pages(part, position);
    }
  });

  it('finds nothing in an empty repository', async () => {
    await serve(1, 0);
    expect(await imported()).toEqual([]);
  });

  it('takes numbers that no number of JavaScript holds, as webhooks do, and asks by all of their digits', async () => {
    await serve(1, 2);
    const { past } = history.company.repositories[0] ?? {};
    const [run, deployment] = [past?.runs[0], past?.deployments[0]];
    if (run === undefined || deployment === undefined) throw new Error('there is no run, or no deployment');
    const id = 9_007_199_254_740_993n;
    Object.assign(run, { id, check_suite_id: id });
    Object.assign(deployment, { payload: { built_at_ns: 1_772_442_000_123_456_789n } });
    const brought = await imported(new Memory(), importerOf(['workflow_runs', 'deployments']));
    expect(api.asked.map(({ path }) => path)).toContain(`/api/v3/repos/octo-org/service-00/actions/runs/${id}/jobs`);
    expect(brought.map((one) => at(one, 'workflow_run', 'id'))).toContain(JSON.parse(String(id)));
    expect(brought.map((one) => at(one, 'deployment', 'payload', 'built_at_ns'))).toContain(1_772_442_000_123_456_800);
    expect(brought.map((one) => JSON.parse(JSON.stringify(one)))).toEqual(brought);
  });

  it('tells of a part that is refused, and imports the others', async () => {
    await serve(1, 4);
    const message = 'Resource not accessible by personal access token';
    api.mishap = ({ path }) => (path.endsWith('/actions/runs') ? { status: 403, body: { message } } : null);
    const target = new Memory();
    const { failed } = await runImport(importerOf(), target, OPTIONS);
    expect(failed.map(({ part }) => part.resource)).toEqual(['workflow_runs']);
    expect(target.deliveries.map((one) => at(one, 'import'))).toContain('deployment');
  });
});
