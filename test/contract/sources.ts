import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/domain/event.ts';
import { kindOf } from '../../src/sources/_kit/kind.ts';
import type { Delivery, Interpretation, RawDelivery, Source } from '../../src/sources/contract.ts';

export const RECEIVED_AT = Date.UTC(2026, 2, 6, 12);

/** One way to sign: the headers to add, and the name that the verification answers with. */
export interface Signer {
  readonly scheme: string;
  readonly secret: string;
  readonly otherSecret: string;
  /** `at` is when it is sent, for senders that tell it. */
  readonly sign: (body: Buffer, secret: string, at?: number) => Record<string, string>;
  /** The header that carries the signature. */
  readonly header: string;
}

/** One way to send the secret as it is, which proves nothing of the body. */
export interface Token {
  readonly scheme: string;
  readonly send: (secret: string) => { readonly headers?: Record<string, string>; readonly token?: string };
}

interface Fixture {
  readonly name: string;
  readonly delivery: Delivery;
  readonly expected: unknown;
}

const HEADINGS = ['Switch it on', 'What comes out', 'What it cannot tell', 'What needs an import'];

/** The law of `Source`: what every source gets for being one. */
export function sourceContract(
  source: Source,
  folder: string,
  { signers = [], tokens = [] }: { readonly signers?: readonly Signer[]; readonly tokens?: readonly Token[] },
): void {
  const fixtures = fixturesIn(join(folder, 'fixtures'));
  describe(`${source.title} keeps the source contract`, () => {
    it('is called by lower-case letters', () => {
      expect(source.id).toMatch(/^[a-z]+$/);
    });

    it('says how to switch it on, what comes out, and what it cannot tell', () => {
      const text = existsSync(join(folder, 'README.md')) ? readFileSync(join(folder, 'README.md'), 'utf8') : '';
      expect([...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual(HEADINGS);
    });

    it('has an example of every hook that it reads', () => {
      const kinds = fixtures.map(({ delivery }) => source.interpret(delivery).kind);
      const named = 'hooks' in source && Array.isArray(source.hooks) ? source.hooks : [];
      const hooks = named.map((hook) => kindOf(hook));
      expect(hooks.filter((hook) => !kinds.some((kind) => kind === hook || kind.startsWith(`${hook}.`)))).toEqual([]);
      expect(kinds).not.toEqual([]);
    });

    it('keeps no header that holds a secret or a signature', () => {
      expect(source.keepHeaders.filter((name) => /signature|token|auth|cookie|secret/.test(name))).toEqual([]);
    });

    it.each(fixtures)('reads $name as it is expected', ({ delivery, expected }) => {
      expect(readable(source.interpret(delivery))).toEqual(expected);
    });

    it.each(fixtures)('reads $name twice the same, and leaves it as it was', ({ delivery }) => {
      const before = structuredClone(delivery.payload);
      expect(source.interpret(delivery)).toEqual(source.interpret(delivery));
      expect(delivery.payload).toEqual(before);
    });

    it.each(fixtures)('reads $name from what is stored of it', ({ delivery }) => {
      const stored = Object.entries(delivery.headers).filter(([name]) => source.keepHeaders.includes(name));
      const again = { ...delivery, headers: Object.fromEntries(stored) };
      expect(source.interpret(again)).toEqual(source.interpret(delivery));
      expect(source.keepHeaders).toContain('content-type');
    });

    it.each(fixtures)('gives events of $name that survive another thread and JSON', ({ delivery }) => {
      const read = source.interpret(delivery);
      expect(structuredClone(read)).toEqual(read);
      expect(JSON.parse(JSON.stringify(read))).toEqual(read);
    });

    const hostile: readonly unknown[] = [
      null,
      true,
      1,
      'text',
      [],
      [[]],
      {},
      { action: {} },
      { ['__proto__']: 1 },
      { constructor: { prototype: 1 } },
    ];
    it.each(hostile.map((payload) => [payload]))('answers the hostile payload %j, and never throws', (payload) => {
      for (const { delivery } of fixtures) {
        const { outcome } = source.interpret({ ...delivery, payload });
        expect(['accepted', 'ignored', 'dead_letter', 'invalid']).toContain(outcome);
        expect([undefined, null, 'string']).toContain(typeOfKey(source.deliveryKey(delivery, payload)));
      }
    });

    it('answers whatever stands in a field, with times that are times', () => {
      const values = fc.oneof(
        fc.anything({ withNullPrototype: false }),
        fc.constantFrom('', '0001-01-01T00:00:00Z', 1e308),
      );
      fc.assert(
        fc.property(fc.constantFrom(...fixtures), values, fc.nat(), ({ delivery }, value, which) => {
          const payload = withOneFieldChanged(delivery.payload, value, which);
          const read = source.interpret({ ...delivery, payload });
          const events = read.outcome === 'accepted' ? read.events : [];
          expect(events.flatMap(timesOf).every(Number.isSafeInteger)).toBe(true);
        }),
        { numRuns: 500 },
      );
    });

    describe.each(signers)('signed by $scheme', ({ scheme, secret, otherSecret, sign, header }) => {
      const [fixture] = fixtures;
      const body = Buffer.from(JSON.stringify(fixture?.delivery.payload));
      const raw = (headers: Record<string, string>, bytes = body): RawDelivery => ({
        instance: '',
        headers: { ...fixture?.delivery.headers, ...headers },
        body: bytes,
        receivedAt: RECEIVED_AT,
        channel: 'webhook',
      });
      const signed = sign(body, secret);
      const signature = signed[header.toLowerCase()] ?? '';
      const verify = (headers: Record<string, string>, secrets = [secret], bytes = body) =>
        source.verify(raw(headers, bytes), secrets);
      const refused = { ok: false, reason: expect.stringMatching(/\w/) };

      it('is accepted', () => {
        expect(verify(signed)).toEqual({ ok: true, scheme });
      });

      it('is accepted by the second of two secrets', () => {
        expect(verify(signed, [otherSecret, secret])).toEqual({ ok: true, scheme });
      });

      it('is refused with one flipped byte anywhere in the body', () => {
        for (const index of [0, Math.floor(body.length / 2), body.length - 1]) {
          const flipped = Buffer.from(body);
          flipped[index] = (flipped[index] ?? 0) ^ 1;
          expect(verify(signed, [secret], flipped)).toEqual(refused);
        }
      });

      it('is refused with one flipped character in the signature', () => {
        const at = signature.length - 4;
        const other = signature[at] === 'a' ? 'b' : 'a';
        const flipped = signature.slice(0, at) + other + signature.slice(at + 1);
        expect(verify({ ...signed, [header.toLowerCase()]: flipped })).toEqual(refused);
      });

      it.each(['', 'x', 'sha256=', 'v1,', 'ü'.repeat(80)])('is refused with the signature %j', (wrong) => {
        expect(verify({ ...signed, [header.toLowerCase()]: wrong })).toEqual(refused);
      });

      it('is refused when the signature is cut short or missing', () => {
        expect(verify({ ...signed, [header.toLowerCase()]: signature.slice(0, -1) })).toEqual(refused);
        expect(verify({})).toEqual(refused);
      });

      it('is refused with another secret', () => {
        expect(verify(signed, [otherSecret])).toEqual(refused);
      });
    });

    describe.each(tokens)('proved by $scheme', ({ scheme, send }) => {
      const secret = 'the secret of this sender, with spaces: and colons'.replaceAll(' ', '-');
      const body = Buffer.from(JSON.stringify(fixtures[0]?.delivery.payload));
      const verify = (given: ReturnType<typeof send>, secrets = [secret]) => {
        const { headers = {}, token } = given;
        const raw: RawDelivery = { instance: '', headers, body, receivedAt: RECEIVED_AT, channel: 'webhook' };
        return source.verify(token === undefined ? raw : { ...raw, token }, secrets);
      };
      const refused = { ok: false, reason: expect.not.stringContaining(secret) };

      it('is accepted, also by the second of two secrets', () => {
        expect(verify(send(secret))).toEqual({ ok: true, scheme });
        expect(verify(send(secret), ['another', secret])).toEqual({ ok: true, scheme });
      });

      it.each(['', 'x', 'the-secret', 'ü'.repeat(200)])('is refused with %j', (wrong) => {
        expect(verify(send(wrong))).toEqual(refused);
      });

      it('is refused where it is missing, or is cut short', () => {
        expect(verify({})).toEqual(refused);
        expect(verify(send(secret.slice(0, -1)))).toEqual(refused);
      });
    });
  });
}

function fixturesIn(folder: string): Fixture[] {
  return globSync('*.request.json', { cwd: folder })
    .sort()
    .map((file) => {
      const name = basename(file, '.request.json');
      const { headers, payload } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      const body = Buffer.from(JSON.stringify(payload));
      const delivery: Delivery = {
        instance: '',
        headers,
        body,
        payload,
        key: 'delivery-1',
        receivedAt: RECEIVED_AT,
        channel: 'webhook',
      };
      const expectedFile = join(folder, `${name}.expected.json`);
      const expected: unknown = existsSync(expectedFile) ? JSON.parse(readFileSync(expectedFile, 'utf8')) : 'missing';
      return { name, delivery, expected };
    });
}

/** An interpretation as a fixture writes it: identities in one line, times as people read them. */
function readable(interpretation: Interpretation): unknown {
  if (interpretation.outcome !== 'accepted') return interpretation;
  return { ...interpretation, events: interpretation.events.map(readableEvent) };
}

function readableEvent({ identity, name, receivedAt: _same, ...event }: Event): unknown {
  const { source, instance, kind, scope, id } = identity;
  const time = (at: number | undefined) => (at === undefined ? {} : new Date(at).toISOString());
  return {
    identity: [source, instance, kind, scope, id].join(' | '),
    name: `${name.scope} | ${name.id}`,
    ...event,
    occurredAt: time(event.occurredAt),
    observedAt: time(event.observedAt),
    ...(event.startedAt === undefined ? {} : { startedAt: time(event.startedAt) }),
  };
}

function timesOf({ occurredAt, observedAt, receivedAt, startedAt = 0, precisionMs }: Event): number[] {
  return [occurredAt, observedAt, receivedAt, startedAt, precisionMs];
}

function typeOfKey(key: unknown): unknown {
  return key === null || key === undefined ? key : typeof key;
}

/** The payload with the n-th of all its fields, counted through every level, set to another value. */
function withOneFieldChanged(payload: unknown, value: unknown, which: number): unknown {
  const copy = structuredClone(payload);
  const places: [Record<string, unknown>, string][] = [];
  const visit = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      const holder = node as Record<string, unknown>;
      places.push([holder, key]);
      visit(holder[key]);
    }
  };
  visit(copy);
  const place = places[which % Math.max(1, places.length)];
  if (place === undefined) return value;
  place[0][place[1]] = value;
  return copy;
}
