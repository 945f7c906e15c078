import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, secondsIn } from './answer.ts';
import type { VendorErrorClass } from './error.ts';

/** Why a vendor has to be left alone for a while, and until when. */
export interface Limited {
  /** `primary`: what a token may ask in a time is used up. `secondary`: it asks to slow down. */
  readonly limit: 'primary' | 'secondary';
  /** In milliseconds from the answer on. */
  readonly waitMs: number;
}

/** How a vendor wants to be asked, as its pages say and its answers show. */
export interface Manners {
  /** The vendor's name. */
  readonly title: string;
  readonly errors: VendorErrorClass;
  /** Where people look when it does not answer; empty where there is no such page. */
  readonly statusPage: string;
  /** The vendor's own resource of a request: each has a primary limit of its own. */
  readonly resourceOf: (url: string) => string;
  /**
   * What an answer says of rate limits; null where it is not refused for one. `times` is how often the same request was
   * refused already, `now` our own clock, which counts only where the answer does not tell the vendor's.
   */
  readonly limitIn: (answer: Answer, times: number, now: number) => Limited | null;
  /** How long nothing more may be asked after an answer that used up the primary limit; 0 where it did not. */
  readonly pauseAfter: (answer: Answer, now: number) => number;
  /** Whether an answer failed without the request's fault. */
  readonly isTransient: (answer: Answer) => boolean;
  /** What an answer that failed says of why. */
  readonly faultIn: (answer: Answer) => string;
}

/** Which limit it waits for, and how long. */
export interface Waiting {
  readonly limit: Limited['limit'];
  readonly waitMs: number;
}

/** How long it waits for a vendor, and who hears of it. */
export interface PatienceOptions {
  /** For a rate limit it waits so long at most; where it would have to for longer, it gives up at once. */
  readonly maxWaitMs: number;
  /** Hears of each wait for a rate limit when it begins, once, however many requests wait for it. */
  readonly onWait?: ((waiting: Waiting) => void) | undefined;
  /** Ends all waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Lets so many milliseconds pass; another one where a test has its own time. */
  readonly pass?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
  /** Milliseconds since 1970; another one where a test has its own time. */
  readonly now?: (() => number) | undefined;
}

interface Closure extends Limited {
  readonly until: number;
  isTold: boolean;
}

const MOST_FAILURES = 5;
const MOST_REFUSALS = 10;
const FIRST_BACKOFF_MS = 1_000;

/** The key of secondary limits, which all resources share. */
const ALL = 'all';

async function passTime(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal });
}

/**
 * Makes requests as a vendor wants them made: none before a limit is over, whichever request met it; again what failed without
 * its fault.
 */
export class Patience {
  readonly #manners: Manners;
  readonly #options: PatienceOptions;
  readonly #now: () => number;
  readonly #closures = new Map<string, Closure>();

