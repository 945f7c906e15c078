import type { EpochMs } from '../domain/event.ts';
import { referenceKey } from '../domain/reference.ts';
import type { Attempt } from '../domain/span.ts';
import type { CorrelationStore, Incident, Node, Place, StoredLink } from '../store/correlation.ts';
import type { Difference, Folded } from './folded.ts';
import { serviceOf } from './service.ts';

/** An incident that begins later after a deployment has hardly to do with it. */
const SUSPECT_FOR_MS = 24 * 3_600_000;

/** That a service was deployed to production, or no longer counts as deployed, at a time. */
export interface Moment {
  readonly service: string;
  readonly finishedAt: EpochMs;
}

/** Keeps the list of incidents in step with what was folded. */
export async function noteIncidents(
  store: CorrelationStore,
  differences: readonly { readonly folded: Folded; readonly difference: Difference }[],
): Promise<void> {
  const incidents: Incident[] = [];
  const gone: Place[] = [];
  for (const { folded, difference } of differences) {
    const { identityId } = folded;
    for (const ordinal of difference.removed) gone.push({ identityId, ordinal });
    for (const attempt of folded.attempts) {
      const { ordinal, startedAt } = attempt;
      if (isIncident(attempt) && startedAt !== null)
        incidents.push({ identityId, ordinal, service: serviceOf(attempt), startedAt });
      else if (difference.was.get(ordinal)?.operation === 'incident') gone.push({ identityId, ordinal });
    }
  }
  await store.removeIncidents(gone);
  await store.saveIncidents(incidents);
}

function isIncident({ operation }: Pick<Attempt, 'operation'>): boolean {
  return operation === 'incident';
}

/** The incidents that may have come of deployments at these moments. */
export async function incidentsNear(store: CorrelationStore, moments: readonly Moment[]): Promise<Place[]> {
  const found: Place[] = [];
  for (const { service, finishedAt } of moments)
    found.push(...(await store.findIncidents(service, { from: finishedAt, to: finishedAt + SUSPECT_FOR_MS })));
  return found;
}

/** The deployment after which an incident began: the last one of its service, if it was not long ago. */
export async function deploymentBefore(store: CorrelationStore, node: Node): Promise<StoredLink[]> {
  if (!isIncident(node)) return [];
  const [incident] = await store.findIncidentsAt([node]);
  if (incident === undefined) return [];
  const { service, startedAt } = incident;
  const last = await store.findLastDeployment(service, { from: startedAt - SUSPECT_FOR_MS, to: startedAt });
  if (last === null || last.identityId === node.identityId) return [];
  return [
    {
      identityId: node.identityId,
      ordinal: node.ordinal,
      kind: 'after_deployment',
      toId: last.identityId,
      toAttempt: null,
      certainty: 'possible',
      reason: { key: referenceKey({ type: 'deployment', scope: '', value: service }), via: 'field', through: null },
      isParent: false,
      precedence: 9,
      isDropped: false,
    },
  ];
}
