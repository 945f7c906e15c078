import { setTimeout as wait } from 'node:timers/promises';
import { type DemoDelivery, INSTANCE } from '../../demo/delivery.ts';
import type { Demo, DemoSettings } from '../../demo/demo.ts';
import { signedHeaders } from '../../demo/signature.ts';
import { type Outcomes, tellAll } from '../../demo/tell-all.ts';
import { type Client, Refused } from '../client.ts';
import { CliFailure } from '../failure.ts';
import type { Tally } from './report.ts';

/** What a store holds before the demo comes to it. */
export interface Held {
  readonly isEmpty: boolean;
  readonly hasDemo: boolean;
  /** Whether the demo is all that it holds, and not all of that. */
  readonly isUnfinished: boolean;
}

export interface Telling {
  /** The secret of a source's demo instance, where one is configured. */
  readonly secretOf: (source: string) => string | undefined;
}

const AT_ONCE = 16;
/** How long a server that is busy is asked again, and when, where it does not say. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 1_000;
const LOOK_MS = 1_000;

interface Deliveries {
  readonly items: readonly unknown[];
}

export async function heldBy(client: Client): Promise<Held> {
  const list = (query: string) => client.json<Deliveries>('GET', `/api/v1/deliveries?limit=1${query}`);
  const [all, own] = await Promise.all([list(''), list(`&instance=${INSTANCE}`)]);
  return { isEmpty: all.items.length === 0, hasDemo: own.items.length > 0, isUnfinished: false };
}

/** Throws where the server knows nobody by the name of one of the demo's senders; then nothing has been told. */
export async function checkSenders(client: Client, deliveries: readonly DemoDelivery[]): Promise<void> {
  for (const source of new Set(deliveries.map((delivery) => delivery.source)))
    await client.open('HEAD', pathOf(source)).catch((error: unknown) => {
      throw error instanceof Refused ? withoutSecret(source, 'there is no instance of that name') : error;
    });
}

function pathOf(source: string): string {
  return `/webhooks/${source}/${INSTANCE}`;
}

/** Posts all of them, several at a time, as their senders would. Throws at the first one that is refused for good. */
export function tellServer(
  client: Client,
  deliveries: readonly DemoDelivery[],
  { secretOf, told }: Telling & { readonly told: (count: number) => void },
): Promise<Outcomes> {
  return tellAll(deliveries, {
    atOnce: AT_ONCE,
    tell: (delivery) => post(client, delivery, secretOf(delivery.source)),
    told,
  });
}

/** What becomes of one delivery. */
async function post(client: Client, delivery: DemoDelivery, secret: string | undefined): Promise<string> {
  const { source, body } = delivery;
  const options = { headers: signedHeaders(delivery, secret), body };
  try {
    return (await patiently(() => client.json<{ readonly status: string }>('POST', pathOf(source), options))).status;
  } catch (error) {
    throw error instanceof Refused && error.status === 401 ? withoutSecret(source, error.message) : error;
  }
}

/** Asks again while a server says that it is busy. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 503 || Date.now() > until) throw error;
      await wait(error.retryAfterMs ?? PAUSE_MS);
    }
  }
}

function withoutSecret(source: string, why: string): CliFailure {
  const variable = `VS_SECRET_${source}_${INSTANCE}`.toUpperCase();
  return new CliFailure(`${pathOf(source)}: ${why}\n  Give ${variable} to the server and to this command.`);
}

/** Tells what happens from now on, as it happens, until the signal. */
export async function goOn(
  client: Client,
  demo: Demo,
  { secretOf, signal }: Telling & { readonly signal: AbortSignal },
): Promise<void> {
  console.error('Going on, a webhook every few seconds. Ctrl-C ends it.');
  while (!signal.aborted) {
    for (const delivery of demo.until(Date.now())) await post(client, delivery, secretOf(delivery.source));
    await wait(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

interface Durations {
  readonly groups: readonly {
    readonly group: { readonly project: string | null; readonly operation: string | null };
    readonly numbers: { readonly started: { readonly value: number | null } | null };
  }[];
}

/** How many spans of each kind began in its time, once all that was told is counted. */
export async function talliesAt(client: Client, { to, days }: DemoSettings): Promise<readonly Tally[]> {
  const query = new URLSearchParams({
    ...{ group_by: 'project,operation', most_groups: '200', fresh: 'true' },
    ...{ from: new Date(to - days * 86_400_000).toISOString(), to: new Date(to).toISOString() },
  });
  const path = `/api/v1/measures/durations?${query}`;
  const { groups } = await patiently(() => client.json<Durations>('GET', path));
  return groups.map(({ group: { project, operation }, numbers }) => ({
    ...{ project: project ?? '', operation: operation ?? '', count: numbers.started?.value ?? 0 },
  }));
}
