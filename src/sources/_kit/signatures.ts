import { createHmac, hash, timingSafeEqual } from 'node:crypto';

import { type RawDelivery, type Verification, type Verify, WRONG_CLOCK } from '../contract.ts';

/** One way to sign a request: where the signature is, and the check of its value. */
export interface Scheme {
  /** Where to look, in words: `the header X-Hub-Signature-256`. */
  readonly place: string;
  readonly read: (delivery: RawDelivery) => string | undefined;
  readonly check: (signature: string, delivery: RawDelivery, secrets: readonly string[]) => Verification;
}

/**
 * Accepts a request that is signed in one of these ways, the safest first. The first one whose header is there decides
 * alone, so a request that fails the safer check can never pass by the weaker one.
 */
export function anyOf(...schemes: readonly Scheme[]): Verify {
  const places = schemes.map(({ place }) => place).join(' or ');
  return (delivery, secrets) => {
    for (const { read, check } of schemes) {
      const signature = read(delivery);
      if (signature !== undefined) return check(signature, delivery, secrets);
    }
    return refused(`${places} is missing`);
  };
}

/** `header` as the vendor writes it; looked up in lower case. */
function inHeader(header: string): Pick<Scheme, 'place' | 'read'> {
  const name = header.toLowerCase();
  return { place: `the header ${header}`, read: ({ headers }) => headers[name] };
}

/** HMAC-SHA256 of the raw body in lower-case hex after a prefix: `sha256=…`. The secret's UTF-8 bytes are the key. */
export function hexHmac({ header, prefix }: { readonly header: string; readonly prefix: string }): Scheme {
  return {
    ...inHeader(header),
    check(signature, { body }, secrets) {
      const hex = signature.startsWith(prefix) ? signature.slice(prefix.length) : '';
      if (!/^[0-9a-f]{64}$/.test(hex)) return refused(`the header ${header} is not ${prefix} and 64 hex digits`);
      return fits(secrets, [Buffer.from(hex, 'hex')], [body]) ? proved('hmac-sha256') : refused(mismatch(header));
    },
  };
}

/**
 * A secret that the sender sends as it is. Proves who sent it, and nothing of the body: for senders that have no better
 * way.
 */
export function sharedToken(header: string): Scheme {
  return {
    ...inHeader(header),
    check: (token, _delivery, secrets) =>
      isOneOf(secrets, token) ? proved('token') : refused(`the token in ${header} is not the secret`),
  };
}

/** The secret in the URL, as `?token=`: for senders that can send no header. */
export function urlToken(): Scheme {
  return {
    place: 'the token in the URL',
    read: ({ token }) => token,
    check: (token, _delivery, secrets) =>
      isOneOf(secrets, token) ? proved('url-token') : refused('the token in the URL is not the secret'),
  };
}

/**
 * The header Authorization: a bearer token (RFC 6750), or basic authentication (RFC 7617) with any user and the secret
 * as its password.
 */
export function authorization(): Scheme {
  return {
    ...inHeader('Authorization'),
    check(header, _delivery, secrets) {
      const [, scheme = '', credentials = ''] = /^(bearer|basic) +(.+)$/i.exec(header) ?? [];
      if (scheme === '') return refused('the header Authorization is neither a bearer token nor basic authentication');
      const isBasic = scheme.toLowerCase() === 'basic';
      const given = isBasic ? passwordIn(credentials) : credentials;
      if (isOneOf(secrets, given)) return proved(isBasic ? 'basic' : 'bearer');
      return refused(`the ${isBasic ? 'password' : 'token'} in Authorization is not the secret`);
    },
  };
}

function passwordIn(credentials: string): string {
  const text = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? '' : text.slice(colon + 1);
}

/** Compared by their hashes, so that neither content nor length shows in the time it takes. */
function isOneOf(secrets: readonly string[], given: string): boolean {
  const digest = hash('sha256', given, 'buffer');
  return given !== '' && secrets.some((secret) => timingSafeEqual(digest, hash('sha256', secret, 'buffer')));
}

const TOLERANCE_SECONDS = 5 * 60;

/**
 * Standard Webhooks with the symmetric `v1`: https://github.com/standard-webhooks/standard-webhooks
 *
 * Written here because the `standardwebhooks` package reads the clock itself, so that a check is not repeatable, and
 * signs the body as text, which changes bytes that are not UTF-8.
 */
export function standardWebhooks(): Scheme {
  const header = 'webhook-signature';
  return {
    ...inHeader(header),
    check(signature, { headers, body, receivedAt }, secrets) {
      const { 'webhook-id': id, 'webhook-timestamp': timestamp } = headers;
      if (id === undefined || id === '') return refused('the header webhook-id is missing');
      if (timestamp === undefined) return refused('the header webhook-timestamp is missing');
      if (!/^\d{1,12}$/.test(timestamp)) return refused('the header webhook-timestamp is not a number of seconds');
      if (Math.abs(receivedAt / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) {
        return refused(WRONG_CLOCK);
      }
      const given = signature.split(' ').flatMap(decodeV1);
      if (given.length === 0) return refused(`the header ${header} holds no "v1," and 32 bytes in base64`);
      const keys = secrets.flatMap(decodeSecret);
      const signed = [Buffer.from(`${id}.${timestamp}.`, 'utf8'), body];
      return fits(keys, given, signed) ? proved('standard-webhooks') : refused(mismatch(header));
    },
  };
}

// As a text a key costs 8 µs less than as bytes (Node.js 24); the bytes it stands for are its UTF-8.
function fits(keys: readonly (string | Buffer)[], given: readonly Buffer[], signed: readonly Buffer[]): boolean {
  return keys.some((key) => {
    // An empty key would let everybody sign.
    if (key.length === 0) return false;
    const hmac = createHmac('sha256', key);
    for (const bytes of signed) hmac.update(bytes);
    const expected = hmac.digest();
    return given.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
  });
}

function decodeV1(signature: string): readonly Buffer[] {
  if (!signature.startsWith('v1,')) return [];
  return decodeBase64(signature.slice('v1,'.length)).filter((bytes) => bytes.length === 32);
}

function decodeSecret(secret: string): readonly Buffer[] {
  return decodeBase64(secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret);
}

/** Nothing unless the text is exactly what encoding the bytes gives; Buffer alone skips over what it does not know. */
function decodeBase64(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? [bytes] : [];
}

function mismatch(header: string): string {
  return `the signature in ${header} does not fit the body and the secret`;
}

function proved(scheme: string): Verification {
  return { ok: true, scheme };
}

function refused(reason: string): Verification {
  return { ok: false, reason };
}
