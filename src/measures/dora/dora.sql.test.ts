import { afterEach, describe, expect, test } from 'vitest';
import { ColumnsInMemory, type TableRows } from '../../../test/support/columns.ts';
import type { Row } from '../columns/contract.ts';
import { doraMeasures, leadTimeStage, leadTimes } from './measures.ts';

const deploymentFrequency = doraMeasures.deployment_frequency.items;
const changeFailRate = doraMeasures.change_fail_rate.items;
const deploymentReworkRate = doraMeasures.deployment_rework_rate.items;
const recoveryTime = doraMeasures.failed_deployment_recovery_time.items;
const leadTimeOfCommits = (from: 'committed' | 'authored') => leadTimes[from].items;
const leadTimeOfPullRequests = (from: 'first_commit' | 'opened') => leadTimes[from].items;
const leadTimeByStage = leadTimeStage.items;

let columns: ColumnsInMemory | undefined;

afterEach(async () => {
  await columns?.close();
  columns = undefined;
});

const HOUR = 3_600_000;

/** The items of a relation in words, since an hour: `d1 committed 5h`, `d2 first_deployment`. */
async function items(relation: string, tables: TableRows, from = 0): Promise<string[]> {
  await columns?.close();
  columns = await ColumnsInMemory.of(tables);
  const sql = `SELECT * FROM (${relation}) WHERE (tier = 'production' OR tier IS NULL) AND "at" >= $from`;
  const { rows } = await columns.read([{ sql, parameters: { from: from * HOUR } }]);
  return (rows[0] ?? []).map(inWords).sort();
}

function inWords({ span_id, value, reason, basis, causes, stage, commit_sha }: Row): string {
  const told = typeof value === 'number' && value >= HOUR ? `${value / HOUR}h` : value;
  const list = Array.isArray(causes) ? causes.join('+') : null;
  return [span_id, commit_sha, stage, basis, told, reason, list]
    .filter((part) => part !== null && part !== undefined)
    .join(' ');
}

const names = new Map<string, number>();
const idOf = (name: string) => {
  const id = names.get(name) ?? names.size + 1;
  names.set(name, id);
  return id;
};

/** A deployment that ended so many hours after the beginning of time. */
function deploy(name: string, hour: number, more: Row = {}): Row {
  const end = { finished_at: hour * HOUR, result: 'success', is_open: false };
  const where = { environment: 'production', tier: 'production', service: 'api' };
  return { identity_id: idOf(name), span_id: name, operation: 'deploy', ...where, ...end, ...more };
}

/** What is known of a successful deployment in its lane. */
function inLane(name: string, more: Row = {}): Row {
  return { identity_id: idOf(name), ...more };
}

const carries = (name: string, commit_sha: string): Row => ({ identity_id: idOf(name), commit_sha });
const link = (from: string, kind: string, to: string, more: Row = {}): Row => ({
  identity_id: idOf(from),
  kind,
  to_id: idOf(to),
  ...more,
});

describe('deployment frequency', () => {
  test('counts deployments that succeeded in production, and says of which the environment is not known', async () => {
    const spans = [
      deploy('d1', 1),
      deploy('d2', 2, { result: 'failure', is_error: true }),
      deploy('d3', 3, { environment: 'staging', tier: 'staging' }),
      deploy('d4', 4, { environment: null, tier: null }),
      deploy('d5', 5, { environment: 'blue', tier: null }),
      deploy('d6', 6, { is_open: true, result: null, finished_at: null }),
      deploy('d7', 7, { started_at: 6 * HOUR, finished_at: null }),
    ];
    expect(await items(deploymentFrequency, { spans })).toEqual([
      'd1 1',
      'd4 environment_unknown',
      'd5 environment_unknown',
      'd7 no_end',
    ]);
  });
});

