import { VendorError, type VendorErrorKind } from '../vendors/error.ts';
import { HostError } from '../vendors/host.ts';
import type { PatienceOptions, Waiting } from '../vendors/patience.ts';
import { version } from '../version.ts';
import { CliFailure } from './failure.ts';
import { inWords, localTime } from './output.ts';

/** 2: another token or another name is needed. 1: it may work later. */
const EXIT_CODES: Readonly<Record<VendorErrorKind, 1 | 2>> = {
  ...{ no_token: 2, bad_token: 2, forbidden: 2, not_found: 2 },
  ...{ rate_limited: 1, unavailable: 1, unexpected: 1 },
};

export function exitCodeOf({ kind }: VendorError): 1 | 2 {
  return EXIT_CODES[kind];
}

/** An error of a vendor as a failure of the command; any other one as it is. */
export function failureOf(error: unknown): unknown {
  return error instanceof VendorError ? new CliFailure(error.message, exitCodeOf(error)) : error;
}

/** The host that a flag names, as a vendor's client wants it. Throws a CliFailure where it is none. */
export function hostOf<Host>(flagged: string, text: string, read: (text: string) => Host): Host {
  try {
    return read(text);
  } catch (error) {
    throw error instanceof HostError ? new CliFailure(`${flagged}: ${error.message}`, 2) : error;
  }
}

/** How a vendor's client asks, whichever it is. */
export interface Asking extends PatienceOptions {
  readonly userAgent: string;
}

/** How a client asks for a command: `say` hears of each wait for a rate limit. */
export function askingOf(vendor: string, maxWaitMs: number, say: (text: string) => void, signal?: AbortSignal): Asking {
  const onWait = (waiting: Waiting) => say(waitingTextOf(vendor, waiting));
  return { userAgent: `valuestream/${version}`, maxWaitMs, onWait, signal };
}

/** What a person is told who waits for a rate limit. */
function waitingTextOf(vendor: string, { limit, waitMs: ms }: Waiting): string {
  const until = localTime(new Date(Date.now() + ms).toISOString());
  const why = limit === 'primary' ? `${vendor}'s rate limit is used up` : `${vendor} asks to slow down`;
  return `${why}: waiting ${inWords(Math.ceil(ms / 1_000) * 1_000)}, until ${until}`;
}
