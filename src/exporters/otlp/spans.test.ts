import { describe, expect, it } from 'vitest';
import { event, MINUTE, MONDAY, ofBuild } from '../../../test/support/events.ts';
import type { Event } from '../../domain/event.ts';
import { fold } from '../../domain/fold.ts';
import { identityKey } from '../../domain/identity.ts';
import type { Pin } from '../../domain/pin.ts';
import type { FoldedAttempt } from '../../domain/span.ts';
import type { ExportPlace, ExportSubject } from '../../store/exports.ts';
import { Pinning } from './pinning.ts';
import { partsOf, type SpanSettings } from './spans.ts';

const settings: SpanSettings = { mode: 'whole', pendingSpans: false, serviceName: 'valuestream' };

function placeOf({ key, ordinal, operation }: FoldedAttempt, id = 'web-7'): ExportPlace {
  const { identity } = ofBuild(id);
  const key_ = identityKey(identity);
  return { identityId: 1, identityKey: key_, spanId: `s-${id}`, attemptKey: key, ordinal, operation, pin: null };
}

/** The last attempt of a build that these events tell. */
function subjectOf(events: readonly Event[], more: Partial<ExportSubject> = {}): ExportSubject {
  const attempt = fold(events).attempts.at(-1);
  if (attempt === undefined) throw new Error('there is no attempt');
  return {
    ...{ source: 'customhttp', instance: '', lineage: [placeOf(attempt)], attempt },
    ...{ links: [], previous: [], children: [], deployments: [], events: [], exported: [] },
    ...{ linksBeyond: 0, version: '' },
    ...more,
  };
}

function recordOf(subject: ExportSubject, given: Partial<SpanSettings> = {}) {
  const own = { ...settings, ...given };
  const part = partsOf(subject, new Pinning(own.mode), own).find((one) => one.part === 'span');
  if (part === undefined) throw new Error('there is nothing to export');
  return part.record();
}

const told = (more: Partial<Event>) => recordOf(subjectOf([event('start', 0), event('end', 5, more)]));

describe('the name and the kind of a span', () => {
  it.each([
    ['pipeline', { 'cicd.pipeline.name': 'CI' }, 'RUN CI', 'server'],
    ['build', { 'cicd.pipeline.name': 'team/api' }, 'BUILD team/api', 'server'],
    ['build', { 'cicd.pipeline.name': 'CI', 'cicd.pipeline.task.name': 'test' }, 'test', 'internal'],
    ['deploy', { 'deployment.environment.name': 'production' }, 'deploy production', 'internal'],
    ['deploy', { 'deployment.environment.name': 'staging' }, 'deploy staging', 'internal'],
    [
      'deploy',
      { 'deployment.environment.name': 'eu-1', 'valuestream.environment.tier': 'production' },
      'deploy production',
      'internal',
    ],
    // One for each pull request: of those there is no end.
    [
      'deploy',
      { 'deployment.environment.name': 'review/pr-123', 'valuestream.environment.tier': 'development' },
      'deploy development',
      'internal',
    ],
    ['deploy', { 'deployment.environment.name': 'review/pr-123' }, 'deploy', 'internal'],
    ['deploy', { 'cicd.pipeline.name': 'Release' }, 'RUN Release', 'server'],
    ['pull_request', { 'vcs.change.title': 'Mend the cart' }, 'pull_request', 'internal'],
    ['incident', {}, 'incident', 'internal'],
  ])('of a %s with %o is "%s", %s', (operation, tags, name, kind) => {
    expect(told({ operation, tags })).toMatchObject({ name, kind: kind === 'server' ? 1 : 0 });
  });
});

