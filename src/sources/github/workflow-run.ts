import * as otel from '../../domain/conventions.ts';
import type { Event, Stage } from '../../domain/event.ts';
import type { Reference } from '../../domain/reference.ts';
import { namedByBranch } from '../_kit/grammar.ts';
import { defined } from '../_kit/json.ts';
import { distinct } from '../_kit/mentions.ts';
import type { Place } from '../_kit/place.ts';
import { byKey, type Operation, prove, tell } from '../_kit/telling.ts';
import type { SourceTime } from '../_kit/time.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { resultOf } from './conclusion.ts';
import { queuedPullRequest } from './merge-group.ts';
import { actor, isBot, operationOf, placeIn, repositoryScope, repositoryTags } from './operation.ts';
import { namedByCommit, pullRequestsOf } from './references.ts';
import type { WorkflowRunPayload } from './schema.ts';

export const stages = {
  queued: { key: 'queued', name: 'queued', category: 'waiting' },
  running: { key: 'running', name: 'running', category: 'active' },
} as const satisfies Record<string, Stage>;

type Run = WorkflowRunPayload['workflow_run'];

/**
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run
 *
 * A re-run keeps the run's id and counts its attempt; `created_at` stays that of the first, and `run_started_at` moves.
 */
export function readWorkflowRun(hook: WorkflowRunPayload, delivery: Delivery): readonly Event[] | Ignored {
  const { workflow_run: run, repository } = hook;
  const operation = operationOf('workflow_run', repository, run.id, delivery);
  const told = readStatus(hook, operation, delivery.instance);
  return told.length === 0 ? ignored('a run that tells neither when it began nor that it has ended') : byKey(told);
}

/** What a run's payload tells of its attempt. */
export function readStatus(hook: WorkflowRunPayload, operation: Operation, instance: string): Event[] {
  const { action, workflow_run: run } = hook;
  const attempt = run.run_attempt ?? 1;
  const numbered = (word: string) => ({ key: `${word}#${attempt}`, attempt });
  const details = detailsOf(hook, instance);
  const startedAt = startOf(run, attempt);
  const begun =
    startedAt === undefined ? [] : [prove(operation, startedAt, { ...numbered('started'), state: 'start' })];
  if (run.status === 'completed') {
    const ending = { ...numbered('completed'), state: 'end', result: resultOf(run.conclusion), ...details } as const;
    return [...begun, tell(operation, run.updated_at, run.updated_at, ending)];
  }
  if (action === 'in_progress') {
    // Only who knows when it began to run knows how long it was queued.
    const queued = begun.map((start) => ({ ...start, stage: stages.queued }));
    const running = { ...numbered('running'), state: 'transition', stage: stages.running, ...details } as const;
    return [...queued, tell(operation, run.updated_at, run.updated_at, running)];
  }
  return begun.map((start) => ({ ...start, ...details, observedAt: run.updated_at.at }));
}

/** Of a first attempt that does not say when it started, its creation; a later one was created long before. */
function startOf({ run_started_at, created_at }: Run, attempt: number): SourceTime | undefined {
  return run_started_at ?? (attempt === 1 ? created_at : undefined);
}

function detailsOf({ workflow_run: run, repository }: WorkflowRunPayload, instance: string): Partial<Event> {
  const { id, name, display_title, path, event, html_url, head_branch, head_sha, triggering_actor } = run;
  return {
    ...defined({ title: display_title ?? name ?? undefined, url: html_url ?? undefined }),
    ...actor(triggering_actor ?? run.actor),
    tags: {
      ...repositoryTags(repository),
      [otel.CICD_PIPELINE_RUN_ID]: String(id),
      ...defined({
        [otel.CICD_PIPELINE_NAME]: name ?? undefined,
        [otel.CICD_PIPELINE_RUN_URL_FULL]: html_url ?? undefined,
        [otel.VCS_REF_HEAD_NAME]: head_branch ?? undefined,
        [otel.VCS_REF_HEAD_REVISION]: head_sha ?? undefined,
      }),
    },
    facts: {
      workflow: name ?? null,
      workflow_path: path ?? null,
      trigger: event ?? null,
      head_branch: head_branch ?? null,
      author_is_bot: isBot(triggering_actor ?? run.actor),
      fork: run.head_repository?.id !== undefined && run.head_repository.id !== repository.id,
    },
    ...referencesOf(run, placeIn(instance, repository), instance),
  };
}

function referencesOf(run: Run, place: Place, instance: string): Pick<Event, 'provides' | 'wants'> {
  return { provides: providedBy(run, place), wants: distinct(wantedBy(run, place, instance)) };
}

function providedBy({ id, run_attempt }: Run, { scope }: Place): Reference[] {
  const run: Reference = { type: 'run', scope, value: String(id) };
  return run_attempt ? [run, { ...runReference(scope, id, run_attempt), attempt: run_attempt }] : [run];
}

function wantedBy(run: Run, place: Place, instance: string): Reference[] {
  const { head_sha, head_branch, head_commit, pull_requests, event } = run;
  const { scope } = place;
  const commit: Reference[] = head_sha ? [{ type: 'commit', scope, value: head_sha }] : [];
  // A clock has caused it, and neither the commit that it found nor whoever wrote that.
  if (event === 'schedule') return commit.map((found) => ({ ...found, relation: 'about' }));
  const queued = queuedPullRequest(head_branch);
  const pulls = pullRequestsOf(pull_requests, place, instance);
  return [
    // Of a push these are only those of its branch, also one from the main branch to another.
    ...(event === 'push' ? pulls.map((pull) => ({ ...pull, via: 'branch' }) as const) : pulls),
    ...(queued === undefined ? [] : [{ type: 'pull_request', scope, value: queued } as const]),
    ...commit,
    ...(queued === undefined ? [...branchOf(run, instance), ...tagOf(run, scope)] : []),
    ...namedByCommit(head_commit ?? {}, place),
    ...(queued === undefined ? namedByBranch(head_branch, place) : []),
  ];
}

/** Branches of forks share their names; the repository they are in tells them apart. */
function branchOf({ head_branch, head_repository }: Run, instance: string): Reference[] {
  if (!head_branch || !head_repository) return [];
  return [{ type: 'branch', scope: repositoryScope(instance, head_repository.id), value: head_branch }];
}

/** Nothing tells whether this is a branch or a tag: where a tag has this name, the run stands on it. */
function tagOf({ head_branch, event }: Run, scope: string): Reference[] {
  if (!head_branch || (event !== 'push' && event !== 'release')) return [];
  return [{ type: 'tag', scope, value: head_branch, relation: 'about' }];
}

/** A run, and which attempt of it where that is known. */
export function runReference(scope: string, id: number, attempt: number | null | undefined): Reference {
  return { type: 'run', scope, value: attempt ? `${id}#${attempt}` : String(id) };
}
