import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Company, type History, historyOf } from '../../../test/support/gitlab-api/past.ts';
import { GitlabApi, type GitlabApiOptions, TOKEN } from '../../../test/support/gitlab-api/server.ts';
import {
  at,
  expectInEveryOrder,
  expectUnion,
  imported,
  Memory,
  OPTIONS,
  spansAfter,
} from '../../../test/support/imports.ts';
import type { Event } from '../../domain/event.ts';
import { findSource } from '../../sources/registry.ts';
import { createGitlab } from '../../vendors/gitlab/client.ts';
import { gitlabHost } from '../../vendors/gitlab/host.ts';
import type { Importer } from '../contract.ts';
import { runImport } from '../run.ts';
import { createGitlabImporter, type GitlabImportOptions, gitlabResources } from './index.ts';

let api: GitlabApi;

function importerOf(options: Partial<GitlabImportOptions> = {}): Importer {
  const gitlab = createGitlab({
    ...{ host: gitlabHost(api.url), token: TOKEN, userAgent: 'valuestream/test', maxWaitMs: 0 },
  });
  const defaults = { groups: ['shop'], projects: [], since: null, only: gitlabResources, onRenamed: () => undefined };
  return createGitlabImporter(gitlab, { ...defaults, ...options });
}

function eventsOf(payload: object, channel: 'import' | 'webhook'): readonly Event[] {
  const common = { instance: '', key: 'k', body: Buffer.alloc(0), receivedAt: Date.UTC(2026, 5), channel };
  const told = findSource('gitlab')?.interpret({ ...common, headers: {}, payload });
  if (told?.outcome !== 'accepted') throw new Error(JSON.stringify(told));
  return told.events;
}

interface Told {
  readonly spanId: string;
  readonly attempt: { readonly ordinal: number; readonly facts: Readonly<Record<string, unknown>> };
}
/** A span without the facts that no webhook tells. */
function withoutWhatIsNew(span: unknown): object {
  const { attempt, ...place } = span as Told;
  const { author, author_is_bot, additions, deletions, changed_files, commits, comments, ...facts } = attempt.facts;
  return { ...place, attempt: { ...attempt, facts } };
}
const names = (spans: readonly unknown[]) =>
  spans.map((span) => `${(span as Told).spanId}~${(span as Told).attempt.ordinal}`);