describe('change fail rate', () => {
  const failed = { result: 'failure', is_error: true };

  test('a deployment that failed by itself counts above and below the line; one that was cancelled nowhere', async () => {
    const spans = [deploy('d1', 1), deploy('d2', 2, failed), deploy('d3', 3, { result: 'cancelled' })];
    expect(await items(changeFailRate, { spans })).toEqual(['d1 0', 'd2 1 failed', 'd3 not_tried']);
  });

  test.each([
    ['skipped', 'not_tried'],
    ['unknown', 'inconclusive'],
    ['abandoned', 'inconclusive'],
    [null, 'inconclusive'],
  ])('one that ended as %s is %s', async (result, reason) => {
    const spans = [deploy('d1', 1, { result }), deploy('d2', 2, { result: 'rolled_back' })];
    expect(await items(changeFailRate, { spans })).toEqual([`d1 ${reason}`, 'd2 1 failed']);
    expect(await items(deploymentReworkRate, { spans })).toEqual([`d1 ${reason}`, 'd2 0']);
    expect(await items(recoveryTime, { spans })).toEqual(['d2 open failed']);
  });

  test('an incident is blamed by time, or on the deployment that it names', async () => {
    const incident = (name: string): Row => ({ identity_id: idOf(name), operation: 'incident', started_at: 5 * HOUR });
    const spans = [deploy('d1', 1), deploy('d2', 2), incident('i1')];
    const byTime = [link('d2', 'caused_incident', 'i1', { to_attempt: 1 })];
    expect(await items(changeFailRate, { spans, links: byTime })).toEqual(['d1 0', 'd2 1 incident']);
    const byName = [...byTime, link('i1', 'caused_by', 'd1')];
    expect(await items(changeFailRate, { spans, links: byName })).toEqual(['d1 1 incident', 'd2 0']);
  });

  test('an incident that names a deployment before the window is blamed on nothing in it', async () => {
    const incident: Row = { identity_id: idOf('i1'), operation: 'incident', started_at: 5 * HOUR };
    const spans = [deploy('d1', 1), deploy('d2', 3), incident];
    const links = [link('d2', 'caused_incident', 'i1', { to_attempt: 1 }), link('i1', 'caused_by', 'd1')];
    expect(await items(changeFailRate, { spans, links }, 2)).toEqual(['d2 0']);
  });

  test('what was rolled back from is the last one that had succeeded, though others failed since', async () => {
    const spans = [deploy('d1', 1), deploy('d2', 2), deploy('d3', 3, failed), deploy('d4', 4)];
    const deployments = [inLane('d1'), inLane('d2'), inLane('d4', { is_rollback: true })];
    expect(await items(changeFailRate, { spans, deployments })).toEqual([
      'd1 0',
      'd2 1 rollback',
      'd3 1 failed',
      'd4 0',
    ]);
    expect(await items(changeFailRate, { spans, deployments }, 3)).toEqual(['d3 1 failed', 'd4 0']);
  });

  test('the one that was rolled back from has failed, and nothing before it', async () => {
    const spans = [deploy('d1', 1), deploy('d2', 2), deploy('d3', 3)];
    const deployments = [inLane('d1'), inLane('d2'), inLane('d3', { is_rollback: true })];
    expect(await items(changeFailRate, { spans, deployments })).toEqual(['d1 0', 'd2 1 rollback', 'd3 0']);
    expect(await items(deploymentReworkRate, { spans, deployments })).toEqual(['d1 0', 'd2 0', 'd3 1 rollback']);
  });

  test('what comes after a failed deployment mends that one, not the one in use until then', async () => {
    const spans = [deploy('d1', 1), deploy('d2', 2, failed), deploy('d3', 3)];
    const deployments = [inLane('d1'), inLane('d3')];
    const hotfix = {
      pull_requests: [{ identity_id: idOf('p1'), head_branch: 'hotfix/cart' }],
      links: [link('d3', 'carries', 'p1')],
    };
    const pulls = [{ identity_id: idOf('p1'), span_id: 'p1', finished_at: 3 * HOUR, result: 'merged' }];
    expect(await items(changeFailRate, { spans: [...spans, ...pulls], deployments, ...hotfix })).toEqual([
      'd1 0',
      'd2 1 failed+hotfix',
      'd3 0',
    ]);
  });

  describe('a hotfix', () => {
    const world = (hour: number, branch: string | null, labels: readonly string[]): TableRows => ({
      spans: [
        deploy('d1', 1),
        deploy('d2', hour),
        { identity_id: idOf('p1'), span_id: 'p1', finished_at: 2 * HOUR, labels },
      ],
      deployments: [inLane('d1'), inLane('d2')],
      pull_requests: [{ identity_id: idOf('p1'), head_branch: branch }],
      links: [link('d2', 'carries', 'p1')],
    });

    test.each([
      ['hotfix/cart', []],
      ['ada/hot-fix-7', []],
      [null, ['Type: Hotfix']],
    ])('by its branch %s or its labels %j', async (branch, labels) => {
      expect(await items(changeFailRate, world(20, branch, labels))).toEqual(['d1 1 hotfix', 'd2 0']);
    });

    test.each([
      ['shotfixes', []],
      ['fix-cart', ['bug']],
    ])('is not what only looks like one: %s', async (branch, labels) => {
      expect(await items(changeFailRate, world(20, branch, labels))).toEqual(['d1 0', 'd2 0']);
    });

    test('of what was deployed more than a day ago is rework, and no failure of that', async () => {
      expect(await items(changeFailRate, world(26, 'hotfix/cart', []))).toEqual(['d1 0', 'd2 0']);
      expect(await items(deploymentReworkRate, world(26, 'hotfix/cart', []))).toEqual(['d1 0', 'd2 1 hotfix']);
    });
  });

  describe('a revert', () => {
    const sha = 'a'.repeat(40);
    const world = (message: string, carried: readonly Row[]): TableRows => ({
      spans: [deploy('d1', 1), deploy('d2', 2), deploy('d3', 3)],
      deployments: [inLane('d1'), inLane('d2'), inLane('d3')],
      carried: [carries('d3', 'r'), ...carried],
      commits: [{ identity_id: 900, commit_sha: 'r', message }],
    });
    const naming = `Revert "Cache prices"\n\nThis reverts commit ${sha}.`;

    test('mends the deployment that brought what it reverts', async () => {
      expect(await items(changeFailRate, world(naming, [carries('d1', sha)]))).toEqual(['d1 1 revert', 'd2 0', 'd3 0']);
    });

    test('mends the one before it where that is not known', async () => {
      expect(await items(changeFailRate, world('Revert "Cache prices" (#7)', []))).toEqual([
        'd1 0',
        'd2 1 revert',
        'd3 0',
      ]);
    });

    test('of what was deployed before the window is no failure in it', async () => {
      expect(await items(changeFailRate, world(naming, [carries('d1', sha)]), 2)).toEqual(['d2 0', 'd3 0']);
      expect(await items(deploymentReworkRate, world(naming, [carries('d1', sha)]), 2)).toEqual([
        'd2 0',
        'd3 1 revert',
      ]);
    });

    test('of what another service brought mends the one before it', async () => {
      const { spans = [], deployments = [], ...told } = world(naming, [carries('w1', sha)]);
      const web = { service: 'web' };
      const both = { spans: [...spans, deploy('w1', 1, web)], deployments: [...deployments, inLane('w1')] };
      expect(await items(changeFailRate, { ...told, ...both })).toEqual(['d1 0', 'd2 1 revert', 'd3 0', 'w1 0']);
    });

    describe('that quotes a title alone', () => {
      const quoting = 'Revert "Cache "all" prices (#12)" (#13)\n\nReverts octo-org/api#12';
      const original = { identity_id: 901, commit_sha: 'o', message: 'Cache "all" prices (#12)\n\nThey are slow.' };
      const quoted = (by: string) => {
        const { commits = [], ...told } = world(quoting, [carries(by, 'o')]);
        return { ...told, commits: [...commits, original] };
      };

      test('mends the deployment that brought a commit of that title', async () => {
        expect(await items(changeFailRate, quoted('d1'))).toEqual(['d1 1 revert', 'd2 0', 'd3 0']);
        expect(await items(changeFailRate, quoted('d1'), 2)).toEqual(['d2 0', 'd3 0']);
      });

      test('mends nothing where that came along with it', async () => {
        expect(await items(changeFailRate, quoted('d3'))).toEqual(['d1 0', 'd2 0', 'd3 0']);
        expect(await items(deploymentReworkRate, quoted('d3'))).toEqual(['d1 0', 'd2 0', 'd3 0']);
      });

      test('is not of what came later', async () => {
        const { spans = [], deployments = [], ...told } = quoted('d4');
        const later = { spans: [...spans, deploy('d4', 4)], deployments: [...deployments, inLane('d4')] };
        expect(await items(changeFailRate, { ...told, ...later })).toEqual(['d1 0', 'd2 1 revert', 'd3 0', 'd4 0']);
      });
    });

    test('of what came along with it mends nothing', async () => {
      const world3 = world(naming, [carries('d3', sha)]);
      expect(await items(changeFailRate, world3)).toEqual(['d1 0', 'd2 0', 'd3 0']);
      expect(await items(deploymentReworkRate, world3)).toEqual(['d1 0', 'd2 0', 'd3 0']);
    });

    test('of a revert mends nothing', async () => {
      expect(await items(changeFailRate, world('Revert "Revert "Cache prices""', []))).toEqual([
        'd1 0',
        'd2 0',
        'd3 0',
      ]);
    });
  });

  test('a person has the last word', async () => {
    const spans = [deploy('d1', 1), deploy('d2', 2, failed), deploy('d3', 3)];
    const said = (name: string, is_failure: boolean | null, is_rework: boolean | null = null): Row => ({
      identity_id: idOf(name),
      is_failure,
      is_rework,
    });
    const verdicts = [said('d1', true), said('d2', false), said('d3', null, true)];
    expect(await items(changeFailRate, { spans, verdicts })).toEqual(['d1 1 marked', 'd2 0', 'd3 0']);
    expect(await items(deploymentReworkRate, { spans, verdicts })).toEqual(['d1 0', 'd2 0', 'd3 1 marked']);
  });

  test('each service and environment is by itself', async () => {
    const web = { service: 'web' };
    const spans = [deploy('d1', 1), deploy('d2', 2, web), deploy('d3', 3)];
    const deployments = [inLane('d1'), inLane('d2'), inLane('d3', { is_rollback: true })];
    expect(await items(changeFailRate, { spans, deployments })).toEqual(['d1 1 rollback', 'd2 0', 'd3 0']);
  });
});

