import type { Event } from '../../domain/event.ts';
import { byKey } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import type { ImportedWorkflowRunPayload } from './import-schema.ts';
import { operationOf } from './operation.ts';
import { readWorkflowJob } from './workflow-job.ts';
import { readStatus } from './workflow-run.ts';

/** A run with all its attempts, and the jobs of each. */
export function readImportedWorkflowRun(imported: ImportedWorkflowRunPayload, delivery: Delivery): readonly Event[] {
  const { repository, workflow_run, attempts, jobs } = imported;
  const operation = operationOf('workflow_run', repository, workflow_run.id, delivery);
  const told = [...attempts, workflow_run].flatMap((run) =>
    // Since when one that has not ended has been running, the API does not tell.
    readStatus({ action: 'requested', repository, sender: null, workflow_run: run }, operation, delivery.instance),
  );
  const ofJobs = jobs.flatMap((job) => {
    const events = readWorkflowJob({ action: 'seen', repository, sender: null, workflow_job: job }, delivery);
    return 'ignored' in events ? [] : events.map(withoutDeployment);
  });
  return [...byKey(told), ...ofJobs];
}

/** Which deployment a job makes is told by its webhook alone, and not taken back. */
function withoutDeployment(event: Event): Event {
  if (event.facts === undefined) return event;
  const { deployment: _untold, ...facts } = event.facts;
  return { ...event, facts };
}
