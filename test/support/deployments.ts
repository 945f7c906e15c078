import fc from 'fast-check';
import type { Row } from '../../src/measures/columns/contract.ts';
import type { TableRows } from './columns.ts';

export const HOUR = 3_600_000;

const hours = (min: number, max: number) => fc.integer({ min, max }).map((number) => number * HOUR);
const oneOf = <const T>(...values: readonly T[]) => fc.constantFrom(...values);

const pullArbitrary = fc.record({
  coding: hours(-2, 30),
  stages: fc.array(fc.tuple(oneOf('draft', 'awaiting_review', 'review', 'approved', 'unknown'), hours(0, 20)), {
    maxLength: 6,
  }),
  isHotfix: fc.boolean(),
  isFork: oneOf(false, false, true),
});

const deploymentArbitrary = fc.record({
  service: oneOf('cart', 'pay'),
  wait: hours(0, 30),
  result: oneOf('success', 'success', 'success', 'success', 'failure', 'cancelled', 'unknown'),
  tier: oneOf('production', 'production', 'production', 'staging', null),
  base: oneOf('known', 'known', 'known', 'base_unknown', 'first_deployment', 'no_sha', 'commits_truncated'),
  isRollback: oneOf(false, false, true),
  hasIncident: fc.boolean(),
  verdict: oneOf(null, null, null, true, false),
  pulls: fc.array(pullArbitrary, { maxLength: 3 }),
  // So many deployments of its service back is what it reverts, itself first; -1 is none.
  reverts: fc.record({ back: oneOf(-1, 0, 1, 2, 3), by: oneOf('sha', 'title') }),
  // And what its incident names.
  names: oneOf(-1, 0, 1, 2),
});
type Told = typeof deploymentArbitrary extends fc.Arbitrary<infer T> ? T : never;

/** The columns that come of deployments one after the other, each with its pull requests. */
function tablesOf(told: readonly Told[]): Record<keyof TableRows, Row[]> {
  const tables: Record<keyof TableRows, Row[]> = {
    ...{ spans: [], stages: [], pull_requests: [], deployments: [], carried: [], commits: [], pushed: [], links: [] },
    verdicts: [],
  };
  let now = 100 * HOUR;
  let id = 0;
  const lanes: Record<Told['service'], number[]> = { cart: [], pay: [] };
  for (const { service, wait, result, tier, base, isRollback, hasIncident, names, verdict, pulls, reverts } of told) {
    now += wait;
    id += 1;
    const deploymentId = id;
    const lane = lanes[service];
    lane.unshift(id);
    const isError = result === 'failure';
    const ended = { identity_id: id, finished_at: now, is_open: false };
    tables.spans.push({
      ...{ ...ended, operation: 'deploy', service, environment: 'production', tier, result, is_error: isError },
    });
    if (verdict !== null) tables.verdicts.push({ identity_id: id, is_failure: verdict, is_rework: verdict });
    if (result !== 'success' || tier === null) continue;
    tables.deployments.push({ identity_id: id, base, is_rollback: isRollback });
    if (hasIncident) {
      id += 1;
      addIncident(tables, { id, deploymentId, service, at: now, named: lane[names] });
    }
    addCommits(tables, deploymentId, reverts.by, lane[reverts.back]);
    for (const pull of pulls) {
      id += 1;
      addPull(tables, pull, { id, deploymentId, opened: now - 60 * HOUR });
    }
  }
  return tables;
}

const shaOf = (deploymentId: number) => String(deploymentId).padStart(40, '0');

/** What it brought beside pull requests: a commit, and the revert of one. */
function addCommits(
  tables: Record<keyof TableRows, Row[]>,
  deploymentId: number,
  by: Told['reverts']['by'],
  reverted: number | undefined,
): void {
  const add = (commit_sha: string, message: string) => {
    tables.carried.push({ identity_id: deploymentId, commit_sha });
    tables.commits.push({ identity_id: 30_000 + deploymentId, commit_sha, message });
  };
  add(shaOf(deploymentId), `Change ${deploymentId}`);
  if (reverted === undefined) return;
  const named = by === 'sha' ? `This reverts commit ${shaOf(reverted)}.` : '';
  add(`r${deploymentId}`, `Revert "Change ${reverted}"\n\n${named}`);
}

interface Blame {
  readonly id: number;
  readonly deploymentId: number;
  readonly service: string;
  readonly at: number;
  readonly named: number | undefined;
}

function addIncident(tables: Record<keyof TableRows, Row[]>, { id, deploymentId, service, at, named }: Blame): void {
  const lasted = { started_at: at, finished_at: at + 3 * HOUR };
  tables.spans.push({ identity_id: id, operation: 'incident', service, ...lasted });
  tables.links.push({ identity_id: deploymentId, kind: 'caused_incident', to_id: id, to_attempt: 1 });
  if (named !== undefined) tables.links.push({ identity_id: id, kind: 'caused_by', to_id: named });
}

function addPull(
  tables: Record<keyof TableRows, Row[]>,
  { coding, stages, isHotfix, isFork }: Told['pulls'][number],
  { id, deploymentId, opened }: { readonly id: number; readonly deploymentId: number; readonly opened: number },
): void {
  let at = opened;
  for (const [index, [name, lasted]] of stages.entries()) {
    tables.stages.push({ identity_id: id, number: index + 1, name, started_at: at, finished_at: at + lasted });
    at += lasted;
  }
  const branch = `${isHotfix ? 'hotfix' : 'work'}/${id}`;
  tables.spans.push({ identity_id: id, started_at: opened, finished_at: at, is_open: false, result: 'merged' });
  tables.pull_requests.push({ identity_id: id, head_branch: branch, is_fork: isFork });
  tables.links.push({ identity_id: deploymentId, kind: 'carries', to_id: id });
  tables.carried.push({ identity_id: deploymentId, commit_sha: `c${id}` });
  tables.commits.push({ identity_id: 10_000 + id, commit_sha: `c${id}`, authored_at: opened - coding });
  tables.pushed.push({
    ...{ identity_id: 20_000 + id, ref: `refs/heads/${branch}`, commit_sha: `c${id}`, pushed_at: opened },
  });
}

/** Any deployments of two services, with what they carried and caused, as the rows of the tables of columns. */
export const worldsOf = (minLength: number) => fc.array(deploymentArbitrary, { minLength, maxLength: 8 }).map(tablesOf);
