import type { Event } from '../../domain/event.ts';
import type { Delivery } from '../contract.ts';
import { readDeployment, readDeploymentStatus } from './deployment.ts';
import type { ImportedDeploymentPayload } from './import-schema.ts';

/** A deployment with all its statuses. */
export function readImportedDeployment(imported: ImportedDeploymentPayload, delivery: Delivery): readonly Event[] {
  const { repository, deployment, statuses } = imported;
  const told = statuses.flatMap((status) =>
    readDeploymentStatus({ repository, sender: null, deployment, deployment_status: status }, delivery),
  );
  const pending = told.find(({ key, stage }) => key === 'created' && stage !== undefined)?.stage;
  const created = readDeployment({ repository, sender: null, deployment }, delivery).map((event) =>
    pending === undefined ? event : { ...event, stage: pending },
  );
  return [...created, ...told.filter(({ key }) => key !== 'created')];
}