describe('recovery time', () => {
  const failed = { result: 'failure', is_error: true };

  test('of one that failed by itself goes to the next that succeeded, and is open until then', async () => {
    const spans = [deploy('d1', 1, failed), deploy('d2', 2, failed), deploy('d3', 5), deploy('d4', 9, failed)];
    expect(await items(recoveryTime, { spans })).toEqual([
      'd1 next_deployment 4h failed',
      'd2 next_deployment 3h failed',
      'd4 open failed',
    ]);
  });

  const incident = (name: string, more: Row): Row => ({
    identity_id: idOf(name),
    span_id: name,
    operation: 'incident',
    ...more,
  });
  const blames = (name: string) => link('d1', 'caused_incident', name, { to_attempt: 1 });

  test('goes to the end of all its incidents', async () => {
    const spans = [
      deploy('d1', 1),
      incident('i1', { started_at: 2 * HOUR, finished_at: 4 * HOUR }),
      incident('i2', { started_at: 3 * HOUR, finished_at: 6 * HOUR }),
    ];
    const links = [blames('i1'), blames('i2')];
    expect(await items(recoveryTime, { spans, links })).toEqual(['d1 incident 5h incident']);
    const open = [deploy('d1', 1), spans[1] ?? {}, incident('i2', { started_at: 3 * HOUR })];
    expect(await items(recoveryTime, { spans: open, links })).toEqual(['d1 open incident']);
  });

  test('goes to the deployment that carries the fix of its incident, where that comes first', async () => {
    const spans = [
      deploy('d1', 1),
      deploy('d2', 3),
      incident('i1', { started_at: 2 * HOUR, finished_at: 6 * HOUR }),
      { identity_id: idOf('p1'), span_id: 'p1', finished_at: 3 * HOUR, result: 'merged' },
    ];
    const links = [blames('i1'), link('d2', 'carries', 'p1'), link('p1', 'fixes', 'i1')];
    const tables = { spans, links, deployments: [inLane('d1'), inLane('d2')] };
    expect(await items(recoveryTime, tables)).toEqual(['d1 remedy 2h incident']);
    expect(await items(deploymentReworkRate, tables)).toEqual(['d1 0', 'd2 1 fix']);
  });
});

