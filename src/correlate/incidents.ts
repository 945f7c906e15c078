import type { EpochMs } from '../domain/event.ts';
import { referenceKey } from '../domain/reference.ts';
import type { CorrelationStore, Deployment, Incident, Node, Place, StoredLink } from '../store/correlation.ts';
import type { Difference, Folded } from './folded.ts';
import { serviceOf } from './service.ts';

/** An incident that begins later after a deployment has hardly to do with it. */
const SUSPECT_FOR_MS = 24 * 3_600_000;

/** Keeps the list of incidents in step with what was folded. Answers with the deployments that may be why there are these. */
export async function noteIncidents(
  store: CorrelationStore,
  differences: readonly { readonly folded: Folded; readonly difference: Difference }[],
): Promise<Place[]> {
  const noted = differences.flatMap(({ folded }) => incidentsIn(folded));
  const gone = differences.flatMap(({ folded, difference }) => knownIncidents(folded, difference));
  if (noted.length === 0 && gone.length === 0) return [];
  const before = await store.findIncidentsAt(gone);
  await store.removeIncidents(gone);
  await store.saveIncidents(noted);
  return await suspectsOf(store, [...before, ...noted]);
}

function incidentsIn({ identityId, attempts }: Folded): Incident[] {
  return attempts.flatMap((attempt) => {
    const { ordinal, operation, startedAt } = attempt;
    if (operation !== 'incident' || startedAt === null) return [];
    return [{ identityId, ordinal, service: serviceOf(attempt), startedAt }];
  });
}

/** Of what has changed or is gone the incidents that were noted before. */
function knownIncidents({ identityId, attempts }: Folded, { removed, was }: Difference): Place[] {
  const ordinals = [...removed, ...attempts.map(({ ordinal }) => ordinal)];
  return ordinals
    .filter((ordinal) => was.get(ordinal)?.operation === 'incident')
    .map((ordinal) => ({ identityId, ordinal }));
}

/** Before each of these the last deployment of its service, if it was not long ago. */
async function suspectsOf(store: CorrelationStore, incidents: readonly Incident[]): Promise<Place[]> {
  const found: Place[] = [];
  for (const { service, startedAt } of incidents) {
    const last = await store.findLastDeployment(service, { from: startedAt - SUSPECT_FOR_MS, to: startedAt });
    if (last !== null) found.push(last);
  }
  return found;
}

/** The deployments whose incidents may be others because these are there, or are no longer. */
export async function besides(store: CorrelationStore, deployments: readonly Deployment[]): Promise<Place[]> {
  const found: Place[] = [...deployments];
  for (const deployment of deployments) {
    const before = await store.findNextInProduction(deployment, 'before');
    if (before !== null) found.push(before);
  }
  return found;
}

/** The incidents that began after a deployment to production, up to the next one of its service and within a day. */
export async function incidentsAfter(store: CorrelationStore, node: Node): Promise<StoredLink[]> {
  if (node.operation !== 'deploy') return [];
  const [deployment] = await store.findDeployments([node]);
  if (deployment === undefined || !deployment.isProduction) return [];
  const { service, finishedAt } = deployment;
  const next = await store.findNextInProduction(deployment, 'after');
  const to: EpochMs = Math.min(finishedAt + SUSPECT_FOR_MS, (next?.finishedAt ?? Number.POSITIVE_INFINITY) - 1);
  const incidents = await store.findIncidents(service, { from: finishedAt, to });
  return incidents
    .filter(({ identityId }) => identityId !== node.identityId)
    .map((incident) => linkTo(incident, node))
    .filter(({ toId }, index, all) => all.findIndex((other) => other.toId === toId) === index);
}

function linkTo({ identityId, ordinal, service }: Incident, node: Node): StoredLink {
  return {
    identityId: node.identityId,
    ordinal: node.ordinal,
    kind: 'caused_incident',
    toId: identityId,
    toAttempt: ordinal,
    certainty: 'possible',
    reason: { key: referenceKey({ type: 'service', scope: '', value: service }), via: 'field', through: null },
    isParent: false,
    precedence: NO_CAUSE,
    isDropped: false,
  };
}

/** Never compared: it is no parent. */
const NO_CAUSE = 9;
