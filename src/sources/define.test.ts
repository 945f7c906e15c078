import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { Channel } from '../domain/event.ts';
import { own } from './_kit/json.ts';
import { anyOf, hexHmac } from './_kit/signatures.ts';
import { defineSource, fromHeader, ignored, on } from './define.ts';

const source = defineSource({
  id: 'acme',
  tells: 'builds',
  title: 'Acme',
  stability: 'beta',
  forms: false,
  keepHeaders: [],
  verify: anyOf(hexHmac({ header: 'X-Acme', prefix: '' })),
  deliveryKey: () => null,
  hook: fromHeader('X-Acme-Event'),
  action: ({ payload }) => own(payload, 'action'),
  readers: {
    note: on(z.object({ note: z.object({ number: z.int() }) }), () => []),
    ping: on(z.object({}), () => ignored('a ping')),
  },
  imports: { note: on(z.object({ note: z.object({ text: z.string() }) }), () => []) },
});

function interpret(hook: string | undefined, payload: unknown, channel: Channel = 'webhook') {
  const headers = { 'x-acme-event': hook };
  return source.interpret({
    instance: '',
    headers,
    body: Buffer.alloc(0),
    payload,
    key: 'k',
    receivedAt: 0,
    channel,
  });
}

describe('a defined source', () => {
  it('accepts what its reader reads', () => {
    expect(interpret('note', { action: 'made', note: { number: 1 } })).toEqual({
      outcome: 'accepted',
      kind: 'note.made',
      events: [],
    });
  });

  it('reads what was imported by what its envelope says it is', () => {
    const note = { import: 'note', note: { text: 'hello' } };
    expect(interpret('note', note, 'import')).toEqual({ outcome: 'accepted', kind: 'import.note', events: [] });
    expect(interpret(undefined, { import: 'note' }, 'import')).toMatchObject({ outcome: 'dead_letter' });
    for (const name of ['constructor', 'ping', undefined])
      expect(interpret('ping', { import: name }, 'import')).toMatchObject({ outcome: 'dead_letter' });
  });

  it('ignores what its reader ignores, and what it has no reader for', () => {
    expect(interpret('ping', {})).toEqual({ outcome: 'ignored', kind: 'ping', reason: 'a ping' });
    expect(interpret('star', {})).toEqual({
      outcome: 'ignored',
      kind: 'star',
      reason: 'Acme\'s "star" events have no meaning here',
    });
  });

  it.each(['constructor', '__proto__', 'toString'])('has no reader for the hook %s', (hook) => {
    expect(interpret(hook, {})).toMatchObject({ outcome: 'ignored' });
  });

  it('makes a dead letter of what the schema refuses, naming the field and not its value', () => {
    expect(interpret('note', { note: { number: 'hunter2' } })).toEqual({
      outcome: 'dead_letter',
      kind: 'note',
      reason: 'note.number: Invalid input: expected number, received string',
    });
  });

  it.each([null, [], 'text', 1])('makes a dead letter of the payload %j', (payload) => {
    expect(interpret('note', payload)).toMatchObject({ outcome: 'dead_letter', kind: 'note' });
  });

  it.each([undefined, ''])('makes a dead letter of a delivery whose hook is %j', (hook) => {
    expect(interpret(hook, {})).toMatchObject({ reason: expect.stringContaining('X-Acme-Event is missing') });
  });
});
