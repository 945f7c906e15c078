import { afterEach, describe, expect, it } from 'vitest';
import {
  api,
  at,
  cart,
  deployed,
  gitlabIssue,
  issue,
  job,
  merged,
  mergeRequest,
  opened,
  pipeline,
  price,
  pullRequest,
  push,
  queueBranch,
  queued,
  repositoryOf,
  run,
  sha,
  shortDeployment,
  status,
  ticket,
} from '../../test/support/payloads.ts';
import { told } from '../../test/support/stories.ts';
import { World } from '../../test/support/world.ts';
import { tracedSpans } from '../api/traced.ts';
import type { Event } from '../domain/event.ts';
import { deployedAt, pathOf, untilOf } from '../domain/trace.ts';
import type { Rules } from '../rules/schema.ts';

const open: World[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

type Story = readonly (readonly Event[])[];

interface Holding {
  readonly rules?: Partial<Rules>;
  /** What was renamed is shown by the name that came first; here it has that of its key. */
  readonly renamed?: readonly [from: string, to: string];
}

/** Holds a story to all of these links and no other, told in order, backwards, twice, and at once. */
async function expectLinks(
  story: Story,
  links: readonly string[],
  { rules = {}, renamed = ['', ''] }: Holding = {},
): Promise<World> {
  const expected = links.toSorted();
  const orders = [story, story.toReversed(), [...story, ...story], [...story.toReversed(), ...story]];
  const worlds = await Promise.all(
    orders.map(async (order, index) => {
      const world = new World(rules);
      open.push(world);
      return await world.tell(order, index === 1 ? 3 : 1);
    }),
  );
  for (const world of worlds) {
    const graph = (await world.graph()).map((line) => line.replaceAll(...renamed));
    expect(graph.sort()).toEqual(expected);
  }
  const [first] = worlds;
  if (first === undefined) throw new Error('there is a world');
  return first;
}

const main = 'refs/heads/main';

/** A pull request of the repository that was opened and is merged by this commit. */
function mergedPull(number: number, head: string, merge: string, more: object = {}): Story {
  const created_at = at(2, 9);
  return [
    opened(number, created_at, { head, ...more }),
    merged(number, at(3, 9), merge, { head, created_at, ...more }),
  ];
}

describe('a merge', () => {
  it('by a squash leaves builds of the branch and builds of the new commit with one pull request', async () => {
    await expectLinks(
      [
        push(main, at(2, 8), 'root', { other: {} }),
        ...mergedPull(1, 'head1', 'squash1'),
        run(101, at(2, 10), { head: 'head1', branch: 'work-1', event: 'pull_request' }),
        push(main, at(3, 9), 'other', { squash1: { message: 'Change 1 (#1)' } }),
        run(102, at(3, 10), { head: 'squash1' }),
        run(103, at(2, 8), { head: 'other' }),
        status(9, at(3, 11), 'squash1'),
      ],
      [
        'github-workflow_run-octo-org/api-101 ← github-pull_request-octo-org/api-1',
        'github-workflow_run-octo-org/api-102 ← github-pull_request-octo-org/api-1',
        `github-status-octo-org/api-${sha('squash1').slice(0, 12)}/lint ← github-pull_request-octo-org/api-1`,
      ],
    );
  });

  it('by a rebase ties its last commit to the pull request, and the others come with a deployment of it', async () => {
    await expectLinks(
      [
        push(main, at(2, 8), 'root', { base: {} }),
        ...mergedPull(2, 'branch-b', 'main-b'),
        run(201, at(2, 10), { head: 'branch-b', branch: 'work-2', event: 'pull_request' }),
        push(main, at(3, 9), 'base', { 'main-a': {}, 'main-b': {} }),
        run(202, at(3, 10), { head: 'main-b' }),
        // Nobody says whose this one is.
        status(9, at(3, 11), 'main-a'),
        deployed(71, at(2, 8), 'base'),
        deployed(72, at(4, 8), 'main-b'),
      ],
      [
        'github-workflow_run-octo-org/api-201 ← github-pull_request-octo-org/api-2',
        'github-workflow_run-octo-org/api-202 ← github-pull_request-octo-org/api-2',
        'github-deployment-octo-org/api-72 ← github-pull_request-octo-org/api-2',
        'github-deployment-octo-org/api-72 carries github-pull_request-octo-org/api-2',
      ],
    );
  });

  it('by a merge commit ties that commit and the head to the pull request, and no commit of another one', async () => {
    await expectLinks(
      [
        ...mergedPull(3, 'head3', 'merge3'),
        ...mergedPull(4, 'head4', 'merge4'),
        push(main, at(3, 9), 'root', {
          first3: {},
          head3: {},
          merge3: { message: 'Merge pull request #3 from octo-org/work-3\n\nChange 3' },
        }),
        run(301, at(3, 10), { head: 'merge3', message: 'Merge pull request #3 from octo-org/work-3\n\nChange 3' }),
        status(9, at(3, 11), 'head3'),
        status(10, at(3, 11), 'head4'),
      ],
      [
        'github-workflow_run-octo-org/api-301 ← github-pull_request-octo-org/api-3',
        `github-status-octo-org/api-${sha('head3').slice(0, 12)}/lint ← github-pull_request-octo-org/api-3`,
        `github-status-octo-org/api-${sha('head4').slice(0, 12)}/lint ← github-pull_request-octo-org/api-4`,
      ],
    );
  });
});

describe('the commit of a test merge', () => {
  it('is nothing of an open pull request, nor of one that was closed without a merge', async () => {
    const created_at = at(2, 9);
    const test = { merge_commit_sha: sha('test-merge') };
    const abandoned = { state: 'closed', closed_at: at(3, 9), merged: false, merge_commit_sha: sha('last-test') };
    await expectLinks(
      [
        opened(1, created_at, { head: 'head1', ...test }),
        pullRequest('labeled', 1, at(2, 10), { head: 'head1', created_at, ...test, labels: [{ name: 'x' }] }),
        opened(2, created_at, { head: 'head2' }),
        pullRequest('closed', 2, at(3, 9), { head: 'head2', created_at, ...abandoned }),
        status(9, at(2, 11), 'test-merge'),
        status(10, at(3, 10), 'last-test'),
        status(11, at(2, 11), 'head1'),
      ],
      [`github-status-octo-org/api-${sha('head1').slice(0, 12)}/lint ← github-pull_request-octo-org/api-1`],
    );
  });

  it('is nothing of a merged pull request either, whose merge made another commit', async () => {
    const created_at = at(2, 9);
    await expectLinks(
      [
        opened(1, created_at, { head: 'head1', merge_commit_sha: sha('test-merge') }),
        merged(1, at(3, 9), 'merge1', { head: 'head1', created_at }),
        status(9, at(2, 11), 'test-merge'),
        status(10, at(3, 11), 'merge1'),
      ],
      [`github-status-octo-org/api-${sha('merge1').slice(0, 12)}/lint ← github-pull_request-octo-org/api-1`],
    );
  });
});

describe('a fork', () => {
  const bobs = repositoryOf(900, 'bob/api');
  const eves = repositoryOf(901, 'eve/api');

  it('has its runs tied to its own pull request, and not to that of a branch with the same name elsewhere', async () => {
    await expectLinks(
      [
        opened(1, at(2, 9), { head: 'bobs', branch: 'patch-1', from: bobs }),
        opened(2, at(2, 9), { head: 'eves', branch: 'patch-1', from: eves }),
        run(101, at(2, 10), { head: 'bobs', branch: 'patch-1', from: bobs, event: 'pull_request' }),
        run(102, at(2, 10), { head: 'eves', branch: 'patch-1', from: eves, event: 'pull_request' }),
        // Of commits whose pull request has not told them.
        run(103, at(2, 11), { head: 'bobs-next', branch: 'patch-1', from: bobs, event: 'pull_request' }),
        run(104, at(2, 11), { head: 'eves-next', branch: 'patch-1', from: eves, event: 'pull_request' }),
        run(105, at(2, 11), { head: 'our-own', branch: 'patch-1', event: 'push' }),
      ],
      [
        'github-workflow_run-octo-org/api-101 ← github-pull_request-octo-org/api-1',
        'github-workflow_run-octo-org/api-102 ← github-pull_request-octo-org/api-2',
        'github-workflow_run-octo-org/api-103 ← github-pull_request-octo-org/api-1',
        'github-workflow_run-octo-org/api-104 ← github-pull_request-octo-org/api-2',
      ],
    );
  });

  it("has no part in runs of the main branch, though the fork's branch is called main too", async () => {
    await expectLinks(
      [
        opened(1, at(2, 9), { head: 'bobs', branch: 'main', from: bobs }),
        run(101, at(2, 10), { head: 'ours', branch: 'main' }),
        run(102, at(2, 10), { head: 'bobs-next', branch: 'main', from: bobs, event: 'pull_request' }),
      ],
      ['github-workflow_run-octo-org/api-102 ← github-pull_request-octo-org/api-1'],
    );
  });
});

describe('a re-run long after the merge', () => {
  const again = at(30, 9);
  const story = [
    ...mergedPull(1, 'head1', 'merge1'),
    run(101, at(2, 10), { head: 'head1', branch: 'work-1', event: 'pull_request', of: [1] }),
    push(main, at(3, 9), 'root', { merge1: {} }),
    deployed(71, at(3, 10), 'merge1'),
    run(101, again, { head: 'head1', branch: 'work-1', event: 'pull_request', of: [], attempt: 2 }),
  ];

  it('is another attempt of the run, and the pull request has ended once', async () => {
    const world = await expectLinks(story, [
      'github-workflow_run-octo-org/api-101 ← github-pull_request-octo-org/api-1',
      'github-workflow_run-octo-org/api-101~2 ← github-pull_request-octo-org/api-1',
      'github-deployment-octo-org/api-71 ← github-pull_request-octo-org/api-1',
    ]);
    const { items } = await world.reader.listSpans({ operation: 'pull_request' }, { limit: 10 });
    expect(items.map(({ attempt }) => [attempt.ordinal, attempt.finishedAt])).toEqual([[1, Date.parse(at(3, 9))]]);
  });

  it('is not on the way to production, which had ended with the deployment', async () => {
    const world = new World();
    open.push(world);
    await world.tell(story);
    const spans = await tracedIn(world, 'github-pull_request-octo-org/api-1');
    const until = untilOf(spans, Date.parse(at(31, 9)));
    expect(until).toEqual({ at: Date.parse(at(3, 10, 5)), reason: 'deployed' });
    const path = pathOf(spans, 'vstrace-github-pull_request-octo-org/api-1~1', until);
    expect(path.every(({ to }) => to < Date.parse(again))).toBe(true);
  });

  it('does not go on with work that had ended, where nothing was deployed', async () => {
    const world = new World();
    open.push(world);
    await world.tell(story.filter((_, index) => index !== 4));
    const spans = await tracedIn(world, 'github-pull_request-octo-org/api-1');
    expect(untilOf(spans, Date.parse(at(31, 9)))).toEqual({ at: Date.parse(at(3, 9)), reason: 'finished' });
  });
});

async function tracedIn(world: World, root: string) {
  const trace = await world.reader.findTrace(`vstrace-${root}`, 100);
  return trace === null ? [] : tracedSpans(trace.spans, trace.links);
}

describe('one commit', () => {
  it('of several pull requests is built for each of them, above all for the one of the branch', async () => {
    await expectLinks(
      [
        opened(1, at(2, 9), { head: 'shared', branch: 'feature' }),
        opened(2, at(2, 9), { head: 'shared', branch: 'backport', base: { ref: 'v1', repo: api } }),
        opened(3, at(2, 9), { head: 'another', branch: 'on-top' }),
        run(101, at(2, 10), { head: 'shared', branch: 'backport', event: 'push' }),
        run(102, at(2, 10), { head: 'shared', branch: 'feature', event: 'pull_request', of: [1] }),
      ],
      [
        'github-workflow_run-octo-org/api-101 ← github-pull_request-octo-org/api-2',
        'github-workflow_run-octo-org/api-101 caused_by github-pull_request-octo-org/api-1',
        'github-workflow_run-octo-org/api-102 ← github-pull_request-octo-org/api-1',
        'github-workflow_run-octo-org/api-102 caused_by github-pull_request-octo-org/api-2',
      ],
    );
  });

  it('that a merge made is that merge, for a pull request from the main branch too, which only has it as its head', async () => {
    await expectLinks(
      [
        ...mergedPull(1, 'head1', 'merge1'),
        opened(9, at(1, 9), { head: 'merge1', branch: 'main', base: { ref: 'production', repo: api } }),
        run(101, at(3, 10), { head: 'merge1', event: 'push', of: [9] }),
        run(102, at(3, 10), { head: 'merge1', event: 'pull_request', of: [9] }),
      ],
      [
        'github-workflow_run-octo-org/api-101 ← github-pull_request-octo-org/api-1',
        'github-workflow_run-octo-org/api-101 caused_by github-pull_request-octo-org/api-9',
        'github-workflow_run-octo-org/api-102 ← github-pull_request-octo-org/api-9',
        'github-workflow_run-octo-org/api-102 caused_by github-pull_request-octo-org/api-1',
      ],
    );
  });

  it('of a repository and its mirror is built for the pull request of the repository that built it', async () => {
    const mirror = repositoryOf(4712, 'octo-org/mirror');
    const build = (number: number, url: string) =>
      told('jenkins', {
        fullJobName: 'checks',
        number,
        result: 'SUCCESS',
        endTime: Date.parse(at(2, 12)),
        duration: 60_000,
        parameters: null,
        scmInfo: { url, branch: 'origin/whatever', commit: sha('shared') },
      });
    await expectLinks(
      [
        opened(1, at(2, 9), { head: 'shared' }),
        opened(1, at(2, 9), { head: 'shared', repository: mirror }),
        run(101, at(2, 10), { head: 'shared', branch: 'x' }),
        run(102, at(2, 10), { head: 'shared', branch: 'x', repository: mirror }),
        build(7, 'git@github.com:octo-org/api.git'),
        build(8, 'https://github.com/octo-org/mirror.git'),
      ],
      [
        'github-workflow_run-octo-org/api-101 ← github-pull_request-octo-org/api-1',
        'github-workflow_run-octo-org/mirror-102 ← github-pull_request-octo-org/mirror-1',
        'jenkins-build-checks-7 ← github-pull_request-octo-org/api-1',
        'jenkins-build-checks-8 ← github-pull_request-octo-org/mirror-1',
      ],
    );
  });
});

describe('a merge queue', () => {
  it('makes commits that belong to the pull request that each is for, also when it begins anew', async () => {
    const branch7 = queueBranch(7, 'base');
    const branch8 = queueBranch(8, 'queue7');
    const again8 = queueBranch(8, 'base');
    await expectLinks(
      [
        opened(7, at(2, 9), { head: 'head7' }),
        ...mergedPull(8, 'head8', 'queue8-again'),
        queued(7, 'queue7', 'base'),
        queued(8, 'queue8', 'queue7'),
        run(101, at(2, 10), { head: 'queue7', branch: branch7, event: 'merge_group' }),
        run(102, at(2, 10), { head: 'queue8', branch: branch8, event: 'merge_group' }),
        // The first one failed, so that the second one is tried without it.
        queued(8, 'queue8-again', 'base'),
        run(103, at(2, 11), { head: 'queue8-again', branch: again8, event: 'merge_group' }),
        status(9, at(2, 11), 'queue8'),
        run(104, at(3, 10), { head: 'queue8-again', branch: 'main' }),
      ],
      [
        'github-workflow_run-octo-org/api-101 ← github-pull_request-octo-org/api-7',
        'github-workflow_run-octo-org/api-102 ← github-pull_request-octo-org/api-8',
        'github-workflow_run-octo-org/api-103 ← github-pull_request-octo-org/api-8',
        'github-workflow_run-octo-org/api-104 ← github-pull_request-octo-org/api-8',
        `github-status-octo-org/api-${sha('queue8').slice(0, 12)}/lint ← github-pull_request-octo-org/api-8`,
      ],
    );
  });

  it('of GitLab, a train, does the same', async () => {
    const of = (iid: number) => ({ merge_request: { iid, source_project_id: cart.id, target_project_id: cart.id } });
    const train = (iid: number) => ({ ref: `refs/merge-requests/${iid}/train`, source: 'merge_request_event' });
    await expectLinks(
      [
        mergeRequest('open', 7, at(2, 9), { head: 'head7' }),
        mergeRequest('open', 8, at(2, 9), { head: 'head8' }),
        pipeline(501, at(2, 10), { head: 'train7', ...train(7) }, of(7)),
        pipeline(502, at(2, 10), { head: 'train8', ...train(8) }, of(8)),
        pipeline(503, at(2, 11), { head: 'train8-again', ...train(8) }, of(8)),
        // Older payloads tell it by the ref alone.
        pipeline(504, at(2, 12), { head: 'train8-third', ...train(8) }),
      ],
      [
        'gitlab-pipeline-shop/web/cart-501 ← gitlab-merge_request-shop/web/cart-7',
        'gitlab-pipeline-shop/web/cart-502 ← gitlab-merge_request-shop/web/cart-8',
        'gitlab-pipeline-shop/web/cart-503 ← gitlab-merge_request-shop/web/cart-8',
        'gitlab-pipeline-shop/web/cart-504 ← gitlab-merge_request-shop/web/cart-8',
      ],
    );
  });
});

describe('a deployment of one service of many', () => {
  const rules = {
    services: [
      { when: { path: 'cart/*' }, name: 'cart' },
      { when: { path: 'price/*' }, name: 'price' },
      { when: { environment: '*-cart' }, name: 'cart' },
      { when: { environment: '*-price' }, name: 'price' },
    ],
  } as unknown as Partial<Rules>;

  it('carries the pull requests that change this service, and not the others of the same commit', async () => {
    await expectLinks(
      [
        push(main, at(2, 8), 'root', { base: { paths: ['README.md'] } }),
        ...mergedPull(1, 'head1', 'cart-change'),
        ...mergedPull(2, 'head2', 'price-change'),
        push(main, at(3, 9), 'base', {
          'cart-change': { paths: ['cart/total.ts'] },
          'price-change': { paths: ['price/list.ts'] },
          'docs-change': { paths: ['docs/a.md'] },
        }),
        deployed(71, at(2, 8), 'base', { environment: 'production-cart' }),
        deployed(72, at(2, 8), 'base', { environment: 'production-price' }),
        deployed(73, at(4, 8), 'docs-change', { environment: 'production-cart' }),
        deployed(74, at(4, 9), 'docs-change', { environment: 'production-price' }),
      ],
      [
        'github-deployment-octo-org/api-73 carries github-pull_request-octo-org/api-1',
        'github-deployment-octo-org/api-74 carries github-pull_request-octo-org/api-2',
      ],
      { rules },
    );
  });
});

describe('a deployment of another service', () => {
  it('of a commit is not that to which its pull request has led', async () => {
    const rules = {
      services: [
        { when: { path: 'cart/*' }, name: 'cart' },
        { when: { path: 'price/*' }, name: 'price' },
        { when: { environment: '*-cart' }, name: 'cart' },
      ],
    } as unknown as Partial<Rules>;
    const world = new World(rules);
    open.push(world);
    await world.tell([
      push(main, at(2, 8), 'root', { base: { paths: ['README.md'] } }),
      ...mergedPull(2, 'head2', 'price-change'),
      push(main, at(3, 9), 'base', { 'price-change': { paths: ['price/list.ts'] } }),
      deployed(71, at(2, 8), 'base', { environment: 'production-cart' }),
      deployed(73, at(4, 8), 'price-change', { environment: 'production-cart' }),
    ]);
    expect(deployedAt(await tracedIn(world, 'github-pull_request-octo-org/api-2'))).toBeNull();
  });
});

describe('a run that stands on the commit of a pull request', () => {
  it('and was started by a clock has to do with it, and was not caused by it', async () => {
    const world = await expectLinks(
      [
        ...mergedPull(1, 'head1', 'merge1'),
        run(101, at(3, 10), { head: 'merge1' }),
        run(102, at(9, 3), { head: 'merge1', event: 'schedule', message: 'Change 1 (#1)' }),
        job(201, at(9, 3), 102),
      ],
      [
        'github-workflow_run-octo-org/api-101 ← github-pull_request-octo-org/api-1',
        'github-workflow_run-octo-org/api-102 about github-pull_request-octo-org/api-1',
        'github-workflow_job-octo-org/api-201 ← github-workflow_run-octo-org/api-102',
      ],
    );
    expect(await world.trace('github-pull_request-octo-org/api-1')).toEqual([
      'github-pull_request-octo-org/api-1',
      'github-workflow_run-octo-org/api-101',
    ]);
  });

  it('and was started by a tag has to do with it, and was not caused by it', async () => {
    await expectLinks(
      [
        ...mergedPull(1, 'head1', 'merge1'),
        push('refs/tags/v1.4.0', at(5, 9), '', {}, { after: 'merge1' }),
        run(101, at(3, 10), { head: 'merge1', message: 'Change 1 (#1)' }),
        run(102, at(5, 9), { head: 'merge1', branch: 'v1.4.0', message: 'Change 1 (#1)' }),
      ],
      [
        'github-workflow_run-octo-org/api-101 ← github-pull_request-octo-org/api-1',
        'github-workflow_run-octo-org/api-102 about github-pull_request-octo-org/api-1',
      ],
    );
  });

  it('of GitLab is so too', async () => {
    const merge = { state: 'merged', merged_at: at(3, 9), merge_commit_sha: sha('merge7'), created_at: at(2, 9) };
    const commit = { message: 'Merge\n\nSee merge request shop/web/cart!7' };
    await expectLinks(
      [
        mergeRequest('open', 7, at(2, 9), { head: 'head7' }),
        mergeRequest('merge', 7, at(3, 9), { head: 'head7', ...merge }),
        pipeline(501, at(3, 10), { head: 'merge7', ref: 'main' }, { commit }),
        pipeline(502, at(9, 3), { head: 'merge7', ref: 'main', source: 'schedule' }, { commit }),
        pipeline(503, at(9, 4), { head: 'merge7', ref: 'v1.4.0', tag: true }, { commit }),
      ],
      [
        'gitlab-pipeline-shop/web/cart-501 ← gitlab-merge_request-shop/web/cart-7',
        'gitlab-pipeline-shop/web/cart-502 about gitlab-merge_request-shop/web/cart-7',
        'gitlab-pipeline-shop/web/cart-503 about gitlab-merge_request-shop/web/cart-7',
      ],
    );
  });
});

describe('a branch that is used again', () => {
  it('is built for the pull request that is open then, and for none in between', async () => {
    const branch = 'develop';
    await expectLinks(
      [
        opened(1, at(2, 9), { head: 'head1', branch }),
        merged(1, at(3, 9), 'merge1', { head: 'head1', branch, created_at: at(2, 9) }),
        opened(2, at(5, 9), { head: 'head2', branch }),
        run(101, at(2, 10), { head: 'early', branch }),
        run(102, at(4, 10), { head: 'between', branch }),
        run(103, at(5, 10), { head: 'late', branch }),
        run(104, at(5, 11), { head: 'head2', branch, of: [2] }),
      ],
      [
        'github-workflow_run-octo-org/api-101 ← github-pull_request-octo-org/api-1',
        'github-workflow_run-octo-org/api-103 ← github-pull_request-octo-org/api-2',
        'github-workflow_run-octo-org/api-104 ← github-pull_request-octo-org/api-2',
      ],
    );
  });
});

describe('the first characters of a commit', () => {
  const merge = (iid: number, name: string, project = cart) => {
    const end = { state: 'merged', merged_at: at(3, 9), merge_commit_sha: sha(name), created_at: at(2, 9) };
    const told = { head: `head${iid}`, project };
    return [mergeRequest('open', iid, at(2, 9), told), mergeRequest('merge', iid, at(3, 9), { ...told, ...end })];
  };

  it('lead to it in the own repository, and not in another one', async () => {
    await expectLinks(
      [
        ...merge(7, 'same-1'),
        ...merge(8, 'same-2', price),
        shortDeployment(701, at(4, 9), 'same-1', cart),
        shortDeployment(702, at(4, 9), 'same-2', price),
        shortDeployment(703, at(4, 9), 'same-1', { ...price, id: 32, path_with_namespace: 'shop/web/tax' }),
      ],
      [
        'gitlab-deployment-shop/web/cart-701 ← gitlab-merge_request-shop/web/cart-7',
        'gitlab-deployment-shop/web/price-702 ← gitlab-merge_request-shop/web/price-8',
      ],
    );
  });

  it('lead nowhere where several commits of the repository begin so', async () => {
    await expectLinks([...merge(7, 'same-1'), ...merge(8, 'same-2'), shortDeployment(701, at(4, 9), 'same-1')], []);
  });

  const custom = (id: string, commit: string, type = 'deploy') =>
    told('customhttp', { id, namespace: 'octo-org/api', type, action: 'start', time: at(4, 9), commit });

  it.each([7, 8, 10, 12, 39])('lead to it, %i of them, from a tool that knows no repository', async (length) => {
    const short = sha('merged-here').slice(0, length);
    await expectLinks(
      [...mergedPull(1, 'head1', 'merged-here'), custom('a', short), ...mergedPull(2, 'head2', 'elsewhere')],
      ['customhttp-deploy-octo-org/api-a ← github-pull_request-octo-org/api-1'],
    );
  });

  it('lead to it though another tool knows it by them alone', async () => {
    const short = sha('merged-here').slice(0, 12);
    await expectLinks(
      [...mergedPull(1, 'head1', 'merged-here'), custom('a', short), custom('p', short, 'pull_request')],
      [
        'customhttp-deploy-octo-org/api-a ← github-pull_request-octo-org/api-1',
        'customhttp-deploy-octo-org/api-a caused_by customhttp-pull_request-octo-org/api-p (likely)',
      ],
    );
  });

  it('are no characters of a commit where they are another number, or too few', async () => {
    const [digits] = [sha('merged-here').slice(0, 4)];
    await expectLinks([...mergedPull(1, 'head1', 'merged-here'), custom('a', digits ?? ''), custom('b', 'm')], []);
  });
});

describe('a text that names issues', () => {
  const issues = [issue('opened', 27, at(2, 8)), issue('opened', 28, at(2, 8))];

  it('of a bot, which quotes other repositories, closes none', async () => {
    const user = { login: 'dependabot[bot]', type: 'Bot' };
    const body = 'Bumps lodash.\n\n- Fixes #27 by @someone\n- closes #28';
    await expectLinks(
      [
        ...issues,
        opened(1, at(2, 9), { head: 'head1', user, title: 'Bump lodash from 4.17.20 to 4.17.21', body }),
        push(main, at(3, 9), 'root', {
          bump: { message: `Bump lodash (#1)\n\n${body}`, author: 'dependabot[bot]' },
        }),
        run(101, at(3, 10), {
          head: 'bump',
          message: `Bump lodash (#1)\n\n${body}`,
          more: { head_commit: { message: `Bump lodash (#1)\n\n${body}`, author: { name: 'dependabot[bot]' } } },
        }),
      ],
      ['github-workflow_run-octo-org/api-101 ← github-pull_request-octo-org/api-1'],
    );
  });

  it('closes what it says in plain words, and not what it shows as code, quotes, comments or of others', async () => {
    const body = [
      'Fixes #27',
      '<!-- Fixes #28 -->',
      '> Closes #28',
      '```\nfixes #28\n```',
      'As in `fixes #28`.',
      '<details><summary>Release notes</summary>\nFixes #28\n</details>',
      'It is the same as lodash/lodash#28, fixes lodash/lodash#28.',
    ].join('\n\n');
    await expectLinks(
      [...issues, opened(1, at(2, 9), { head: 'head1', body })],
      ['github-pull_request-octo-org/api-1 ← github-issue-octo-org/api-27'],
    );
  });

  it('closes the issue of another repository where it names that', async () => {
    const web = repositoryOf(4712, 'octo-org/web');
    await expectLinks(
      [
        ...issues,
        issue('opened', 27, at(2, 8), { repository: web }),
        opened(1, at(2, 9), { head: 'head1', body: 'Fixes octo-org/web#27' }),
      ],
      ['github-pull_request-octo-org/api-1 ← github-issue-octo-org/web-27'],
    );
  });

  it('of a bot of GitLab closes none, and that of a person does', async () => {
    const description = '* Fixes #23\n* closes #24';
    await expectLinks(
      [
        gitlabIssue(23, at(2, 8)),
        gitlabIssue(24, at(2, 8)),
        mergeRequest('open', 7, at(2, 9), { head: 'head7', source_branch: 'renovate/lodash-4.x', description }),
        mergeRequest('open', 8, at(2, 9), { head: 'head8', description: 'Fixes #23\n\n> closes #24' }),
      ],
      ['gitlab-merge_request-shop/web/cart-8 ← gitlab-issue-shop/web/cart-23'],
    );
  });

  it('may name a pull request, which is no issue: nothing is closed by that', async () => {
    await expectLinks(
      [
        issue('opened', 27, at(2, 8)),
        opened(12, at(2, 9), { head: 'head12' }),
        opened(13, at(2, 10), { head: 'head13', body: 'Fixes #12 and fixes #27' }),
        // An issue of that number elsewhere is another one.
        issue('opened', 12, at(2, 8), { repository: repositoryOf(4712, 'octo-org/web') }),
        run(101, at(2, 11), { head: 'unknown', message: 'Tidy up (#27)' }),
      ],
      ['github-pull_request-octo-org/api-13 ← github-issue-octo-org/api-27'],
    );
  });
});

describe('a ticket that was moved to another project', () => {
  const moved = [{ field: 'Key', fieldtype: 'jira', fromString: 'PAY-12', toString: 'SHOP-3' }];

  it('is found by the key that branches still have, and by the new one, and no other ticket is', async () => {
    await expectLinks(
      [
        ticket(10_012, 'PAY-12', at(2, 8)),
        ticket(10_012, 'SHOP-3', at(3, 8), moved),
        ticket(10_077, 'SHOP-12', at(2, 8)),
        opened(1, at(2, 9), { head: 'head1', branch: 'feature/pay-12-cache' }),
        opened(2, at(4, 9), { head: 'head2', branch: 'feature/pay-12-again' }),
        opened(3, at(4, 9), { head: 'head3', title: 'SHOP-3 Cache' }),
      ],
      [
        'github-pull_request-octo-org/api-1 ← jira-issue-SHOP-3',
        'github-pull_request-octo-org/api-2 ← jira-issue-SHOP-3',
        'github-pull_request-octo-org/api-3 ← jira-issue-SHOP-3',
      ],
      { renamed: ['jira-issue-PAY-12', 'jira-issue-SHOP-3'] },
    );
  });

  it('is found by its old key where only the move was told', async () => {
    await expectLinks(
      [
        ticket(10_012, 'SHOP-3', at(3, 8), moved),
        opened(1, at(2, 9), { head: 'head1', branch: 'feature/pay-12-cache' }),
        opened(2, at(2, 9), { head: 'head2', branch: 'feature/pay-3-cache' }),
      ],
      ['github-pull_request-octo-org/api-1 ← jira-issue-SHOP-3'],
    );
  });
});

describe('a repository', () => {
  const renamed = repositoryOf(4711, 'octo-org/core');
  const newcomer = repositoryOf(4999, 'octo-org/api');

  it('that was renamed keeps its links, and another one that takes its name gets none of them', async () => {
    await expectLinks(
      [
        issue('opened', 27, at(2, 8)),
        opened(1, at(2, 9), { head: 'head1', branch: 'work', body: 'Fixes #27' }),
        run(101, at(3, 9), { repository: renamed, head: 'head1', branch: 'work', of: [1] }),
        run(102, at(3, 9), { repository: renamed, head: 'head1-next', branch: 'work' }),
        issue('opened', 28, at(4, 8), { repository: newcomer }),
        opened(2, at(4, 9), {
          repository: newcomer,
          head: 'their-head',
          branch: 'theirs',
          body: 'Fixes #27, fixes #28',
        }),
        run(103, at(4, 10), { repository: newcomer, head: 'head1', branch: 'work', of: [1] }),
        run(104, at(4, 10), { repository: newcomer, head: 'their-head', branch: 'work', of: [2] }),
      ],
      [
        'github-pull_request-octo-org/api-1 ← github-issue-octo-org/api-27',
        'github-workflow_run-octo-org/api-101 ← github-pull_request-octo-org/api-1',
        'github-workflow_run-octo-org/api-102 ← github-pull_request-octo-org/api-1',
        'github-pull_request-octo-org/api-2 ← github-issue-octo-org/api-28',
        'github-workflow_run-octo-org/api-104 ← github-pull_request-octo-org/api-2',
      ],
      { renamed: ['octo-org/core', 'octo-org/api'] },
    );
  });

  it('that has gone to another owner is found from elsewhere by its old address and by its new one', async () => {
    const gone = repositoryOf(4711, 'other-org/api');
    const web = repositoryOf(4712, 'octo-org/web');
    await expectLinks(
      [
        issue('opened', 27, at(2, 8)),
        issue('labeled', 27, at(3, 8), { repository: gone, created_at: at(2, 8), labels: [] }),
        opened(1, at(2, 9), { repository: web, head: 'head1', body: 'Fixes octo-org/api#27' }),
        opened(2, at(4, 9), { repository: web, head: 'head2', body: 'Fixes other-org/api#27' }),
        opened(3, at(4, 9), { repository: web, head: 'head3', body: 'Fixes #27' }),
      ],
      [
        'github-pull_request-octo-org/web-1 ← github-issue-other-org/api-27',
        'github-pull_request-octo-org/web-2 ← github-issue-other-org/api-27',
      ],
      { renamed: ['octo-org/api', 'other-org/api'] },
    );
  });
});

describe('an incident', () => {
  const incident = (number: number, time: string, more: object = {}) =>
    issue('opened', number, time, { labels: [{ name: 'incident' }], ...more });

  it('may have come of the last deployment to production of its service, which is never its parent', async () => {
    const web = repositoryOf(4712, 'octo-org/web');
    const world = await expectLinks(
      [
        push(main, at(2, 8), 'root', { base: {} }),
        ...mergedPull(1, 'head1', 'merge1'),
        push(main, at(3, 9), 'base', { merge1: {} }),
        deployed(71, at(2, 8), 'base'),
        deployed(72, at(3, 10), 'merge1'),
        // Of another service, of no production, after it began.
        deployed(73, at(3, 11), 'theirs', { repository: web }),
        deployed(74, at(3, 11), 'merge1', { environment: 'staging' }),
        deployed(75, at(3, 13), 'merge1'),
        incident(50, at(3, 12)),
        issue('opened', 51, at(3, 12)),
        // More than a day after the last one.
        incident(52, at(5, 12)),
      ],
      [
        'github-deployment-octo-org/api-72 caused_incident github-issue-octo-org/api-50 (possible)',
        'github-deployment-octo-org/api-72 ← github-pull_request-octo-org/api-1',
        'github-deployment-octo-org/api-72 carries github-pull_request-octo-org/api-1',
        'github-deployment-octo-org/api-74 ← github-pull_request-octo-org/api-1',
        'github-deployment-octo-org/api-75 ← github-pull_request-octo-org/api-1',
      ],
    );
    expect((await world.traces())['github-issue-octo-org/api-50']).toBe('github-issue-octo-org/api-50');
  });

  it('is fixed by the pull request that names it, and is not the cause of that', async () => {
    await expectLinks(
      [
        deployed(71, at(2, 8), 'base'),
        incident(50, at(2, 9)),
        opened(1, at(2, 10), { head: 'head1', body: 'Fixes #50' }),
      ],
      [
        'github-deployment-octo-org/api-71 caused_incident github-issue-octo-org/api-50 (possible)',
        'github-pull_request-octo-org/api-1 fixes github-issue-octo-org/api-50',
      ],
    );
  });
});