describe('what webhooks and an import tell of one past', () => {
  let byWebhook: (readonly Event[])[];
  let byImport: (readonly Event[])[];
  let both: unknown[];
  beforeAll(async () => {
    const history = historyOf(1, 6);
    api = await new GitlabApi(history.company).start();
    byWebhook = history.sent.map((payload) => eventsOf(payload, 'webhook'));
    byImport = (await imported(new Memory(), importerOf())).map((payload) => eventsOf(payload, 'import'));
    both = await spansAfter([...byWebhook, ...byImport]);
  });
  afterAll(() => api.stop());

  it('is one span each: the import adds no span to those that the webhooks told', async () => {
    const told = await spansAfter(byWebhook);
    expect(told.length).toBeGreaterThan(20);
    expect(names(both)).toEqual(names(told));
    expect(names(await spansAfter(byImport))).toEqual(names(told));
  });

  it('changes nothing of what webhooks brought, and adds what these do not tell', async () => {
    expect(both.map(withoutWhatIsNew)).toEqual(await spansAfter(byWebhook).then((told) => told.map(withoutWhatIsNew)));
    const [change] = both.filter((span) => (span as Told).spanId.includes('merge_request'));
    expect((change as Told).attempt.facts).toMatchObject({
      ...{ author: 'bob', additions: 11, deletions: 1, changed_files: 2, commits: 2, comments: 1 },
    });
  });

  it('is what deployments brought, without any webhook', async () => {
    const carried = (spans: readonly unknown[]) =>
      (spans as readonly { spanId: string; links: readonly string[] }[])
        .filter(({ spanId }) => spanId.includes('-deployment-'))
        .map(({ spanId, links }) => ({ spanId, links }));
    expect(JSON.stringify(carried(both))).toContain('merge_request');
    expect(carried(await spansAfter(byImport))).toEqual(carried(both));
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
  const serve = async (projects: number, changes: number, options: GitlabApiOptions = {}) => {
    history = historyOf(projects, changes);
    api = await new GitlabApi(history.company, options).start();
  };

  it('brings every merge request once, over all pages', async () => {
    await serve(2, 50);
    const brought = await imported(new Memory(), importerOf({ only: ['merge_requests'] }));
    const numbers = brought.map((one) => JSON.stringify([at(one, 'project', 'id'), at(one, 'merge_request', 'iid')]));
    expect(new Set(numbers).size).toBe(100);
    expect(numbers).toHaveLength(100);
  });

  it('goes on by the time of the last one, so that no page is far down a list', async () => {
    await serve(1, 50);
    await imported(new Memory(), importerOf({ only: ['merge_requests'] }));
    const lists = api.asked.filter(({ path, query }) => path.endsWith('/merge_requests') && query.has('sort'));
    expect(lists).toHaveLength(3);
    expect(lists.map(({ query }) => query.get('page'))).toEqual(['1', '1', '1']);
    expect(lists.map(({ query }) => query.has('updated_after'))).toEqual([false, true, true]);
  });

  it('passes a page of which all have changed at one time', async () => {
    await serve(1, 50);
    const past = history.company.projects[0];
    const changes = past?.lists.merge_requests ?? [];
    for (const [index, change] of changes.entries())
      changes[index] = { ...change, updated_at: '2026-02-01T00:00:00.123Z' };
    const brought = await imported(new Memory(), importerOf({ only: ['merge_requests'] }));
    expect(new Set(brought.map((one) => at(one, 'merge_request', 'iid'))).size).toBe(50);
  });

  it('brings nothing that it has not brought before, byte for byte, the second time', async () => {
    await serve(1, 8);
    const target = new Memory();
    const first = (await imported(target, importerOf())).map((one) => JSON.stringify(one));
    const second = (await imported(target, importerOf())).map((one) => JSON.stringify(one));
    expect(second.length).toBeLessThan(first.length);
    for (const one of second) expect(first).toContain(one);
  });

  it('brings what has changed since', async () => {
    await serve(1, 8);
    const target = new Memory();
    const importer = importerOf({ only: ['merge_requests'] });
    await imported(target, importer);
    const changes = history.company.projects[0]?.lists.merge_requests ?? [];
    changes[0] = { ...changes[0], title: 'Another title', updated_at: '2026-09-01T00:00:00.000Z' };
    const brought = await imported(target, importer);
    expect(brought.map((one) => at(one, 'merge_request', 'title'))).toContain('Another title');
    expect(brought.length).toBeLessThan(4);
  });

  it('brings only what was changed since a time, and counts only that', async () => {
    await serve(1, 8);
    const changes = history.company.projects[0]?.lists.merge_requests ?? [];
    const times = changes.map(({ updated_at }) => Date.parse(String(updated_at))).sort((a, b) => a - b);
    const importer = importerOf({ only: ['merge_requests'], since: times[5] ?? null });
    const [part] = await importer.parts();
    if (part === undefined) throw new Error('there is no part');
    expect(await importer.estimate(part)).toEqual({ things: 3, requests: 1 + 3 * 5 });
    expect(await imported(new Memory(), importer)).toHaveLength(3);
  });

  it('leaves out what people wrote in comments', async () => {
    await serve(1, 6);
    const text = JSON.stringify(await imported(new Memory(), importerOf()));
    expect(text).toContain('approved this merge request');
    expect(text).not.toContain('Is that so?');
  });

  it('finds nothing in an empty project, and asks nothing of what is switched off', async () => {
    await serve(1, 0);
    expect(await imported(new Memory(), importerOf())).toEqual([]);
    const [project] = history.company.projects;
    if (project === undefined) throw new Error('there is no project');
    project.info = { ...project.info, issues_access_level: 'disabled', builds_access_level: 'disabled' };
    const before = api.asked.length;
    await imported(new Memory(), importerOf());
    const paths = api.asked.slice(before).map(({ path }) => path.split('/').at(-1));
    expect(paths.filter((path) => ['issues', 'pipelines', 'deployments'].includes(String(path)))).toEqual([]);
    expect(paths).toContain('merge_requests');
  });

  it('tells of a part that is refused, and imports the others', async () => {
    await serve(1, 4);
    const forbidden = { status: 403, body: { message: '403 Forbidden' } };
    api.mishap = ({ path }) => (path.endsWith('/pipelines') ? forbidden : null);
    const target = new Memory();
    const { failed } = await runImport(importerOf(), target, OPTIONS);
    expect(failed.map(({ part }) => part.resource)).toEqual(['pipelines']);
    expect(failed[0]?.error.message).toContain('role Reporter');
    expect(target.deliveries.map((one) => at(one, 'import'))).toContain('deployment');
  });

  it('takes 10,000 for what GitLab does not count', async () => {
    await serve(1, 8, { countsUpTo: 5 });
    const importer = importerOf({ only: ['issues', 'merge_requests'] });
    const [issues, changes] = await importer.parts();
    if (issues === undefined || changes === undefined) throw new Error('a part is missing');
    expect(await importer.estimate(issues)).toMatchObject({ things: 4 });
    expect(await importer.estimate(changes)).toMatchObject({ things: 10_000 });
  });

  it('titles the pipelines of merge requests by these, asked for once for all of a page', async () => {
    await serve(1, 6);
    const pipelines = history.company.projects[0]?.lists.pipelines ?? [];
    for (const [index, one] of pipelines.entries())
      pipelines[index] = { ...one, ref: `refs/merge-requests/${index + 1}/head` };
    const brought = await imported(new Memory(), importerOf({ only: ['pipelines'] }));
    expect(brought.map((one) => at(one, 'merge_request', 'title'))).toEqual(['Change 1', 'Change 2', 'Change 3']);
    const asked = api.asked.filter(({ path }) => path.endsWith('/merge_requests'));
    expect(asked.map(({ query }) => query.getAll('iids[]'))).toEqual([['1', '2', '3']]);
  });

  it('asks by what a pipeline was started that another one started', async () => {
    await serve(1, 2);
    const [project] = history.company.projects;
    const [id] = (project?.lists.pipelines ?? []).map((one) => Number(one.id));
    const pipeline = project?.details.get(`pipelines/${id}`) as object;
    project?.details.set(`pipelines/${id}`, { ...pipeline, source: 'parent_pipeline' });
    project?.upstreams.set(1, {
      sourceJob: { id: 'gid://gitlab/Ci::Bridge/77' },
      upstream: { id: 'gid://gitlab/Ci::Pipeline/66', project: { id: 'gid://gitlab/Project/55' } },
    });
    const [brought] = await imported(new Memory(), importerOf({ only: ['pipelines'] }));
    expect(at(brought, 'upstream')).toEqual({ pipeline_id: 66, job_id: 77, project: { id: 55 } });
    const wants = eventsOf(brought ?? {}, 'import').flatMap(({ wants: wanted }) => wanted ?? []);
    expect(wants).toContainEqual({ type: 'run', scope: 'gitlab:55', value: '66' });
    expect(wants).toContainEqual({ type: 'job', scope: 'gitlab:55', value: '77' });
  });

  it('brings the commits of the default branch, each with what it stands on and what a merge brought', async () => {
    await serve(1, 80);
    const importer = importerOf({ only: ['commits'] });
    const target = new Memory();
    const brought = await imported(target, importer);
    const past = history.company.projects[0]?.commits ?? new Map();
    const merges = brought.filter((one) => (at(one, 'commit', 'parent_ids') as string[]).length === 2);
    // Of 80 merge requests 41 were merged, each of two commits; the first commit of all is nobody's.
    expect(brought).toHaveLength(3 * 41 + 1);
    expect(merges).toHaveLength(41);
    for (const merge of merges) {
      const [, branch = ''] = at(merge, 'commit', 'parent_ids') as string[];
      expect(at(merge, 'brought')).toEqual([past.get(branch)?.parent_ids[0], branch]);
    }
    expect(await imported(target, importer)).toEqual([]);
  });

  it('finds no commit in a project whose repository is empty, or has none', async () => {
    await serve(2, 0);
    const [first] = history.company.projects;
    if (first === undefined) throw new Error('there is no project');
    first.info = { ...first.info, default_branch: null };
    expect(await imported(new Memory(), importerOf({ only: ['commits'] }))).toEqual([]);
  });

  it('brings releases over all pages', async () => {
    await serve(1, 230);
    const brought = await imported(new Memory(), importerOf({ only: ['releases'] }));
    expect(brought).toHaveLength(115);
    expect(brought.flatMap((one) => eventsOf(one, 'import'))).toHaveLength(115);
  });
});

describe('the projects that are asked for', () => {
  let company: Company;
  beforeAll(async () => {
    company = historyOf(3, 0).company;
    const [, second] = company.projects;
    if (second !== undefined) second.info = { ...second.info, path_with_namespace: 'shop/tools' };
    api = await new GitlabApi(company).start();
  });
  afterAll(() => api.stop());
  const found = async (options: Partial<GitlabImportOptions>) => {
    const parts = await importerOf({ groups: [], only: ['issues'], ...options }).parts();
    return parts.map(({ name, scope }) => `${name} ${scope}`);
  };
  const [first, tools, third] = ['shop/web/service-00 1000', 'shop/tools 1001', 'shop/web/service-02 1002'];

  it.each([
    ['of a group, with the groups in it', { groups: ['shop'] }, [tools, first, third]],
    ['of a group in a group', { groups: ['shop/web'] }, [first, third]],
    ['of groups by a pattern', { groups: ['*web'] }, [first, third]],
    ['by its path', { projects: ['shop/tools'] }, [tools]],
    ['by a name in a group', { groups: ['shop'], projects: ['service-02'] }, [third]],
    ['by a pattern in a group', { groups: ['shop'], projects: ['service-*'] }, [first, third]],
    ['by a pattern of whole paths', { projects: ['shop/*-0?'] }, [first, third]],
    ['by a pattern of all that one is a member of', { projects: ['*'] }, [tools, first, third]],
  ])('are found %s', async (_, options, expected) => {
    expect(await found(options)).toEqual(expected);
  });

  it('are listed by key where that is possible', async () => {
    const gitlab = createGitlab({ host: gitlabHost(api.url), token: TOKEN, userAgent: 'test', maxWaitMs: 0 });
    const keyset = { pagination: 'keyset', order_by: 'id', sort: 'asc', per_page: 1 };
    expect(await gitlab.all(z.object({ id: z.number() }), 'projects', keyset)).toHaveLength(3);
    expect(api.asked.at(-1)?.query.get('id_after')).toBe('1001');
  });

  it('are found by the path that they had before', async () => {
    company.renamed.set('shop/before', 1_001);
    const said: string[] = [];
    const onRenamed = (asked: string, today: string) => said.push(`${asked} → ${today}`);
    expect(await found({ projects: ['shop/before'], onRenamed })).toEqual([tools]);
    expect(said).toEqual(['shop/before → shop/tools']);
  });

  it.each([
    ['a group that is not there', { groups: ['nobody'] }, /has no groups\/nobody\/projects \(404 Group Not Found\)/],
    ['a pattern of no group', { groups: ['x*'] }, /no group of this token is x\*; there is shop\/web/],
    ['a project that is not there', { projects: ['shop/none'] }, /has no projects\/shop\/none/],
    [
      'a pattern of no project',
      { groups: ['shop'], projects: ['pay-*'] },
      /no project of shop is pay-\*; there is shop/,
    ],
  ])('are missed by %s', async (_, options, message) => {
    await expect(found(options)).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(message) });
  });
});