describe('change lead time', () => {
  const commit = (commit_sha: string, hour: number | null, more: Row = {}): Row => ({
    identity_id: idOf(`commit ${commit_sha}`),
    commit_sha,
    authored_at: hour === null ? null : hour * HOUR,
    ...more,
  });

  test('finds a commit though who deployed it calls its repository otherwise', async () => {
    const tables = {
      spans: [deploy('d1', 10)],
      deployments: [inLane('d1')],
      carried: [carries('d1', 'a')],
      commits: [commit('a', 2, { scope: 'github:4711' }), commit('a', 2, { scope: 'github:4712' })],
    };
    expect(await items(leadTimeOfCommits('authored'), tables)).toEqual(['d1 a authored 8h']);
  });

  test('is from each commit to the end of the deployment that brought it', async () => {
    const tables = {
      spans: [deploy('d1', 10), deploy('d2', 20)],
      deployments: [inLane('d1'), inLane('d2')],
      carried: [carries('d1', 'a'), carries('d1', 'b'), carries('d2', 'c'), carries('d2', 'e')],
      commits: [commit('a', 2, { committed_at: 4 * HOUR }), commit('b', 5), commit('c', null), commit('e', 21)],
    };
    expect(await items(leadTimeOfCommits('authored'), tables)).toEqual([
      'd1 a authored 8h',
      'd1 b authored 5h',
      'd2 c authored commit_time_unknown',
      'd2 e authored negative',
    ]);
    expect(await items(leadTimeOfCommits('committed'), tables)).toEqual([
      'd1 a committed 6h',
      'd1 b committed commit_time_unknown',
      'd2 c committed commit_time_unknown',
      'd2 e committed commit_time_unknown',
    ]);
  });

  test('says which deployments are left out, and why', async () => {
    const spans = [
      deploy('d1', 1),
      deploy('d2', 2),
      deploy('d3', 3),
      deploy('d4', 4),
      deploy('d5', 5, { environment: null }),
      deploy('d6', 6),
    ];
    const deployments = [
      inLane('d1', { base: 'first_deployment' }),
      inLane('d2', { base: 'no_sha' }),
      inLane('d3', { base: 'base_unknown' }),
      inLane('d4', { base: 'commits_truncated' }),
      inLane('d6', { base: 'base_unknown' }),
    ];
    const carried = [carries('d3', 'a'), carries('d4', 'b')];
    const commits = [commit('a', 1), commit('b', 1)];
    const tables = { spans, deployments, carried, commits };
    expect(await items(leadTimeOfCommits('authored'), tables)).toEqual([
      'd1 authored first_deployment',
      'd2 authored no_sha',
      'd3 a authored base_unknown',
      'd4 authored commits_truncated',
      'd4 b authored 3h',
      'd5 authored environment_unknown',
      'd6 authored base_unknown',
    ]);
  });
});

