import type { BatchOutcome } from '../store/exports.ts';
import type { Sent } from './contract.ts';

/** What receivers are used to: the default of OpenTelemetry's own batches. */
const AT_ONCE = 500;
/** So often a destination has to fail over the same records before they are suspected. */
const SUSPECTED_AFTER = 3;

export interface DeliveryOptions {
  readonly send: (records: readonly string[]) => Promise<Sent>;
  /** Once it is aborted, nothing more is begun. */
  readonly signal: AbortSignal;
  /** Called after each attempt that is to be repeated; resolves when it is time for the next. */
  readonly waitAfter: (failed: Extract<Sent, { status: 'retry' }>) => Promise<void>;
  /** Called after each attempt that was answered for good. */
  readonly answered: (sent: Exclude<Sent, { status: 'retry' }>) => void;
  /** Whether the destination is one that takes spans: what refuses everything has a wrong URL, and says nothing of a span. */
  readonly isWorking: () => Promise<boolean>;
}

export interface Delivered extends Omit<BatchOutcome, 'at'> {
  /** Why the last ones were refused or rejected, or what the destination warned of; else empty. */
  readonly reason: string;
}

/**
 * Sends records in order, each until it is taken or refused for good; however long that takes. Where some are refused,
 * halves are sent apart until only the bad ones are left.
 *
 * A destination that fails again and again (500) may be broken, or may do so over one record. Halves tell: a single one over
 * which it fails, and fails again once it has taken others, counts as refused. As long as it takes nothing, nothing is.
 *
 * Where the signal is aborted before the end, what was not answered by then is left unsent.
 */
export async function deliver(records: readonly string[], options: DeliveryOptions): Promise<Delivered> {
  const outcome = new Outcome();
  const waiting = chunks(records.length);
  for (let range = waiting.shift(); range !== undefined; range = waiting.shift()) {
    const canSuspect = sizeOf(range) > 1 || outcome.isCulprit(range) || waiting.length > 0;
    const sent = await sendUntilAnswered(records.slice(range.from, range.to), { ...options, canSuspect });
    if (sent === null) {
      outcome.leave([range, ...waiting]);
      break;
    }
    const { now, atLast } = outcome.note(range, sent);
    waiting.unshift(...now);
    waiting.push(...atLast);
  }
  return outcome;
}

interface Next {
  readonly now: readonly Range[];
  readonly atLast: readonly Range[];
}

const DONE: Next = { now: [], atLast: [] };

/** What has become of the records so far. */
class Outcome implements Delivered {
  readonly parked: { number: number; reason: string }[] = [];
  readonly unsent: number[] = [];
  rejected = 0;
  reason = '';
  #taken = 0;

  /** A single one over which the destination has failed, and that has since taken others. */
  isCulprit(range: Range): boolean {
    return sizeOf(range) === 1 && range.takenBefore !== null && this.#taken > range.takenBefore;
  }

  /** Takes in an answer, and says what is to be sent instead. */
  note(range: Range, sent: Answered): Next {
    if (sent.reason !== '') this.reason = sent.reason;
    switch (sent.status) {
      case 'sent':
        return this.#sent(range, sent);
      case 'refused':
        return sizeOf(range) === 1 ? this.#park(range, sent.reason) : { now: halves(range), atLast: [] };
      case 'suspected': {
        if (this.isCulprit(range)) return this.#park(range, sent.reason);
        const suspected = { ...range, takenBefore: range.takenBefore ?? this.#taken };
        return sizeOf(range) === 1 ? { now: [], atLast: [suspected] } : { now: halves(suspected), atLast: [] };
      }
    }
  }

  /** These were not answered. */
  leave(ranges: readonly Range[]): void {
    for (const { from, to } of ranges) for (let number = from; number < to; number += 1) this.unsent.push(number);
  }

  #sent(range: Range, { rejected, reason }: Extract<Sent, { status: 'sent' }>): Next {
    if (rejected >= sizeOf(range)) return this.#park(range, reason);
    this.rejected += rejected;
    this.#taken += sizeOf(range);
    return DONE;
  }

  #park({ from, to }: Range, reason: string): Next {
    for (let number = from; number < to; number += 1) this.parked.push({ number, reason });
    return DONE;
  }
}

type Answered =
  | Exclude<Sent, { status: 'retry' }>
  /** It has failed over them so often that they may be why. */
  | { readonly status: 'suspected'; readonly reason: string };

async function sendUntilAnswered(
  records: readonly string[],
  options: DeliveryOptions & { readonly canSuspect: boolean },
): Promise<Answered | null> {
  const { signal, waitAfter, answered, canSuspect } = options;
  for (let failures = 0; !signal.aborted; ) {
    const sent = await sendOnce(records, options);
    if (sent.status !== 'retry') {
      answered(sent);
      return sent;
    }
    failures = sent.suspects ? failures + 1 : 0;
    if (canSuspect && failures >= SUSPECTED_AFTER) return { status: 'suspected', reason: sent.reason };
    if (!signal.aborted) await waitAfter(sent);
  }
  return null;
}

async function sendOnce(records: readonly string[], { send, isWorking }: DeliveryOptions): Promise<Sent> {
  const sent = await send(records);
  if (sent.status !== 'refused' || records.length > 1 || (await isWorking())) return sent;
  return { status: 'retry', afterMs: null, reason: sent.reason, suspects: false };
}

interface Range {
  readonly from: number;
  readonly to: number;
  /** How many had been taken when these, among others, were first suspected; null where they are not. */
  readonly takenBefore: number | null;
}

function sizeOf({ from, to }: Range): number {
  return to - from;
}

function chunks(length: number): Range[] {
  return Array.from({ length: Math.ceil(length / AT_ONCE) }, (_, index) => ({
    from: index * AT_ONCE,
    to: Math.min(length, (index + 1) * AT_ONCE),
    takenBefore: null,
  }));
}

function halves({ from, to, takenBefore }: Range): Range[] {
  const middle = Math.ceil((from + to) / 2);
  return [
    { from, to: middle, takenBefore },
    { from: middle, to, takenBefore },
  ];
}
