/**
 * What went wrong, for the caller to branch on.
 * - `no_token`, `bad_token`, `forbidden` (the token may not: scope, permission, single sign-on), `not_found` (or not to be
 *   seen with this token): another token or another name is needed.
 * - `rate_limited`: it would have to wait for longer than it may.
 * - `unavailable`: it did not answer, or with an error of its own, however often it was asked. May heal.
 * - `unexpected`: it answered with something that is not understood.
 */
export type VendorErrorKind =
  | 'no_token'
  | 'bad_token'
  | 'forbidden'
  | 'not_found'
  | 'rate_limited'
  | 'unavailable'
  | 'unexpected';

/** What a vendor's API did not do. The message is for the person at the terminal, and says what to do. */
export class VendorError extends Error {
  readonly kind: VendorErrorKind;
  /** When to try again, in milliseconds since 1970, where it is known. */
  readonly retryAt: number | undefined;
  constructor(kind: VendorErrorKind, message: string, more: { retryAt?: number; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.name = new.target.name;
    this.kind = kind;
    this.retryAt = more.retryAt;
  }
}

/** The error of one vendor. */
export type VendorErrorClass = new (...given: ConstructorParameters<typeof VendorError>) => VendorError;

/** Whether a vendor has no such thing, or none for this token. */
export function isNotFound(error: unknown): boolean {
  return error instanceof VendorError && error.kind === 'not_found';
}

/** What is asked for; null where the vendor has no such thing, or none for this token. */
export async function orNull<T>(asking: Promise<T>): Promise<T | null> {
  try {
    return await asking;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
