import * as otel from '../../domain/conventions.ts';
import type { Event } from '../../domain/event.ts';
import type { Reference } from '../../domain/reference.ts';
import { defined } from '../_kit/json.ts';
import { kindOf } from '../_kit/kind.ts';
import { tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { actor, operationOf, projectScope, projectTags, resultOf, second } from './operation.ts';
import type { DeploymentPayload } from './schema.ts';

/**
 * https://docs.gitlab.com/user/project/integrations/webhook_events/#deployment-events
 *
 * Tells only when its status has changed: when a finished one began is known from the hook of its beginning alone.
 */
export function readDeployment(hook: DeploymentPayload, delivery: Delivery): readonly Event[] | Ignored {
  const { status, status_changed_at: at, deployment_id, project } = hook;
  const telling = tellingOf(status);
  if (telling === null) return ignored(`the status "${kindOf(status)}" of a deployment has no meaning here`);
  const operation = operationOf('deployment', project, deployment_id, delivery);
  return [
    tell(operation, at, at, { key: `${status}@${second(at)}`, ...telling, ...detailsOf(hook, delivery.instance) }),
  ];
}

function tellingOf(status: string): Pick<Event, 'state' | 'result'> | null {
  const result = resultOf(status);
  if (result !== undefined) return { state: 'end', result };
  if (status === 'running') return { state: 'start' };
  return status === 'created' || status === 'blocked' ? { state: 'intermediary' } : null;
}

/** The payload has only a short form of the commit, except in its address. */
const COMMIT_URL = /\/commit\/([0-9a-f]{40,64})$/;

function detailsOf(hook: DeploymentPayload, instance: string): Partial<Event> {
  const {
    deployment_id,
    deployable_id,
    deployable_url,
    environment,
    environment_tier,
    commit_url,
    short_sha,
    ref,
    project,
  } = hook;
  const scope = projectScope(instance, project.id);
  const sha = COMMIT_URL.exec(commit_url ?? '')?.[1];
  const commit = sha ?? short_sha;
  return {
    title: ['deploy', ref, ...(environment ? ['to', environment] : [])].filter(Boolean).join(' '),
    ...defined({ url: deployable_url }),
    ...actor(hook.user),
    tags: {
      ...projectTags(project),
      [otel.DEPLOYMENT_ID]: String(deployment_id),
      ...defined({
        [otel.DEPLOYMENT_ENVIRONMENT_NAME]: environment,
        [otel.VCS_REF_HEAD_NAME]: ref,
        [otel.VCS_REF_HEAD_REVISION]: sha,
      }),
    },
    facts: { environment: environment ?? null, environment_tier: environment_tier ?? null, ref: ref ?? null },
    provides: [{ type: 'deployment', scope, value: String(deployment_id) }],
    wants: [
      ...(deployable_id ? [{ type: 'job', scope, value: String(deployable_id) } satisfies Reference] : []),
      ...(commit === undefined ? [] : [{ type: 'commit', scope, value: commit } satisfies Reference]),
    ],
  };
}
