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
    ['a trace context that is none', { ...build, traceparent: '00-0-0-01' }, '/traceparent'],
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
});

describe('what a custom event belongs to', () => {
  const SHA = '304839c04c12d78a94b9b521c237c83ec84e826d';
  const read = (fields: object) => {
    const told = interpret({ ...build, ...fields });
    return told.outcome === 'accepted' ? told.events[0] : undefined;
  };
  const wanted = (fields: object) => read(fields)?.wants ?? [];
  const span = (value: string, via?: string) => ({ type: 'span', scope: '', value, ...(via && { via }) });
  const key = (value: string, via: string) => ({ type: 'issue_key', scope: '', value, via });
  const branch = (value: string, scope = 'shop') => ({ type: 'branch', scope, value });
  const url = (address: unknown) => ({ metadata: { 'vcs.repository.url.full': address } });

  it('is its parent, before the trace in which it is; where they are the same, only that', () => {
    expect(wanted({ parent_id: 'vstrace-x', trace_id: 'vstrace-y' })).toEqual([
      span('vstrace-x', 'parent'),
      span('vstrace-y'),
    ]);
    expect(wanted({ parent_id: 'vstrace-x', trace_id: 'vstrace-x' })).toEqual([span('vstrace-x', 'parent')]);
  });

  describe('by the trace context in which it was told', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const tracestate = 'rojo=1,valuestream=vstrace-github-workflow_run-octo-org%2Fapi-7';
    const run = span('vstrace-github-workflow_run-octo-org/api-7', 'parent');
    const told = (fields: object, headers: Record<string, string>) => {
      const result = customhttp.interpret({ ...raw(headers), payload: { ...build, ...fields }, key: 'k' });
      const event = result.outcome === 'accepted' ? result.events[0] : undefined;
      return [event?.tags?.traceparent, event?.wants ?? []];
    };

    it('is the span that its tracestate names, in the body or in the headers; the body is nearer', () => {
      expect(told({ traceparent, tracestate }, {})).toEqual([traceparent, [run]]);
      expect(told({}, { traceparent, tracestate })).toEqual([traceparent, [run]]);
      const other = traceparent.replace('00f0', '11f1');
      expect(told({ traceparent: other }, { traceparent, tracestate })).toEqual([other, []]);
    });

    it('is nothing that the standard says to pass over', () => {
      expect(told({}, { traceparent: 'nonsense', tracestate })).toEqual([undefined, []]);
      expect(told({}, { tracestate })).toEqual([undefined, []]);
      expect(told({ traceparent }, {})).toEqual([traceparent, []]);
    });

    it('is less than the parent that it names itself', () => {
      expect(told({ traceparent, tracestate, parent_id: 'vstrace-x' }, {})[1]).toEqual([span('vstrace-x', 'parent')]);
    });
  });

  it.each(['build', 'deploy', 'smoke'])('is the commit and the branch that a %s was made from', (type) => {
    expect(read({ type, commit: SHA.toUpperCase(), branch: 'main' })).toMatchObject({
      wants: [{ type: 'commit', scope: '', value: SHA }, branch('main')],
    });
    expect(read({ type, commit: SHA, branch: 'main' })?.provides).toBeUndefined();
  });

  it.each(['pull_request', 'merge_request', 'change'])('is not the commit of a %s, which has made it', (type) => {
    expect(read({ type, commit: SHA, branch: 'fix/ABC-12', ...url('https://git.example/a/b') })).toMatchObject({
      provides: [
        { type: 'commit', scope: 'shop', value: SHA },
        branch('fix/ABC-12', 'git.example/a/b'),
        branch('fix/ABC-12'),
      ],
      wants: [key('ABC-12', 'branch')],
    });
  });

  it('is the commit of the repository that the metadata tell', () => {
    expect(wanted({ commit: SHA, branch: 'main', ...url('https://GitHub.com/acme/app.git') })).toEqual([
      { type: 'commit', scope: 'github.com/acme/app', value: SHA },
      branch('main', 'github.com/acme/app'),
      branch('main'),
    ]);
    for (const address of ['acme/app', 7, null, 'javascript:alert(1)'])
      expect(wanted({ commit: SHA, ...url(address) })).toEqual([{ type: 'commit', scope: '', value: SHA }]);
  });

  it("is of the namespace alone where it is no commit of git's", () => {
    for (const commit of ['4711', 'r12', 'v1.2.3'])
      expect(wanted({ commit })).toEqual([{ type: 'commit', scope: 'shop', value: commit }]);
  });

  it('is what its branch names, by whatever event: a later one without it takes nothing back', () => {
    expect(wanted({ branch: 'fix/vstrace-github-issue-api-27' })).toContainEqual(
      span('vstrace-github-issue-api-27', 'branch'),
    );
    expect(read({ branch: 'fix/abc-12' })).not.toHaveProperty('mentions');
  });

  it('is what its title names now, until another event has one', () => {
    expect(read({ title: 'ABC-12: as vstrace-github-issue-api-27' })?.mentions).toEqual([
      span('vstrace-github-issue-api-27', 'title'),
      key('ABC-12', 'title'),
    ]);
    expect(read({ title: 'Build 7' })?.mentions).toEqual([]);
    expect(read({})).not.toHaveProperty('mentions');
  });

  it.each([
    ['issue', 'ABC-12', true],
    ['ticket', 'ABC-12', true],
    ['issue', 'abc-12', false],
    ['issue', 'x ABC-12', false],
    ['issue', '12', false],
    ['build', 'ABC-12', false],
  ])('is found by the key of an issue: a %s called %s, %s', (type, id, isFound) => {
    const provides = isFound ? [{ type: 'issue_key', scope: '', value: id }] : undefined;
    expect(read({ type, id })?.provides).toEqual(provides);
  });

  it('is bounded, whatever stands in its texts', () => {
    const title = Array.from({ length: 90 }, (_, index) => `ABC-${index + 1}`).join(' ');
    expect(read({ title })?.mentions).toHaveLength(32);
    expect(wanted({ branch: 'vstrace-a-1,A1-1,'.repeat(30) }).length).toBeLessThanOrEqual(32);
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
