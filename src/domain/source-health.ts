import type { EpochMs } from './event.ts';

/**
 * What a refusal is to blame on: the secret, a clock, how the body is encoded, what stands in it, or us. `no_secret`: there
 * is none here to compare with.
 */
export type RefusalCause = 'secret' | 'no_secret' | 'clock' | 'form' | 'body' | 'server';

/** What is known of what one sender sends. */
export interface Traffic {
  readonly now: EpochMs;
  readonly accepted: number;
  readonly ignored: number;
  readonly deadLetters: number;
  /** When the last one that was stored came; null while there is none. */
  readonly lastAt: EpochMs | null;
  readonly lastIgnored: string | null;
  readonly lastDeadLetter: string | null;
  /** Requests that were not stored, since the server was started. */
  readonly refused: {
    readonly count: number;
    readonly lastAt: EpochMs;
    readonly lastReason: string;
    readonly cause: RefusalCause;
  } | null;
  /** Of the last accepted one: how it was encoded, and how long before its arrival its newest event happened. */
  readonly lastAccepted: { readonly contentType: string; readonly ageMs: number | null } | null;
  /** The hours (since 1970) in which anything was stored in the weeks up to {@link lastAt}, in order. */
  readonly hours: readonly number[];
}

export const hintCodes = [
  'secret_differs',
  'secret_missing',
  'clock_differs',
  'not_read',
  'not_stored',
  'nothing_ticked',
  'dead_letters',
  'form_encoded',
  'silent',
] as const;

/** Something that is off, and what to do. */
interface Hint {
  readonly code: (typeof hintCodes)[number];
  readonly message: string;
}

export const healthStatuses = ['ok', 'waiting', 'warning', 'failing'] as const;

export interface Health {
  /** `waiting`: nothing has come yet; `failing`: nothing that comes is taken. */
  readonly status: (typeof healthStatuses)[number];
  readonly hints: readonly Hint[];
}

/** Whether a source is set up well, as far as what came from it tells. */
export function healthOf(traffic: Traffic): Health {
  const failing = failures(traffic);
  const hints = [...failing, ...warnings(traffic)];
  if (failing.length > 0) return { status: 'failing', hints };
  if (hints.length > 0) return { status: 'warning', hints };
  return { status: traffic.lastAt === null ? 'waiting' : 'ok', hints };
}

const MENDING: Readonly<Record<RefusalCause, readonly [code: Hint['code'], advice: string]>> = {
  secret: ['secret_differs', 'the secret there and the one here must be the same'],
  no_secret: ['secret_missing', 'set its secret here, and the same one there'],
  clock: ['clock_differs', 'set the clocks of both machines by NTP'],
  form: ['form_encoded', 'choose application/json there'],
  body: ['not_read', 'it is for the sender to mend'],
  server: ['not_stored', 'send again what its sender does not send again by itself'],
};

/** Refused, and nothing was taken since. */
function failures({ refused, lastAt }: Traffic): Hint[] {
  if (refused === null || (lastAt !== null && lastAt >= refused.lastAt)) return [];
  const [code, advice] = MENDING[refused.cause];
  return [{ code, message: `${refused.count} refused, the last because ${refused.lastReason}: ${advice}` }];
}

/** A clock that differs by less than this is a slow network, or a webhook of something in the near future. */
const CLOCK_TOLERANCE_MS = 60_000;

function warnings(traffic: Traffic): Hint[] {
  const { accepted, ignored, deadLetters, lastIgnored, lastDeadLetter, lastAccepted } = traffic;
  const hints: Hint[] = [];
  if (accepted === 0 && deadLetters === 0 && ignored > 0)
    hints.push({
      code: 'nothing_ticked',
      message: `nothing that is measured has come (the last was ignored: ${lastIgnored}): tick the events that its page names`,
    });
  if (deadLetters > 0)
    hints.push({
      code: 'dead_letters',
      message: `${deadLetters} could not be read, the last because ${lastDeadLetter}`,
    });
  if (lastAccepted?.contentType.startsWith('application/x-www-form-urlencoded') === true)
    hints.push({ code: 'form_encoded', message: 'it sends forms: choose application/json there' });
  if (lastAccepted !== null && lastAccepted.ageMs !== null && lastAccepted.ageMs < -CLOCK_TOLERANCE_MS)
    hints.push({
      code: 'clock_differs',
      message: `its clock is ${Math.round(-lastAccepted.ageMs / 1_000)} seconds ahead of ours: set both by NTP`,
    });
  return [...hints, ...silence(traffic)];
}

const HOUR_MS = 3_600_000;
/** Fewer hours with traffic than these have no habit. */
const HABIT_HOURS = 20;
const DAY_HOURS = 24;

/** Twice the longest pause that it usually makes; a sender that is not known for a week may rest at weekends. */
function silence({ now, lastAt, hours }: Traffic): Hint[] {
  const [first] = hours;
  if (lastAt === null || first === undefined || hours.length < HABIT_HOURS) return [];
  const pauses = hours.slice(1).map((hour, index) => hour - (hours[index] ?? hour));
  const isNew = now / HOUR_MS - first < 7 * DAY_HOURS;
  const longest = Math.max(...pauses);
  const allowed = Math.max(2 * longest, isNew ? 3 * DAY_HOURS : DAY_HOURS);
  const silent = Math.floor((now - lastAt) / HOUR_MS);
  if (silent <= allowed) return [];
  const message = `silent for ${silent} hours, and its longest pause was ${longest}: is the webhook still on?`;
  return [{ code: 'silent', message }];
}
