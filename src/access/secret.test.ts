import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashOf, isSecret, newSecret } from './secret.ts';

describe('a secret', () => {
  it('is a prefix that scanners know and 49 letters and digits', () => {
    expect(newSecret('token')).toMatch(/^vst_[0-9A-Za-z]{49}$/);
    expect(newSecret('session')).toMatch(/^vss_[0-9A-Za-z]{49}$/);
    expect(newSecret('link')).toMatch(/^vso_[0-9A-Za-z]{49}$/);
  });

  it('is another one each time, and known for one of its kind', () => {
    const secrets = Array.from({ length: 200 }, () => newSecret('token'));
    expect(new Set(secrets).size).toBe(secrets.length);
    expect(secrets.every((secret) => isSecret('token', secret))).toBe(true);
    expect(secrets.some((secret) => isSecret('session', secret))).toBe(false);
  });

  // The checksum as other programs compute it: CRC-32 of what stands before it, to base 62, in six digits.
  it('ends in the checksum that scanners compute', () => {
    const body = `vst_${'0'.repeat(43)}`;
    expect(isSecret('token', `${body}3OSA8t`)).toBe(true);
  });

  it('is not known any more with one character changed, missing or added', () => {
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    const secret = newSecret('token');
    fc.assert(
      fc.property(fc.nat(secret.length - 1), fc.constantFrom(...alphabet), (at, other) => {
        fc.pre(secret[at] !== other);
        expect(isSecret('token', secret.slice(0, at) + other + secret.slice(at + 1))).toBe(false);
        expect(isSecret('token', secret.slice(0, at) + secret.slice(at + 1))).toBe(false);
        expect(isSecret('token', secret.slice(0, at) + other + secret.slice(at))).toBe(false);
      }),
    );
  });

  it('is stored as its SHA-256', () => {
    expect(hashOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
