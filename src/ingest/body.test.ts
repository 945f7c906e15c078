import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../domain/app-error.ts';
import { Gate } from './admission.ts';
import { isTooDeep, MAX_BODY_BYTES, parseBody, readBody } from './body.ts';

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error.code;
  }
  return 'none';
}

const parse = (text: string, contentType?: string, forms = false) => parseBody(Buffer.from(text), contentType, forms);

describe('reading a body', () => {
  const roomy = { deliveries: 10, bytes: 2 * MAX_BODY_BYTES };
  const read = (chunks: readonly Buffer[], declared?: string, gate = new Gate(roomy)) =>
    readBody(Readable.from(chunks), declared, gate.enter());

  it('joins what arrives', async () => {
    expect((await read([Buffer.from('{"a"'), Buffer.from(':1}')])).toString()).toBe('{"a":1}');
  });

  it('refuses a declared length over the cap before it reads anything', async () => {
    await expect(read([], String(MAX_BODY_BYTES + 1))).rejects.toMatchObject({ code: 'too_large' });
  });

  it('counts what really arrives, whatever length was declared', async () => {
    const mebibyte = Buffer.alloc(1024 * 1024);
    await expect(
      read(
        Array.from({ length: 26 }, () => mebibyte),
        '10',
      ),
    ).rejects.toMatchObject({ code: 'too_large' });
    expect((await read(Array.from({ length: 25 }, () => mebibyte))).byteLength).toBe(MAX_BODY_BYTES);
  });

  it('refuses bytes beyond what the server may hold, and gives the place back on release', async () => {
    const gate = new Gate({ deliveries: 2, bytes: 10 });
    const admission = gate.enter();
    await expect(
      readBody(Readable.from([Buffer.alloc(8), Buffer.alloc(8)]), undefined, admission),
    ).rejects.toMatchObject({
      code: 'overloaded',
    });
    expect(gate.inFlight).toMatchObject({ deliveries: 1, bytes: 8 });
    admission.release();
    expect(gate.inFlight).toMatchObject({ deliveries: 0, bytes: 0 });
  });

  it('knows since when the oldest one is in flight, whichever is answered first', () => {
    let now = 1_000;
    const gate = new Gate({ deliveries: 3, bytes: 10 }, () => now++);
    const [first, second] = [gate.enter(), gate.enter()];
    expect(gate.inFlight.oldestSince).toBe(1_000);
    first.release();
    expect(gate.inFlight.oldestSince).toBe(1_001);
    second.release();
    expect(gate.inFlight.oldestSince).toBeNull();
  });

  it('refuses more deliveries at a time than it is set to', () => {
    const gate = new Gate({ deliveries: 1, bytes: 10 });
    const first = gate.enter();
    expect(codeOf(() => gate.enter())).toBe('overloaded');
    first.release();
    expect(codeOf(() => gate.enter())).toBe('none');
  });

  it("calls a sender that hangs up the sender's affair", async () => {
    const stream = Readable.from(
      (async function* () {
        yield Buffer.from('{');
        throw new Error('aborted');
      })(),
    );
    await expect(readBody(stream, undefined, new Gate(roomy).enter())).rejects.toMatchObject({ code: 'invalid_body' });
  });
});

describe('parsing a body', () => {
  it.each([undefined, 'application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/x+json'])(
    'reads JSON sent as %s',
    (contentType) => {
      expect(parse('{"a":[1]}', contentType)).toEqual({ a: [1] });
    },
  );

  it('reads the field `payload` of a form, where the source sends forms', () => {
    const form = new URLSearchParams({ payload: '{"zen":"a & b"}' }).toString();
    expect(parse(form, 'application/x-www-form-urlencoded', true)).toEqual({ zen: 'a & b' });
    expect(codeOf(() => parse(form, 'application/x-www-form-urlencoded', false))).toBe('unsupported_media_type');
    expect(codeOf(() => parse('other=1', 'application/x-www-form-urlencoded', true))).toBe('invalid_body');
  });

  it.each(['text/plain', 'application/xml', 'multipart/form-data; boundary=x'])('refuses %s', (contentType) => {
    expect(codeOf(() => parse('{}', contentType, true))).toBe('unsupported_media_type');
  });

  it.each(['', '{', '{"a":}', 'nope', '\u0000', '{"a":1}{'])('refuses %j, which is not JSON', (text) => {
    expect(codeOf(() => parse(text))).toBe('invalid_body');
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(codeOf(() => parseBody(Buffer.from([0x22, 0xff, 0x22]), undefined, false))).toBe('invalid_body');
  });

  it('never repeats what the body holds', () => {
    const attempt = () => parse('{"token": s3cret}');
    expect(attempt).toThrow(AppError);
    expect(attempt).not.toThrow(/s3cret/);
  });

  it('reads JSON nested 64 levels deep, and refuses 65', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(codeOf(() => parse(nested(64)))).toBe('none');
    expect(codeOf(() => parse(nested(65)))).toBe('invalid_body');
    expect(codeOf(() => parse(`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`))).toBe('invalid_body');
  });

  it('does not count brackets inside strings, whatever is escaped there', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('[', '{', '"', '\\', 'a') }), (text) => {
        expect(isTooDeep(JSON.stringify([text, '['.repeat(80)]))).toBe(false);
      }),
    );
  });
});
