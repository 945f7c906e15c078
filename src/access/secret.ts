import { hash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What each kind of secret begins with, so that scanners and people know it for what it is. */
export const prefixes = { token: 'vst_', session: 'vss_', link: 'vso_' } as const;

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62 to the power of 43 is just above 2 to the power of 256. */
const RANDOM_DIGITS = 43;
/** As many as the 32 bits of a CRC need. */
const CHECK_DIGITS = 6;

/**
 * A new secret of 256 random bits: prefix, 43 digits to base 62, and their CRC-32 in 6 more, by which a scanner tells one of
 * ours from what only looks like it. Letters and digits alone, so that a double click takes all of it.
 */
export function newSecret(kind: keyof typeof prefixes): string {
  const random = Array.from({ length: RANDOM_DIGITS }, () => DIGITS[randomInt(DIGITS.length)]).join('');
  const body = prefixes[kind] + random;
  return body + checksum(body);
}

/** Whether a text is written as a secret of a kind is; says nothing of whether it was ever given out. */
export function isSecret(kind: keyof typeof prefixes, text: string): boolean {
  const length = prefixes[kind].length + RANDOM_DIGITS + CHECK_DIGITS;
  if (text.length !== length || !text.startsWith(prefixes[kind])) return false;
  return checksum(text.slice(0, -CHECK_DIGITS)) === text.slice(-CHECK_DIGITS);
}

/**
 * What is stored in place of a secret: its SHA-256 in hex. A slow hash with a salt is for what people choose; of 256 random
 * bits nobody tries even a small part, however fast each try is, and every request would pay for it.
 */
export function hashOf(secret: string): string {
  return hash('sha256', secret, 'hex');
}

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let count = 0; count < CHECK_DIGITS; count += 1) {
    digits = DIGITS[rest % DIGITS.length] + digits;
    rest = Math.floor(rest / DIGITS.length);
  }
  return digits;
}
