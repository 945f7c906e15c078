import type { BatchOutcome } from '../store/exports.ts';
import type { Exporter, Sent } from './contract.ts';

/** What receivers are used to: the default of OpenTelemetry's own batches. */
const AT_ONCE = 500;

export interface DeliveryOptions {
  readonly send: Exporter['send'];
  readonly signal: AbortSignal;
  /** Called after each attempt that is to be repeated; resolves when it is time for the next. */
  readonly waitAfter: (failed: Extract<Sent, { status: 'retry' }>) => Promise<void>;
  /** Called after each attempt that was answered for good. */
  readonly answered: () => void;
}

export interface Delivered extends Omit<BatchOutcome, 'at'> {
  /** Why the last ones were refused or rejected; empty where all were taken. */
  readonly reason: string;
}

/**
 * Sends records in order, each until it is taken or refused for good; however long that takes. Where some are refused,
 * halves are sent apart until only the bad ones are left.
 *
 * Null where the signal was aborted before the end.
 */
export async function deliver(records: readonly string[], options: DeliveryOptions): Promise<Delivered | null> {
  const parked: { number: number; reason: string }[] = [];
  let rejected = 0;
  let reason = '';
  const waiting = chunks(records.length);
  for (let range = waiting.shift(); range !== undefined; range = waiting.shift()) {
    const { from, to } = range;
    const sent = await sendUntilAnswered(records.slice(from, to), options);
    if (sent === null) return null;
    const isWholly = sent.status === 'refused' ? to - from === 1 : sent.rejected >= to - from;
    if (sent.status === 'refused' || sent.rejected > 0) reason = sent.reason;
    if (isWholly) parked.push(...numbers(from, to).map((number) => ({ number, reason: sent.reason })));
    else if (sent.status === 'refused') waiting.unshift(...halves(from, to));
    else rejected += sent.rejected;
  }
  return { parked, rejected, reason };
}

type Answered = Exclude<Sent, { status: 'retry' }>;

async function sendUntilAnswered(
  records: readonly string[],
  { send, signal, waitAfter, answered }: DeliveryOptions,
): Promise<Answered | null> {
  while (!signal.aborted) {
    const sent = await send(records, signal);
    if (sent.status !== 'retry') {
      answered();
      return sent;
    }
    if (!signal.aborted) await waitAfter(sent);
  }
  return null;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function chunks(length: number): Range[] {
  return Array.from({ length: Math.ceil(length / AT_ONCE) }, (_, index) => ({
    from: index * AT_ONCE,
    to: Math.min(length, (index + 1) * AT_ONCE),
  }));
}

function halves(from: number, to: number): Range[] {
  const middle = Math.ceil((from + to) / 2);
  return [
    { from, to: middle },
    { from: middle, to },
  ];
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