  constructor(manners: Manners, options: PatienceOptions) {
    this.#manners = manners;
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /**
   * The answer to a request, which may be a refusal that waiting does not heal. `attempt` makes it, and throws where there is
   * no answer. Throws the vendor's error (`rate_limited`, `unavailable`), or the signal's reason.
   */
  async ask(url: string, attempt: () => Promise<Answer>): Promise<Answer> {
    const resource = this.#manners.resourceOf(url);
    for (let failures = 0, refusals = 0; ; ) {
      await this.#opened(resource);
      const answer = await attempt().catch((error: unknown) => this.#unanswered(error));
      if (answer instanceof Error || this.#manners.isTransient(answer)) {
        failures += 1;
        await this.#failed(url, answer, failures);
      } else if (this.#isLimited(resource, answer, refusals)) refusals += 1;
      else return answer;
    }
  }

  async #failed(url: string, answer: Answer | Error, failures: number): Promise<void> {
    if (failures === MOST_FAILURES) throw unavailable(url, answer, this.#manners);
    await this.#pass(backoffMs(answer, failures));
  }

  /** Whether an answer is refused for a limit. What used a limit up is not, but what comes after it has to wait. */
  #isLimited(resource: string, answer: Answer, refusals: number): boolean {
    const limited = this.#manners.limitIn(answer, refusals, this.#now());
    if (limited === null) {
      const waitMs = this.#manners.pauseAfter(answer, this.#now());
      if (waitMs > 0) this.#close(resource, { limit: 'primary', waitMs });
      return false;
    }
    if (refusals === MOST_REFUSALS) throw limitedFor(limited, this.#now(), this.#manners);
    this.#close(limited.limit === 'secondary' ? ALL : resource, limited);
    return true;
  }

  #unanswered(error: unknown): Error {
    this.#options.signal?.throwIfAborted();
    if (error instanceof Error) return error;
    throw error;
  }

  /** Waits until a resource may be asked. */
  async #opened(resource: string): Promise<void> {
    this.#options.signal?.throwIfAborted();
    for (;;) {
      const closure = this.#closureOf(resource);
      if (closure === undefined) return;
      const waitMs = closure.until - this.#now();
      if (waitMs > this.#options.maxWaitMs) throw limitedFor({ ...closure, waitMs }, this.#now(), this.#manners);
      if (!closure.isTold) this.#options.onWait?.({ limit: closure.limit, waitMs });
      closure.isTold = true;
      await this.#pass(waitMs);
    }
  }

  /** The one that lasts longest, of those that are still in force. */
  #closureOf(resource: string): Closure | undefined {
    const now = this.#now();
    return [this.#closures.get(ALL), this.#closures.get(resource)]
      .filter((closure) => closure !== undefined && closure.until > now)
      .sort((a, b) => (b?.until ?? 0) - (a?.until ?? 0))[0];
  }

  /** Requests that were under way together are refused together: that is one wait. */
  #close(key: string, limited: Limited): void {
    const until = this.#now() + limited.waitMs;
    const before = this.#closures.get(key);
    const isInForce = before !== undefined && before.until > this.#now();
    if (isInForce && before.until >= until) return;
    this.#closures.set(key, { ...limited, until, isTold: isInForce && before.isTold });
  }

  async #pass(ms: number): Promise<void> {
    const { pass = passTime, signal } = this.#options;
    await pass(ms, signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  }
}

/** Twice as long each time, and not for all requests at one time; longer where the answer says so. */
function backoffMs(answer: Answer | Error, failures: number): number {
  const own = FIRST_BACKOFF_MS * 2 ** (failures - 1) * (0.5 + Math.random() / 2);
  const asked = answer instanceof Error ? null : secondsIn(answer, 'retry-after');
  return Math.max(own, Math.min(asked ?? 0, 60_000));
}

function limitedFor({ limit, waitMs }: Limited, now: number, { title, errors: VendorError }: Manners): Error {
  const minutes = Math.ceil(waitMs / 60_000);
  const at = new Date(now + waitMs);
  const until = at.toISOString().slice(0, 19).replace('T', ' ');
  const which = limit === 'primary' ? 'the rate limit of this token is used up' : `${title} asks to slow down`;
  const message = `${which} until ${until} UTC, in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}`;
  return new VendorError('rate_limited', message, { retryAt: at.getTime() });
}

function unavailable(url: string, answer: Answer | Error, { errors: VendorError, ...manners }: Manners): Error {
  const { host } = new URL(url);
  const tried = `asked ${MOST_FAILURES} times`;
  if (answer instanceof Error)
    return new VendorError('unavailable', `${host} does not answer (${reasonOf(answer)}), ${tried}`, { cause: answer });
  const elsewhere = manners.statusPage === '' ? '' : `; ${manners.statusPage} may say why`;
  return new VendorError('unavailable', `${host} ${manners.faultIn(answer)}, ${tried}${elsewhere}`);
}

/** `fetch` says `fetch failed`, and in its cause why: of a name with several addresses, in that of each. */
function reasonOf({ message, cause }: Error): string {
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  return first instanceof Error && first.message !== '' ? reasonOf(first) : message;
}