describe('what a span says of its end', () => {
  it.each([
    ['success', undefined, 'success'],
    ['failure', 'failure', 'failure'],
    ['error', 'error', 'error'],
    ['timeout', 'timeout', 'timeout'],
    ['cancelled', undefined, 'cancellation'],
    ['skipped', undefined, 'skip'],
    ['unknown', undefined, undefined],
  ] as const)('%s has the error type %s and is called %s', (result, errorType, word) => {
    const { attributes, isError } = told({ result });
    expect([attributes['error.type'], attributes['cicd.pipeline.result']]).toEqual([errorType, word]);
    expect(isError).toBe(errorType !== undefined);
  });

  it('is that of a task where it is one, and of a deployment too where it is that', () => {
    const tags = { 'cicd.pipeline.task.name': 'deploy' };
    expect(told({ operation: 'deploy', result: 'failure', tags }).attributes).toMatchObject({
      'cicd.pipeline.task.run.result': 'failure',
      'cicd.pipeline.task.type': 'deploy',
      'deployment.status': 'failed',
    });
  });

  it('is an error of no known type where only that is told', () => {
    expect(told({ isError: true }).attributes['error.type']).toBe('_OTHER');
  });
});

describe('a span whose times are not both known', () => {
  it('has no length, and says why', () => {
    const end = subjectOf([event('end', 5)]);
    expect(recordOf(end)).toMatchObject({
      startedAt: MONDAY + 5 * MINUTE,
      finishedAt: MONDAY + 5 * MINUTE,
      attributes: { 'valuestream.anomalies': ['end_without_start'] },
    });
    const [first] = fold([event('start', 5, { attempt: 1 }), event('end', 2, { attempt: 1 })]).attempts;
    if (first === undefined) throw new Error('there is no attempt');
    expect(recordOf({ ...end, attempt: first })).toMatchObject({
      startedAt: MONDAY + 5 * MINUTE,
      finishedAt: MONDAY + 5 * MINUTE,
      attributes: { 'valuestream.anomalies': ['ends_before_start'] },
    });
  });
});

describe('attributes', () => {
  it('never replace what we say, and a service has a name of its own beside that of the resource', () => {
    const tags = { 'valuestream.span.id': 'made up', 'service.name': 'checkout', 'user.name': 'nobody' };
    const { attributes, resource } = told({ tags, actor: 'ada' });
    expect(attributes).toMatchObject({
      'valuestream.span.id': 's-web-7',
      'valuestream.service.name': 'checkout',
      'user.name': 'ada',
    });
    expect(attributes).not.toHaveProperty('service.name');
    expect(resource['service.name']).toBe('valuestream');
  });

  it('are cut where backends would, and never inside of a character', () => {
    const { attributes } = told({ title: `${'x'.repeat(2_047)}😀` });
    expect(attributes['valuestream.title']).toBe(`${'x'.repeat(2_047)}\u{FFFD}`);
  });

  it('are 32 at most, those that matter first, and the rest is counted', () => {
    const tags = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`a${index}`, true]));
    const { attributes, droppedAttributes } = told({ tags, title: 'Build', result: 'success' });
    expect(Object.keys(attributes)).toHaveLength(32);
    expect(attributes).toMatchObject({ 'valuestream.title': 'Build', 'cicd.pipeline.result': 'success' });
    const said = Object.keys(told({ title: 'Build', result: 'success' }).attributes).length;
    expect(droppedAttributes).toBe(50 + said - 32);
  });
});

describe('events', () => {
  it('are called by their kind, and 128 at most', () => {
    const events = Array.from({ length: 130 }, (_, index) =>
      event('intermediary', 1, { key: `labeled#${index}`, actor: 'ada' }),
    );
    const record = recordOf(subjectOf([event('start', 0), event('end', 5)], { events }));
    expect([record.events.length, record.droppedEvents]).toEqual([128, 2]);
    expect(record.events[0]).toEqual({
      name: 'labeled',
      at: MONDAY + MINUTE,
      attributes: { 'valuestream.event.key': 'labeled#0', 'user.name': 'ada' },
    });
  });
});

