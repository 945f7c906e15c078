import { describe, expect, it } from 'vitest';

import { customhttp } from './index.ts';

const build = { id: '7', namespace: 'shop', type: 'build', action: 'start' };

function raw(headers: Record<string, string> = {}) {
  return {
    instance: '',
    headers,
    body: Buffer.alloc(0),
    receivedAt: Date.UTC(2026, 2, 6),
    channel: 'webhook' as const,
  };
}

const interpret = (payload: unknown) => customhttp.interpret({ ...raw(), payload, key: 'k' });

function pointersOf(payload: unknown): readonly string[] {
  const read = interpret(payload);
  return read.outcome === 'invalid' ? read.errors.map(({ pointer }) => pointer) : [];
}

describe('custom HTTP', () => {
  it.each([
    ['half a character in an id', { ...build, id: 'a\ud800' }, '/id'],
    ['the state unknown, called an action', { ...build, action: 'unknown' }, '/action'],
    ['a transition without its stage', { ...build, action: 'transition' }, '/stage'],
    ['two words for one field, at the second', { ...build, error: true, is_error: true }, '/is_error'],
    ['an address that is no web page', { ...build, url: 'javascript:alert(1)' }, '/url'],
    ['a time that says "not set"', { ...build, time: '0001-01-01T00:00:00Z' }, '/time'],
    [
      'a name in the metadata that would be lost',
      { ...build, metadata: JSON.parse('{"__proto__": "x"}') },
      '/metadata/__proto__',
    ],
    ['metadata that is not flat', { ...build, metadata: { 'a/b': {} } }, '/metadata/a~1b'],
  ])('refuses %s', (_what, payload, pointer) => {
    expect(pointersOf(payload)).toEqual([pointer]);
    expect(pointersOf([build, payload])).toEqual([`/1${pointer}`]);
  });

  it('takes the state unknown by the word of the model', () => {
    const { action: _action, ...rest } = build;
    expect(interpret({ ...rest, state: 'unknown' })).toMatchObject({ events: [{ state: 'unknown' }] });
  });

  it('is of the command line when that says so', () => {
    expect(customhttp.channelOf?.({ 'x-vs-channel': 'cli' })).toBe('cli');
    expect(customhttp.channelOf?.({ 'x-vs-channel': 'correction' })).toBe('webhook');
    const told = customhttp.interpret({ ...raw(), channel: 'cli', payload: build, key: 'k' });
    expect(told).toMatchObject({ events: [{ channel: 'cli' }] });
  });

  it('wants and provides the commit, and wants a span only once', () => {
    const commit = { type: 'commit', scope: 'shop', value: 'abc' };
    const span = { type: 'span', scope: '', value: 'vstrace-x' };
    expect(interpret({ ...build, commit: 'abc', parent_id: 'vstrace-x', trace_id: 'vstrace-x' })).toMatchObject({
      events: [{ provides: [commit], wants: [span, commit] }],
    });
  });
});

describe('the delivery of custom HTTP', () => {
  const timed = { ...build, time: '2026-03-06T09:00:00Z' };

  it.each([
    ['by its webhook-id', { 'webhook-id': 'msg_1', 'idempotency-key': 'other' }, build, 'msg_1'],
    ['by its Idempotency-Key', { 'webhook-id': '', 'idempotency-key': '"night-1"' }, build, 'night-1'],
    ['by its body, where every event has a time', {}, [timed, timed], undefined],
    ['by nothing, where one has none', {}, [timed, build], null],
    ['by nothing, where it is no event at all', {}, null, null],
  ])('is known again %s', (_how, headers, payload, key) => {
    expect(customhttp.deliveryKey(raw({ ...headers }), payload)).toBe(key);
  });
});
