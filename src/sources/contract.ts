import type { Channel, EpochMs, Event } from '../domain/event.ts';

/** One request as it arrived, before anything is believed. Header names are lower case. */
export interface RawDelivery {
  /** The instance from the webhook's URL, `''` for the default one. */
  readonly instance: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** What stands in the webhook's URL as `?token=`. Never stored. */
  readonly token?: string;
  /** The raw bytes. Signatures are checked on these and on nothing else. */
  readonly body: Buffer;
  readonly receivedAt: EpochMs;
  /** By what way it came; a source puts it on its events. */
  readonly channel: Channel;
}

/** How a delivery proved where it comes from, or why it did not. */
export type Verification =
  | { readonly ok: true; readonly scheme: string }
  /** `reason` is shown to the sender: it says what is missing or wrong, and never what would have been right. */
  | { readonly ok: false; readonly reason: string };

/** The reason of a refusal for which not the secret is to blame. */
export const WRONG_CLOCK = 'the time in webhook-timestamp is more than 5 minutes away from now';

/**
 * Checks a delivery's authenticity.
 * - Pure: what it needs of time is `receivedAt`.
 * - Compares in constant time, and tries every secret (several are valid while one is being rotated).
 * - Never throws, whatever the headers hold.
 * - `secrets` holds at least one.
 */
export type Verify = (delivery: RawDelivery, secrets: readonly string[]) => Verification;

/** An authentic delivery with its parsed body. */
export interface Delivery extends RawDelivery {
  /** The sender's delivery id, or the one we gave; unique inside source and instance. */
  readonly key: string;
  readonly payload: unknown;
}

/** One wrong field of a custom event; `pointer` is an RFC 6901 JSON pointer into the body (`/2/action`). */
export interface FieldError {
  readonly pointer: string;
  readonly message: string;
}

/** What a delivery means. `kind` is the sender's word for it (`issues.opened`), of low cardinality. */
export type Interpretation =
  | { readonly outcome: 'accepted'; readonly kind: string; readonly events: readonly Event[] }
  /** Authentic and readable, but without meaning for us: a ping, an action nobody measures. */
  | {
      readonly outcome: 'ignored';
      readonly kind: string;
      readonly reason: string;
      /** The body may hold secrets, and is not stored: it can never be read again. */
      readonly discardsBody?: true;
    }
  /** The mapping cannot read it. Kept, shown, and read again after a fix. */
  | { readonly outcome: 'dead_letter'; readonly kind: string; readonly reason: string }
  /** The sender can mend it: only for a source whose format is ours (custom HTTP). Not stored. */
  | { readonly outcome: 'invalid'; readonly kind: string; readonly errors: readonly FieldError[] };

/**
 * One kind of sender: bytes in, events out.
 * - Pure: no store, no clock, no I/O. The same delivery always gives the same interpretation.
 * - Knows no other source; only `registry.ts` names it.
 */
export interface Source {
  /** In URLs, in span ids and in `VS_SECRET_<ID>`: lower-case letters only. */
  readonly id: string;
  readonly title: string;
  /** What comes out, in one line for the table of sources. */
  readonly tells: string;
  readonly stability: 'stable' | 'beta';
  /** Whether the sender may post `application/x-www-form-urlencoded` with the JSON in `payload`. */
  readonly forms: boolean;
  /** The headers worth keeping with the delivery, lower case; never one that holds a secret or a signature. */
  readonly keepHeaders: readonly string[];
  readonly verify: Verify;
  /** Whether one of our own tokens proves as much as a signature: for senders that are programs of the user. */
  readonly takesTokens?: true;
  /**
   * The id by which the sender marks a redelivery. `undefined`: it has none and the same body means the same delivery;
   * `null`: it has none, and the same body may rightly come again.
   */
  readonly deliveryKey: (delivery: RawDelivery, payload: unknown) => string | undefined | null;
  /** The way by which a request to its webhook came; `webhook` where a source does not say. */
  readonly channelOf?: (headers: RawDelivery['headers']) => Channel;
  readonly interpret: (delivery: Delivery) => Interpretation;
}