describe('links', () => {
  it('to what was exported before are each there, 128 at most, and the rest is counted', () => {
    const [attempt] = fold([event('start', 0)]).attempts;
    if (attempt === undefined) throw new Error('there is no attempt');
    const children = Array.from({ length: 200 }, (_, index): ExportPlace => {
      const place = placeOf(attempt, `child-${index}`);
      const traceId = index.toString(16).padStart(32, '0');
      return {
        ...place,
        pin: { attemptKey: place.attemptKey, ordinal: 1, traceId, spanId: 'c'.repeat(16), isChanged: false },
      };
    });
    const { links, droppedLinks } = recordOf(
      subjectOf([event('start', 0), event('end', 5)], { children, linksBeyond: 3 }),
    );
    expect([links.length, droppedLinks]).toEqual([128, 200 - 128 + 3]);
    expect(links.at(-1)).toMatchObject({ attributes: { 'valuestream.link.kind': 'caused' } });
  });
});

describe('a second life', () => {
  it('is linked to the first, under other ids', () => {
    const run = (attempt: number, state: Event['state'], minute: number) => event(state, minute, { attempt });
    const events = [run(1, 'start', 0), run(1, 'end', 1), run(2, 'start', 2), run(2, 'end', 3)];
    const [first] = fold(events).attempts;
    if (first === undefined) throw new Error('there is no first life');
    const record = recordOf(subjectOf(events, { previous: [placeOf(first)] }));
    expect(record.links).toMatchObject([{ attributes: { 'valuestream.link.kind': 'previous_attempt' } }]);
    expect(record.links[0]?.spanId).not.toBe(record.spanId);
  });
});

describe('the trace context in which something was told', () => {
  const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
  const tags = { traceparent: `00-${traceId}-${spanId}-01` };
  const events = [event('start', 0), event('end', 5, { tags })];

  it('is linked, whoever has made it', () => {
    expect(recordOf(subjectOf(events)).links).toEqual([
      { traceId, spanId, attributes: { 'valuestream.link.kind': 'traceparent' } },
    ]);
  });

  it('is no second link to a span that it is below of already, nor to itself', () => {
    const [attempt] = fold(events).attempts;
    if (attempt === undefined) throw new Error('there is no attempt');
    const pin: Pin = { attemptKey: attempt.key, ordinal: 1, traceId, spanId, isChanged: false };
    const cause = { ...placeOf(attempt, 'cause'), identityId: 2, pin };
    const below = recordOf(subjectOf(events, { lineage: [placeOf(attempt), cause] }));
    expect(below).toMatchObject({ traceId, parentSpanId: spanId, links: [] });
    expect(recordOf(subjectOf(events, { lineage: [{ ...placeOf(attempt), pin }] })).links).toEqual([]);
  });

  it.each(['', 'nonsense', `00-${'0'.repeat(32)}-${spanId}-01`])('is none where it is %j', (traceparent) => {
    expect(told({ tags: { traceparent } }).links).toEqual([]);
  });
});

describe('the fingerprint', () => {
  const fingerprint = (end: Partial<Event>, more: Partial<ExportSubject> = {}) =>
    partsOf(subjectOf([event('start', 0), event('end', 5, end)], more), new Pinning('whole'), settings)[0]?.fingerprint;
  const attempt = fold([event('start', 0)]).attempts[0];
  if (attempt === undefined) throw new Error('there is no attempt');

  it('is another one where a backend has something wrong', () => {
    const lineage = [placeOf(attempt), placeOf(attempt, 'cause')] as const;
    const all = [
      {},
      { title: 'T' },
      { result: 'failure' },
      { tags: { a: 1 } },
      { occurredAt: MONDAY + MINUTE },
    ] as const;
    expect(new Set([...all.map((end) => fingerprint(end)), fingerprint({}, { lineage })]).size).toBe(all.length + 1);
  });

  it('is the same where only more was told in between, or ids were given out', () => {
    const events = [event('intermediary', 2)];
    const pin = { attemptKey: attempt.key, ordinal: 1, traceId: 'abc', spanId: 'def', isChanged: false };
    expect(fingerprint({}, { events, lineage: [{ ...placeOf(attempt), pin }] })).toBe(fingerprint({}));
  });
});
