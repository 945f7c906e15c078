import * as otel from '../../domain/conventions.ts';
import type { Event } from '../../domain/event.ts';
import type { Reference } from '../../domain/reference.ts';
import { defined } from '../_kit/json.ts';
import { type Operation, ofOneRun, prove, tell } from '../_kit/telling.ts';
import type { SourceTime } from '../_kit/time.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { resultOf } from './conclusion.ts';
import { actor, operationOf, repositoryScope, repositoryTags } from './operation.ts';
import type { WorkflowJobPayload } from './schema.ts';
import { runReference, stages } from './workflow-run.ts';

type Job = WorkflowJobPayload['workflow_job'];

/**
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job
 *
 * Each attempt of a job has an id of its own. A finished one tells when it was queued, when it ran and when it ended, so
 * that it needs no other delivery. One that never ran may tell an end before its creation, and so does one that a re-run
 * takes over from the attempt before.
 */
export function readWorkflowJob(hook: WorkflowJobPayload, delivery: Delivery): readonly Event[] | Ignored {
  const { workflow_job: job, repository } = hook;
  const operation = operationOf('workflow_job', repository, job.id, delivery);
  const events = eventsOf(hook, operation, delivery.instance);
  return events.length === 0 ? ignored('a job that tells no time') : ofOneRun(events);
}

function eventsOf(hook: WorkflowJobPayload, operation: Operation, instance: string): Event[] {
  const { workflow_job: job } = hook;
  const { created_at, completed_at } = job;
  const running = runningSince(job);
  const latest = completed_at ?? running ?? created_at;
  if (latest === undefined) return [];
  const details = detailsOf(hook, instance);
  const begin = created_at ?? running;
  const started =
    begin === undefined ? [] : [prove(operation, begin, { key: 'queued', state: 'start', ...stageAt(job) })];
  const ran =
    running === undefined
      ? []
      : [prove(operation, running, { key: 'running', state: 'transition', stage: stages.running })];
  const ended =
    completed_at === undefined
      ? []
      : [prove(operation, completed_at, { key: 'completed', state: 'end', result: resultOf(job.conclusion) })];
  const life = [...started, ...ran, ...ended];
  // The newest thing that the payload proves is what it is about.
  return life.map((event, index) =>
    index === life.length - 1
      ? tell(operation, timeOf(event), latest, { ...event, ...details, observedAt: latest.at })
      : event,
  );
}

function timeOf({ occurredAt, precisionMs }: Event): SourceTime {
  return { at: occurredAt, precisionMs };
}

/**
 * Since when it has been running. A job that still waits has a `started_at` too, which means nothing, and a skipped one
 * may have one after its end.
 */
function runningSince({ status, started_at, completed_at, conclusion }: Job): SourceTime | undefined {
  if (started_at === undefined || conclusion === 'skipped') return undefined;
  if (status !== 'in_progress' && status !== 'completed') return undefined;
  return completed_at !== undefined && started_at.at > completed_at.at ? undefined : started_at;
}

/** A skipped job was never queued, and one without a creation never seen before it ran. */
function stageAt(job: Job): Pick<Event, 'stage'> {
  if (job.created_at === undefined || job.conclusion === 'skipped') return {};
  return { stage: stages.queued };
}

function detailsOf(
  { workflow_job: job, repository, sender, deployment }: WorkflowJobPayload,
  instance: string,
): Partial<Event> {
  const { id, name, workflow_name, html_url, head_branch, head_sha, labels, runner_name } = job;
  const scope = repositoryScope(instance, repository.id);
  return {
    ...defined({ title: name ?? undefined, url: html_url ?? undefined }),
    ...actor(sender),
    tags: {
      ...repositoryTags(repository),
      [otel.CICD_PIPELINE_TASK_RUN_ID]: String(id),
      [otel.CICD_PIPELINE_RUN_ID]: String(job.run_id),
      ...defined({
        [otel.CICD_PIPELINE_NAME]: workflow_name ?? undefined,
        [otel.CICD_PIPELINE_TASK_NAME]: name ?? undefined,
        [otel.CICD_PIPELINE_TASK_RUN_URL_FULL]: html_url ?? undefined,
        [otel.CICD_WORKER_NAME]: runner_name || undefined,
        [otel.VCS_REF_HEAD_NAME]: head_branch ?? undefined,
        [otel.VCS_REF_HEAD_REVISION]: head_sha ?? undefined,
      }),
    },
    facts: {
      job: name ?? null,
      workflow: workflow_name ?? null,
      head_branch: head_branch ?? null,
      runner_labels: labels ?? [],
      deployment: deployment?.id ?? null,
    },
    provides: [
      { type: 'job', scope, value: String(id) },
      ...nameOf(job, scope, job.run_attempt),
      ...(deployment ? [deployingJob(scope, deployment.id)] : []),
    ],
    wants: [
      runReference(scope, job.run_id, job.run_attempt),
      ...nameOf(job, scope, (job.run_attempt ?? 1) - 1).map((tried) => ({ ...tried, relation: 'retry_of' }) as const),
    ],
  };
}

/** A job has an id of its own in each attempt of its run: the one before is found by the name. */
function nameOf({ run_id, name }: Job, scope: string, attempt: number | null | undefined): Reference[] {
  return name && attempt ? [{ type: 'job_name', scope, value: `${run_id}/${name}#${attempt}` }] : [];
}

/** The job that makes a deployment: the job's payload alone tells so. */
export function deployingJob(scope: string, deployment: number): Reference {
  return { type: 'job', scope, value: `deployment:${deployment}` };
}
