import * as otel from '../../domain/conventions.ts';
import type { Event, Result } from '../../domain/event.ts';
import type { Reference } from '../../domain/reference.ts';
import { defined } from '../_kit/json.ts';
import { type Operation, ofOneRun, prove, tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { actor, operationOf, projectScope, projectTags, resultOf, stages } from './operation.ts';
import type { JobPayload } from './schema.ts';

/**
 * https://docs.gitlab.com/user/project/integrations/webhook_events/#job-events
 *
 * A retried job is a new one with an id of its own.
 */
export function readJob(job: JobPayload, delivery: Delivery): readonly Event[] | Ignored {
  const operation = operationOf('job', projectOf(job), job.build_id, delivery);
  const life = lifeOf(job, operation);
  const last = life.at(-1);
  if (last === undefined) return ignored('a job that tells no time');
  const at = { at: last.occurredAt, precisionMs: last.precisionMs };
  return ofOneRun([...life, tell(operation, at, at, { ...last, ...detailsOf(job, delivery.instance) })]);
}

/** Older versions tell no project, but where it is. */
function projectOf({ project, project_id, repository }: JobPayload): { id: number; path_with_namespace: string } {
  const homepage = repository?.homepage;
  const path = homepage !== undefined && URL.canParse(homepage) ? new URL(homepage).pathname.slice(1) : '';
  return { id: project_id, path_with_namespace: project?.path_with_namespace ?? (path || String(project_id)) };
}

function lifeOf(job: JobPayload, operation: Operation): Event[] {
  const { build_status, build_created_at, build_started_at, build_finished_at } = job;
  const begin = build_created_at ?? build_started_at;
  if (begin === undefined) return [];
  const result = resultOf(build_status);
  const finished = build_finished_at ?? (result === 'skipped' ? begin : undefined);
  return [
    prove(operation, begin, {
      key: 'created',
      state: 'start',
      ...(build_created_at === undefined ? {} : { stage: stages.queued }),
    }),
    ...(build_started_at === undefined
      ? []
      : [prove(operation, build_started_at, { key: 'running', state: 'transition', stage: stages.running })]),
    ...(result === undefined || finished === undefined
      ? []
      : [prove(operation, finished, { key: 'finished', state: 'end', ...outcomeOf(job, result) })]),
  ];
}

/** A job that is allowed to fail has failed, and it is no error. */
function outcomeOf({ build_allow_failure }: JobPayload, result: Result): Pick<Event, 'result' | 'isError'> {
  return result === 'failure' && build_allow_failure === true ? { result, isError: false } : { result };
}

function detailsOf(job: JobPayload, instance: string): Partial<Event> {
  const { build_id, build_name, build_stage, pipeline_id, project_id, ref, sha, environment, runner } = job;
  const scope = projectScope(instance, project_id);
  const web_url = job.project?.web_url ?? job.repository?.homepage;
  // The payload has no address of the job, but that of its project, below which it stands.
  const url = web_url ? `${web_url}/-/jobs/${build_id}` : undefined;
  return {
    ...defined({ title: build_name, url }),
    ...actor(job.user),
    tags: {
      ...projectTags({ ...projectOf(job), web_url }),
      [otel.CICD_PIPELINE_TASK_RUN_ID]: String(build_id),
      ...defined({
        [otel.CICD_PIPELINE_RUN_ID]: pipeline_id ? String(pipeline_id) : undefined,
        [otel.CICD_PIPELINE_NAME]: job.commit?.name,
        [otel.CICD_PIPELINE_TASK_NAME]: build_name,
        [otel.CICD_PIPELINE_TASK_RUN_URL_FULL]: url,
        [otel.CICD_WORKER_NAME]: runner?.description,
        [otel.DEPLOYMENT_ENVIRONMENT_NAME]: environment?.name,
        [otel.VCS_REF_HEAD_NAME]: ref,
        [otel.VCS_REF_HEAD_REVISION]: sha,
      }),
    },
    facts: {
      job: build_name ?? null,
      job_stage: build_stage ?? null,
      head_branch: ref ?? null,
      environment: environment?.name ?? null,
      // GitLab tells a deployment of every job that has an environment.
      deployment: environment?.name ?? null,
      environment_action: environment?.action ?? null,
      environment_tier: environment?.deployment_tier ?? null,
      failure_reason: job.build_status === 'failed' ? (job.build_failure_reason ?? null) : null,
      retries: job.retries_count ?? null,
    },
    provides: [{ type: 'job', scope, value: String(build_id) }, ...nameOf(job, scope, job.retries_count)],
    wants: [
      ...(pipeline_id ? [{ type: 'run', scope, value: String(pipeline_id) } satisfies Reference] : []),
      ...nameOf(job, scope, (job.retries_count ?? 0) - 1).map((tried) => ({ ...tried, relation: 'retry_of' }) as const),
    ],
  };
}

/** A retried job is found by its name, and by how many there were before it: the payload has no other word for it. */
function nameOf(
  { pipeline_id, build_name }: JobPayload,
  scope: string,
  retries: number | null | undefined,
): Reference[] {
  if (!pipeline_id || !build_name || retries === null || retries === undefined || retries < 0) return [];
  return [{ type: 'job_name', scope, value: `${pipeline_id}/${build_name}#${retries}` }];
}
