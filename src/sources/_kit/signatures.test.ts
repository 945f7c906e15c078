import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RawDelivery } from '../contract.ts';
import { anyOf, hexHmac, standardWebhooks } from './signatures.ts';

const raw = (body: string, headers: Record<string, string>, receivedAt = 0): RawDelivery => ({
  instance: '',
  headers,
  body: Buffer.from(body),
  channel: 'webhook',
  receivedAt,
});

describe('an HMAC in hex', () => {
  const verify = anyOf(hexHmac({ header: 'X-Hub-Signature-256', prefix: 'sha256=' }));
  // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
  const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  const secret = "It's a Secret to Everybody";

  it("fits GitHub's documented example", () => {
    const delivery = raw('Hello, World!', { 'x-hub-signature-256': signature });
    expect(verify(delivery, [secret])).toEqual({ ok: true, scheme: 'hmac-sha256' });
  });

  it('is not made by an empty secret', () => {
    const delivery = raw('Hello, World!', { 'x-hub-signature-256': signature });
    expect(verify(delivery, [''])).toMatchObject({ ok: false });
  });

  it('is checked on the bytes, also where they are no text', () => {
    const body = Buffer.from([0xff, 0xfe, 0x00]);
    const sign = (bytes: Buffer | string) => `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`;
    const check = (signed: string) => verify({ ...raw('', { 'x-hub-signature-256': signed }), body }, [secret]);
    expect(check(sign(body))).toMatchObject({ ok: true });
    expect(check(sign(body.toString('utf8')))).toMatchObject({ ok: false });
  });
});

describe('Standard Webhooks', () => {
  const verify = anyOf(standardWebhooks(), hexHmac({ header: 'X-VS-Signature', prefix: 'sha256=' }));
  // The example of https://github.com/standard-webhooks/standard-webhooks, in its libraries' tests.
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const body = '{"test": 2432232314}';
  const at = 1_614_265_330;
  const headers = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': String(at),
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };
  const accepted = { ok: true, scheme: 'standard-webhooks' };

  it('fits the documented example, with and without the prefix of the secret', () => {
    expect(verify(raw(body, headers, at * 1_000), [secret])).toEqual(accepted);
    expect(verify(raw(body, headers, at * 1_000), [secret.slice('whsec_'.length)])).toEqual(accepted);
  });

  it('takes any of several signatures', () => {
    const several = { ...headers, 'webhook-signature': `v1a,AAAA v1,AAAA ${headers['webhook-signature']}` };
    expect(verify(raw(body, several, at * 1_000), [secret])).toEqual(accepted);
  });

  it.each([-301, 301])('is refused %i seconds away from its time', (seconds) => {
    expect(verify(raw(body, headers, (at + seconds) * 1_000), [secret])).toMatchObject({ ok: false });
  });

  it.each([-299, 299])('is accepted %i seconds away from its time', (seconds) => {
    expect(verify(raw(body, headers, (at + seconds) * 1_000), [secret])).toEqual(accepted);
  });

  it('is refused when another id or time is put to it', () => {
    expect(verify(raw(body, { ...headers, 'webhook-id': 'msg_2' }, at * 1_000), [secret])).toMatchObject({ ok: false });
    const later = { ...headers, 'webhook-timestamp': String(at + 1) };
    expect(verify(raw(body, later, at * 1_000), [secret])).toMatchObject({ ok: false });
  });

  it('never falls back to the simpler signature when its own is there', () => {
    const both = { ...headers, 'webhook-signature': 'v1,AAAA', 'x-vs-signature': `sha256=${'0'.repeat(64)}` };
    expect(verify(raw(body, both, at * 1_000), [secret])).toMatchObject({
      ok: false,
      reason: expect.stringContaining('webhook-signature'),
    });
  });
});

describe('a request with a choice of signatures', () => {
  const body = Buffer.from('{}');
  const verify = anyOf(standardWebhooks(), hexHmac({ header: 'X-VS-Signature', prefix: 'sha256=' }));
  const hexOf = (key: string) => `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
  const request = (headers: Record<string, string>) => ({
    instance: '',
    headers,
    body,
    receivedAt: 1_614_265_330_000,
    channel: 'webhook' as const,
  });

  it('is not let in by the weaker one when the safer one is there and wrong', () => {
    const weaker = { 'x-vs-signature': hexOf('secret') };
    const safer = { 'webhook-id': 'a', 'webhook-timestamp': '1614265330', 'webhook-signature': 'v1,wrong' };
    expect(verify(request(weaker), ['secret'])).toEqual({ ok: true, scheme: 'hmac-sha256' });
    expect(verify(request({ ...weaker, ...safer }), ['secret'])).toMatchObject({ ok: false });
    expect(verify(request({ ...weaker, 'webhook-signature': '' }), ['secret'])).toMatchObject({ ok: false });
  });

  it('is not let in by an empty secret, with which everybody could sign', () => {
    expect(verify(request({ 'x-vs-signature': hexOf('') }), [''])).toMatchObject({ ok: false });
  });
});
