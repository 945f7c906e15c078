import * as otel from '../../domain/conventions.ts';
import type { Event, Result, Stage } from '../../domain/event.ts';
import type { Reference } from '../../domain/reference.ts';
import { defined } from '../_kit/json.ts';
import { distinct } from '../_kit/mentions.ts';
import { byKey, type Operation, prove, tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { actor, operationOf, repositoryScope, repositoryTags } from './operation.ts';
import type { DeploymentPayload, DeploymentStatusPayload } from './schema.ts';
import { deployingJob } from './workflow-job.ts';
import { runReference, stages as runStages } from './workflow-run.ts';

const stages = {
  pending: { key: 'pending', name: 'pending', category: 'waiting' },
  running: runStages.running,
} as const satisfies Record<string, Stage>;

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment */
export function readDeployment(hook: DeploymentPayload, delivery: Delivery): readonly Event[] {
  const { deployment, repository, sender } = hook;
  const operation = operationOf('deployment', repository, deployment.id, delivery);
  const by = actor(deployment.creator ?? sender);
  return [{ ...proveCreated(hook, operation), ...detailsOf(hook, delivery.instance), ...by }];
}

/**
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment_status
 *
 * `inactive` means that a later deployment took this one's place; it says nothing of this one's end.
 */
export function readDeploymentStatus(hook: DeploymentStatusPayload, delivery: Delivery): readonly Event[] {
  const { deployment, deployment_status: status, repository, sender } = hook;
  const operation = operationOf('deployment', repository, deployment.id, delivery);
  const details = { ...detailsOf(hook, delivery.instance), ...actor(status.creator ?? sender), ...urlOf(status) };
  const telling = { key: `status:${status.id}`, ...tellingOf(status.state), ...details };
  const created = proveCreated(hook, operation);
  // Only who knows when it began to run knows how long it was pending.
  const start = status.state === 'in_progress' ? { ...created, stage: stages.pending } : created;
  return byKey([start, tell(operation, status.created_at, status.created_at, telling)]);
}

function proveCreated({ deployment }: DeploymentPayload, operation: Operation): Event {
  return prove(operation, deployment.created_at, { key: 'created', state: 'start' });
}

const endings: Readonly<Record<string, Result>> = { success: 'success', failure: 'failure', error: 'error' };

/** The latest status is the one that counts: one that succeeded after it had failed was tried again. */
function tellingOf(state: string): Pick<Event, 'state' | 'stage' | 'result' | 'replacesEnd'> {
  const result = Object.hasOwn(endings, state) ? endings[state] : undefined;
  if (result !== undefined) return { state: 'end', result, replacesEnd: true };
  return state === 'in_progress' ? { state: 'transition', stage: stages.running } : { state: 'intermediary' };
}

function urlOf({ log_url, target_url }: DeploymentStatusPayload['deployment_status']): { url?: string } {
  return defined({ url: log_url || target_url || undefined });
}

function detailsOf(hook: DeploymentPayload | DeploymentStatusPayload, instance: string): Partial<Event> {
  const { deployment, repository } = hook;
  const { id, sha, ref, task, environment, production_environment, transient_environment } = deployment;
  const scope = repositoryScope(instance, repository.id);
  return {
    title: [task || 'deploy', ref, ...(environment ? ['to', environment] : [])].filter(Boolean).join(' '),
    tags: {
      ...repositoryTags(repository),
      [otel.DEPLOYMENT_ID]: String(id),
      ...defined({
        [otel.DEPLOYMENT_ENVIRONMENT_NAME]: environment || undefined,
        [otel.VCS_REF_HEAD_NAME]: ref ?? undefined,
        [otel.VCS_REF_HEAD_REVISION]: sha ?? undefined,
      }),
    },
    facts: {
      environment: environment ?? null,
      task: task ?? null,
      ref: ref ?? null,
      production_environment: production_environment ?? null,
      transient_environment: transient_environment ?? null,
    },
    provides: [{ type: 'deployment', scope, value: String(id) }],
    wants: [...makersOf(hook, scope), ...(sha ? [{ type: 'commit', scope, value: sha } satisfies Reference] : [])],
  };
}

const RUN_URL = /\/actions\/runs\/(\d+)(?:\/job\/(\d+))?/;

/**
 * What made it: told, where Actions did, and otherwise often in the address of its log. In Actions the check of a job has
 * the job's number.
 */
function makersOf(hook: DeploymentPayload | DeploymentStatusPayload, scope: string): Reference[] {
  const { log_url, target_url } = 'deployment_status' in hook ? hook.deployment_status : {};
  const check = 'check_run' in hook ? hook.check_run?.id : undefined;
  const [, run, job] = RUN_URL.exec(log_url ?? '') ?? RUN_URL.exec(target_url ?? '') ?? [];
  const jobs = [check, job].filter((id) => id !== undefined).map(String);
  const byJob = jobs.map((value): Reference => ({ type: 'job', scope, value }));
  const { workflow_run } = hook;
  const told = workflow_run ? runReference(scope, workflow_run.id, workflow_run.run_attempt) : undefined;
  const byRun = told ?? (run === undefined ? undefined : { type: 'run', scope, value: run });
  return distinct([deployingJob(scope, hook.deployment.id), ...byJob, ...(byRun === undefined ? [] : [byRun])]);
}
