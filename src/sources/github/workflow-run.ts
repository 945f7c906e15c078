import type { Event, Stage } from '../../domain/event.ts';
import type { Reference } from '../../domain/reference.ts';
import { defined } from '../_kit/json.ts';
import { byKey, type Operation, prove, tell } from '../_kit/telling.ts';
import type { SourceTime } from '../_kit/time.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { resultOf } from './conclusion.ts';
import { actor, isBot, operationOf, repositoryScope, repositoryTags } from './operation.ts';
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

function readStatus(hook: WorkflowRunPayload, operation: Operation, instance: string): Event[] {
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
      'cicd.pipeline.run.id': String(id),
      ...defined({
        'cicd.pipeline.name': name ?? undefined,
        'cicd.pipeline.run.url.full': html_url ?? undefined,
        'vcs.ref.head.name': head_branch ?? undefined,
        'vcs.ref.head.revision': head_sha ?? undefined,
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
    ...referencesOf(run, repositoryScope(instance, repository.id), instance),
  };
}

function referencesOf(run: Run, scope: string, instance: string): Pick<Event, 'provides' | 'wants'> {
  const { id, run_attempt, head_sha, head_branch, head_repository, pull_requests } = run;
  const wants: Reference[] = (pull_requests ?? []).map(({ number }) => ({
    type: 'pull_request',
    scope,
    value: String(number),
  }));
  if (head_sha) wants.push({ type: 'commit', scope, value: head_sha });
  // Branches of forks share their names; the repository they are in tells them apart.
  if (head_branch && head_repository)
    wants.push({ type: 'branch', scope: repositoryScope(instance, head_repository.id), value: head_branch });
  return { provides: runReferences(scope, id, run_attempt), wants };
}

/** A run by its id, and by its id and attempt. */
export function runReferences(scope: string, id: number, attempt: number | null | undefined): Reference[] {
  const run: Reference = { type: 'run', scope, value: String(id) };
  return attempt === null || attempt === undefined ? [run] : [run, { ...run, value: `${id}#${attempt}` }];
}