describe('the lead time of pull requests', () => {
  const stage = (name: string, from: number, to: number, number: number, of = 'p1'): Row => ({
    identity_id: idOf(of),
    name,
    number,
    started_at: from * HOUR,
    finished_at: to * HOUR,
  });
  const push = (commit_sha: string, ref: string, hour: number): Row => ({
    identity_id: idOf(`push ${ref} ${hour}`),
    commit_sha,
    ref: `refs/heads/${ref}`,
    pushed_at: hour * HOUR,
  });
  const pull = (name: string, from: number, to: number, result = 'merged'): Row => ({
    identity_id: idOf(name),
    span_id: name,
    started_at: from * HOUR,
    finished_at: to * HOUR,
    result,
  });
  const authored = (commit_sha: string, hour: number): Row => ({
    identity_id: idOf(`commit ${commit_sha}`),
    commit_sha,
    authored_at: hour * HOUR,
  });
  const world: TableRows = {
    spans: [deploy('d1', 100), pull('p1', 10, 60)],
    deployments: [inLane('d1')],
    links: [link('d1', 'carries', 'p1')],
    carried: [carries('d1', 'm')],
    pull_requests: [{ identity_id: idOf('p1'), head_branch: 'cart', is_fork: false }],
    pushed: [push('a', 'cart', 9), push('b', 'cart', 20), push('old', 'main', 1), push('old', 'cart', 20)],
    commits: [authored('a', 4), authored('b', 19), authored('old', 0)],
    stages: [
      stage('draft', 10, 14, 1),
      stage('awaiting_review', 14, 34, 2),
      stage('review', 34, 40, 3),
      stage('approved', 40, 42, 4),
      stage('review', 42, 50, 5),
      stage('approved', 50, 60, 6),
    ],
  };

  test('is from its first commit, or its opening', async () => {
    expect(await items(leadTimeOfPullRequests('first_commit'), world)).toEqual(['p1 first_commit 96h']);
    expect(await items(leadTimeOfPullRequests('opened'), world)).toEqual(['p1 opened 90h']);
  });

  test('is made of stages', async () => {
    expect(await items(leadTimeByStage, world)).toEqual([
      'p1 coding first_commit 6h',
      'p1 deploy 40h',
      'p1 draft 4h',
      'p1 merge_wait 12h',
      'p1 pickup 20h',
      'p1 review 14h',
    ]);
  });

  test('without a review is no wait for one', async () => {
    const stages = [stage('awaiting_review', 10, 60, 1)];
    expect(await items(leadTimeByStage, { ...world, stages })).toEqual([
      'p1 coding first_commit 6h',
      'p1 deploy 40h',
      'p1 draft stage_skipped',
      'p1 merge_wait 50h',
      'p1 pickup stage_skipped',
      'p1 review stage_skipped',
    ]);
  });

  test('says what of it is not known', async () => {
    const told = { ...world, stages: [stage('unknown', 10, 60, 1)], pushed: [] };
    expect(await items(leadTimeByStage, told)).toEqual([
      'p1 coding first_commit commit_time_unknown',
      'p1 deploy 40h',
      'p1 draft no_stages',
      'p1 merge_wait no_stages',
      'p1 pickup no_stages',
      'p1 review no_stages',
    ]);
  });

  test('of a branch that is used again begins with what was pushed for it', async () => {
    const spans = [deploy('d1', 100), pull('p0', 1, 8, 'abandoned'), pull('p1', 10, 60)];
    const pull_requests = ['p0', 'p1'].map((name) => ({
      identity_id: idOf(name),
      head_branch: 'cart',
      is_fork: false,
    }));
    const pushed = [push('z', 'cart', 7), push('a', 'cart', 9)];
    const commits = [authored('z', 0), authored('a', 4)];
    const told = { ...world, spans, pull_requests, pushed, commits };
    expect(await items(leadTimeOfPullRequests('first_commit'), told)).toEqual(['p1 first_commit 96h']);
  });

  test('that was opened again begins with its first opening, and is nobody else to its branch', async () => {
    const closed = pull('p1', 10, 30, 'abandoned');
    const spans = [deploy('d1', 100), closed, { ...pull('p1', 40, 60), ordinal: 2 }];
    const pull_requests = [1, 2].map((ordinal) => ({
      ...{ identity_id: idOf('p1'), ordinal, head_branch: 'cart', is_fork: false },
    }));
    const stages = [stage('awaiting_review', 10, 30, 1), { ...stage('review', 40, 60, 1), ordinal: 2 }];
    const told = { ...world, spans, pull_requests, stages };
    expect(await items(leadTimeOfPullRequests('first_commit'), told)).toEqual(['p1 first_commit 96h']);
    expect(await items(leadTimeOfPullRequests('opened'), told)).toEqual(['p1 opened 90h']);
    expect(await items(leadTimeByStage, told)).toEqual([
      'p1 coding first_commit 6h',
      'p1 deploy 40h',
      'p1 draft reopened',
      'p1 merge_wait reopened',
      'p1 pickup reopened',
      'p1 review reopened',
    ]);
    const unknown = { ...told, spans: [spans[0] ?? {}, { ...closed, started_at: null }, spans[2] ?? {}] };
    expect(await items(leadTimeOfPullRequests('opened'), unknown)).toEqual(['p1 opened no_start']);
  });

  test('of a fork has no first commit', async () => {
    const told = { ...world, pull_requests: [{ identity_id: idOf('p1'), head_branch: 'cart', is_fork: true }] };
    expect(await items(leadTimeOfPullRequests('first_commit'), told)).toEqual(['p1 first_commit commit_time_unknown']);
  });

  test('counts with the first deployment after the merge', async () => {
    const spans = [deploy('d0', 50), deploy('d1', 100), deploy('d2', 120), pull('p1', 10, 60)];
    const deployments = [inLane('d0'), inLane('d1'), inLane('d2')];
    const links = ['d0', 'd1', 'd2'].map((name) => link(name, 'carries', 'p1'));
    const told = { ...world, spans, deployments, links };
    expect(await items(leadTimeOfPullRequests('opened'), told)).toEqual(['p1 opened 90h']);
    const early = { ...told, links: [link('d0', 'carries', 'p1')], carried: [] };
    expect(await items(leadTimeOfPullRequests('opened'), early)).toEqual(['p1 opened negative']);
  });

  test('is not of a deployment that brought commits without one', async () => {
    expect(await items(leadTimeOfPullRequests('opened'), { ...world, links: [] })).toEqual([
      'd1 opened no_pull_request',
    ]);
  });
});
