import type { Event } from '../../domain/event.ts';
import type { SourceTime } from '../_kit/time.ts';
import type { Delivery } from '../contract.ts';
import { readDeployment } from './deployment.ts';
import type { ImportedDeploymentPayload } from './import-schema.ts';
import { resultOf } from './operation.ts';

/** A deployment with its beginning and its end, as the job that made it tells them; the API keeps no times of its own. */
export function readImportedDeployment(imported: ImportedDeploymentPayload, delivery: Delivery): readonly Event[] {
  const { deployment, project, environment_tier } = imported;
  const { sha, deployable, environment } = deployment;
  const common = {
    ...{ deployment_id: deployment.id, ref: deployment.ref, user: deployment.user, project, environment_tier },
    deployable_id: deployable?.id,
    deployable_url: deployable?.web_url,
    environment: environment?.name,
    // In the words of the webhook, which tells the whole commit there alone.
    commit_url: sha === undefined ? undefined : `/commit/${sha}`,
    short_sha: sha?.slice(0, 8),
  };
  const told = timesOf(deployment).flatMap(([as, at]) => {
    const events = readDeployment({ ...common, status: as, status_changed_at: at }, delivery);
    return 'ignored' in events ? [] : events;
  });
  return environment_tier === undefined ? told.map(withoutTier) : told;
}

/** One that somebody told of through the API has no job: then it began when it was made. */
function timesOf({
  status,
  created_at,
  updated_at,
  deployable,
}: ImportedDeploymentPayload['deployment']): [string, SourceTime][] {
  const began = deployable ? deployable.started_at : created_at;
  const beginning: [string, SourceTime][] = began === undefined ? [] : [['running', began]];
  if (resultOf(status) !== undefined) return [...beginning, [status, deployable?.finished_at ?? updated_at]];
  return status === 'running' && began !== undefined ? beginning : [[status, updated_at]];
}

/** What is not known of a deployment is not taken back. */
function withoutTier(event: Event): Event {
  const { environment_tier: _unknown, ...facts } = event.facts ?? {};
  return { ...event, facts };
}
