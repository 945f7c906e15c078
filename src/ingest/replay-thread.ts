import { workerData } from 'piscina';
import { type SpanChange, spanChange } from '../domain/difference.ts';
import { identityKey, spanIdOf } from '../domain/identity.ts';
import { foldByRules } from '../rules/fold.ts';
import { Ruling } from '../rules/ruling.ts';
import type { RuleSettings } from '../rules/schema.ts';
import { findSource } from '../sources/registry.ts';
import type { DeliveryId, History, Recorded, RecordedRequest } from '../store/contract.ts';
import { openSqliteReader } from '../store/sqlite/reader.ts';
import { corrections } from './corrections.ts';
import { differs, reread } from './reread.ts';
import type { Retelling } from './swap.ts';

/** Loaded in a thread of its own, so that reading a million deliveries again never holds up one that arrives. */
const { dataDir, rules }: { readonly dataDir: string; readonly rules: RuleSettings } = workerData;
const reader = openSqliteReader(dataDir);
const ruling = new Ruling(rules);

/** What one portion of deliveries means now. */
export interface Reread {
  readonly read: number;
  readonly withoutBody: number;
  /** The last delivery of the portion; null when there is none left. */
  readonly last: DeliveryId | null;
  /** Only those that mean something else than before. */
  readonly changed: readonly Retelling[];
  /** For each of these the identities it told of or tells of now. */
  readonly touches: readonly (readonly string[])[];
}

export async function rereadNext(request: RecordedRequest): Promise<Reread> {
  const recorded = await reader.listRecorded(request);
  const changed = recorded.flatMap((one) => {
    const now = readAgain(one);
    return now !== null && differs(one, now) ? [{ one, now }] : [];
  });
  return {
    read: recorded.length,
    withoutBody: recorded.filter(({ body }) => body === null).length,
    last: recorded.at(-1)?.delivery.id ?? null,
    changed: changed.map(({ now }) => now),
    touches: changed.map(({ one, now }) => [...new Set([...one.told, ...now.told].map(keyOf))]),
  };
}

const keyOf = ({ identity }: Retelling['told'][number]) => identityKey(identity);

/** Null where there is nothing to read it from, or nobody to read it: then it stays as it is. */
function readAgain({ delivery, body }: Recorded): Retelling | null {
  const source = delivery.channel === 'correction' ? corrections : findSource(delivery.source);
  return body === null || source === undefined ? null : reread(delivery, body, source);
}

/** One identity, and the deliveries that mean something else for it than before. */
export interface Touched {
  readonly key: string;
  readonly deliveryIds: readonly DeliveryId[];
}

/** What would become of some identities if these deliveries were read again; nothing is written. */
export async function predict(touched: readonly Touched[]): Promise<SpanChange[]> {
  const histories = await reader.findHistories(touched.map(({ key }) => key));
  const changes: SpanChange[] = [];
  for (const { key, deliveryIds } of touched) {
    const told = (await reader.findRecorded(deliveryIds)).flatMap((recorded) => readAgain(recorded)?.told ?? []);
    const change = predictOne(
      told.filter((event) => keyOf(event) === key),
      deliveryIds,
      histories.get(key),
    );
    if (change !== null) changes.push(change);
  }
  return changes;
}

function predictOne(
  told: Retelling['told'],
  deliveryIds: readonly DeliveryId[],
  history: History | undefined,
): SpanChange | null {
  const [first] = told;
  const isKept = ({ deliveryIds: tellers }: History['observed'][number]) =>
    tellers.some((teller) => !deliveryIds.includes(teller));
  const kept = (history?.observed ?? []).filter(isKept).map(({ event }) => event);
  const spanId = history?.spanId ?? (first === undefined ? '' : spanIdOf(first.identity, first.name));
  return spanChange(spanId, history?.attempts ?? [], foldByRules([...kept, ...told], ruling).attempts);
}
