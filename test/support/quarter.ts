import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

/** A webhook as its sender would send it. */
export interface Hook {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const when = z.string().transform((text) => Date.UTC(2026, Number(text.slice(0, 2)) - 1, ...clock(text)));
/** `01-05 08:30 Begin the shop`: when a commit was authored, and its message. */
const commits = z.record(z.string(), z.string());

const stepSchema = z.union([
  z.strictObject({ at: when, push: z.string(), onto: z.string(), commits }),
  z.strictObject({
    at: when,
    pull: z.number(),
    is: z.enum(['opened', 'ready_for_review', 'commented', 'changes_requested', 'approved', 'merged']),
    branch: z.string().optional(),
    head: z.string().optional(),
    draft: z.boolean().optional(),
    fork: z.boolean().optional(),
    body: z.string().optional(),
    as: z.string().optional(),
  }),
  z.strictObject({
    at: when,
    deploy: z.string(),
    commit: z.string(),
    environment: z.string().default('production'),
    state: z.string().default('success'),
  }),
  z.strictObject({ at: when, script: z.string() }),
  z.strictObject({ at: when, incident: z.number(), is: z.enum(['opened', 'closed']) }),
]);
type Step = z.output<typeof stepSchema>;
type StepOf<Field extends string> = Extract<Step, Record<Field, unknown>>;

const names = z.array(z.union([z.string(), z.number()]));
const excluded = z.record(z.string(), names);
const hours = z.record(z.enum(['value', 'p75', 'p90', 'p95']), z.number().nullable());
const leadTime = z.object({ hours, n: z.number(), band: z.string().nullable(), excluded });
const reasons = z.record(z.string(), z.array(z.string()));

const quarterSchema = z.strictObject({
  repository: z.string(),
  from: z.string(),
  to: z.string(),
  story: z.array(stepSchema),
  expected: z.strictObject({
    deployment_frequency: z.object({
      count: z.object({ value: z.number(), n: z.number(), excluded }),
      days: z.number(),
      per_week: z.number(),
      band: z.string(),
      months: z.record(z.string(), z.number()),
    }),
    change_lead_time: z.object({
      authored: leadTime,
      committed: leadTime,
      first_commit: leadTime,
      opened: leadTime,
      stages: z.record(z.string(), z.object({ hours: z.number(), n: z.number(), excluded })),
    }),
    change_fail_rate: z.object({ value: z.object({ failed: z.number(), of: z.number() }), reasons, excluded }),
    failed_deployment_recovery_time: leadTime,
    deployment_rework_rate: z.object({ value: z.object({ rework: z.number(), of: z.number() }), reasons, excluded }),
  }),
});

/** The story of quarter.yaml, and the numbers that it comes to. */
export const quarter = quarterSchema.parse(parse(readFileSync(new URL('./quarter.yaml', import.meta.url), 'utf8')));

function clock(text: string): [number, number, number] {
  return [Number(text.slice(3, 5)), Number(text.slice(6, 8)), Number(text.slice(9, 11))];
}

const repository = { id: 4_711, full_name: quarter.repository, html_url: `https://github.com/${quarter.repository}` };
const fork = { id: 4_712, full_name: 'eve/shop', html_url: 'https://github.com/eve/shop' };
const ada = { login: 'ada', id: 1, type: 'User' };
const bob = { login: 'bob', id: 2, type: 'User' };

const iso = (at: number) => new Date(at).toISOString().replace('.000', '');
const sha = (name: string) => (name === 'nothing' ? '0'.repeat(40) : createHash('sha1').update(name).digest('hex'));
const QUARTER_HOUR = 15 * 60_000;

/** The span id of a deployment by its name, of a pull request by its number. */
export function spanIdOf(name: string | number): string {
  if (typeof name === 'number') return `vstrace-github-pull_request-${quarter.repository}-${name}`;
  if (scripts.has(name)) return `vstrace-customhttp-deploy-${quarter.repository}-${name}`;
  return `vstrace-github-deployment-${quarter.repository}-${deploymentId(name)}`;
}

const scripts = new Set(quarter.story.flatMap((step) => ('script' in step ? [step.script] : [])));
const deploymentId = (name: string) => (name.startsWith('S') ? 900 : 100) + Number(name.slice(1));

/** Its webhooks, in the order in which things happened. */
export function hooksOfQuarter(): Hook[] {
  const pulls = new Map<number, Pull>();
  return quarter.story.flatMap((step) => hooksOf(step, pulls));
}

function hooksOf(step: Step, pulls: Map<number, Pull>): Hook[] {
  if ('push' in step) return [push(step)];
  if ('pull' in step) return [pull(step, pulls)];
  if ('deploy' in step) return deploy(step);
  return 'script' in step ? [script(step)] : [incident(step)];
}

function fromGitHub(event: string, payload: object): Hook {
  const body = JSON.stringify({ repository, sender: ada, ...payload });
  const key = createHash('sha1').update(event).update(body).digest('hex');
  return { path: '/webhooks/github', headers: { 'x-github-event': event, 'x-github-delivery': key }, body };
}

function push({ at, push: branch, onto, commits: pushed }: StepOf<'push'>): Hook {
  const told = Object.entries(pushed).map(([name, text]) => ({
    id: sha(name),
    timestamp: iso(when.parse(text)),
    message: text.slice('01-05 08:30 '.length),
    author: { name: 'Ada', username: 'ada' },
    ...{ added: [], modified: [`src/${name}.ts`], removed: [] },
  }));
  const head = told.at(-1);
  return fromGitHub('push', {
    ...{ ref: `refs/heads/${branch}`, before: sha(onto), after: head?.id, forced: false },
    ...{ commits: told, head_commit: head, repository: { ...repository, pushed_at: at / 1_000 } },
  });
}

interface Pull {
  readonly opened: number;
  readonly branch: string;
  readonly head: string;
  readonly fork: boolean;
  readonly body: string | null;
  readonly draft: boolean;
}

const reviews = new Set(['commented', 'changes_requested', 'approved']);

function pull({ at, pull: number, is, as, ...step }: StepOf<'pull'>, pulls: Map<number, Pull>): Hook {
  const before = pulls.get(number) ?? { opened: at, branch: '', head: '', fork: false, body: null, draft: false };
  const given = Object.fromEntries(Object.entries(step).filter(([, value]) => value !== undefined));
  const now: Pull = { ...before, ...given, ...(is === 'ready_for_review' ? { draft: false } : {}) };
  pulls.set(number, now);
  const isMerged = is === 'merged';
  const pull_request = {
    ...{ id: 9_000 + number, number, title: `Change ${number}`, body: now.body, user: ada, labels: [] },
    ...{ html_url: `${repository.html_url}/pull/${number}`, draft: now.draft, state: isMerged ? 'closed' : 'open' },
    ...{ created_at: iso(now.opened), updated_at: iso(at), merged: isMerged },
    ...{ merged_at: isMerged ? iso(at) : null, closed_at: isMerged ? iso(at) : null },
    merge_commit_sha: as === undefined ? null : sha(as),
    head: { ref: now.branch, sha: sha(now.head), repo: now.fork ? fork : repository },
    base: { ref: 'main', sha: sha('m0'), repo: repository },
  };
  if (!reviews.has(is)) return fromGitHub('pull_request', { action: isMerged ? 'closed' : is, number, pull_request });
  const review = { id: at / 60_000, state: is, submitted_at: iso(at), user: bob };
  return fromGitHub('pull_request_review', { action: 'submitted', review, pull_request, sender: bob });
}

function deploy({ at, deploy: name, commit, environment, state }: StepOf<'deploy'>): Hook[] {
  const id = deploymentId(name);
  const deployment = {
    ...{ id, sha: sha(commit), ref: 'main', task: 'deploy', environment, creator: ada },
    ...{ created_at: iso(at - QUARTER_HOUR), updated_at: iso(at) },
  };
  const deployment_status = { id: id * 10, state, created_at: iso(at), creator: ada };
  return [
    fromGitHub('deployment', { action: 'created', deployment, workflow_run: null }),
    fromGitHub('deployment_status', { action: 'created', deployment, deployment_status, workflow_run: null }),
  ];
}

function script({ at, script: id }: StepOf<'script'>): Hook {
  const common = { id, namespace: quarter.repository, type: 'deploy', environment: 'production' };
  const body = JSON.stringify([
    { ...common, action: 'start', time: iso(at - QUARTER_HOUR) },
    { ...common, action: 'end', time: iso(at) },
  ]);
  return { path: '/webhooks/customhttp', headers: {}, body };
}

function incident({ at, incident: number, is }: StepOf<'incident'>): Hook {
  const opened = quarter.story.find((step) => 'incident' in step && step.incident === number)?.at ?? at;
  const isClosed = is === 'closed';
  return fromGitHub('issues', {
    action: is,
    issue: {
      ...{ id: 5_000 + number, number, title: 'Nobody can buy', body: null, user: ada, labels: [{ name: 'incident' }] },
      ...{ html_url: `${repository.html_url}/issues/${number}`, state: isClosed ? 'closed' : 'open' },
      ...{ state_reason: isClosed ? 'completed' : null, closed_at: isClosed ? iso(at) : null },
      ...{ created_at: iso(opened), updated_at: iso(at) },
    },
  });
}
