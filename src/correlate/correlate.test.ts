import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { event, MINUTE, MONDAY } from '../../test/support/events.ts';
import { World } from '../../test/support/world.ts';
import type { Event } from '../domain/event.ts';
import type { Reference } from '../domain/reference.ts';
import { retraceSome } from './link.ts';

const open: World[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

function world(...of: ConstructorParameters<typeof World>): World {
  const made = new World(...of);
  open.push(made);
  return made;
}

/** The start, or another event, of a small operation: `build 7`. */
function of(kind: string, id: string, more: Partial<Event> & { minute?: number } = {}): Event {
  const { minute = 0, ...rest } = more;
  const occurredAt = MONDAY + minute * MINUTE;
  return event('start', minute, {
    identity: { source: 'customhttp', instance: '', kind, scope: 'shop', id },
    name: { scope: 'shop', id },
    operation: kind,
    key: `${rest.state ?? 'start'}@${occurredAt}`,
    ...rest,
  });
}

const commit = (value: string, more: Partial<Reference> = {}): Reference => ({
  type: 'commit',
  scope: 'repo:1',
  value: value.repeat(40).slice(0, 40),
  ...more,
});
const run = (value: string, more: Partial<Reference> = {}): Reference => ({ type: 'run', scope: 'ci', value, ...more });
const name = (value: string, more: Partial<Reference> = {}): Reference => ({ type: 'span', scope: '', value, ...more });
const branch = (value: string): Reference => ({ type: 'branch', scope: 'repo:1', value });

const graphOf = async (...deliveries: readonly (readonly Event[])[]) => (await world().tell(deliveries)).graph();

describe('a wanted reference', () => {
  const pull = [of('pull_request', '1', { provides: [commit('a')] })];
  const build = [of('build', '7', { wants: [commit('a')] })];

  it('makes a link where it meets a provided one, whichever came first', async () => {
    const expected = ['customhttp-build-shop-7 ← customhttp-pull_request-shop-1'];
    expect(await graphOf(pull, build)).toEqual(expected);
    expect(await graphOf(build, pull)).toEqual(expected);
  });

  it('never links a span to itself', async () => {
    expect(await graphOf([of('build', '7', { provides: [commit('a')], wants: [commit('a')] })])).toEqual([]);
  });

  it('waits for what provides it to become a span', async () => {
    const remark = [of('pull_request', '1', { state: 'intermediary', provides: [commit('a')] })];
    const made = await world().tell([remark, build]);
    expect(await made.graph()).toEqual([]);
    await made.tell([[of('pull_request', '1', { minute: 1 })]]);
    expect(await made.graph()).toEqual(['customhttp-build-shop-7 ← customhttp-pull_request-shop-1']);
  });

  it('does not meet a commit of the same sha in another repository, but an unknown repository may be any', async () => {
    const mirrored = (scope: string) => [of('build', '7', { wants: [commit('a', { scope })] })];
    expect(await graphOf(pull, mirrored('repo:2'))).toEqual([]);
    expect(await graphOf(pull, mirrored(''))).toEqual(['customhttp-build-shop-7 ← customhttp-pull_request-shop-1']);
  });

  it('finds a commit by its first characters in one repository, if they are those of one commit only', async () => {
    const short = [of('deploy', '9', { wants: [{ ...commit('a'), value: 'aaaaaaaa' }] })];
    const expected = ['customhttp-deploy-shop-9 ← customhttp-pull_request-shop-1'];
    expect(await graphOf(pull, short)).toEqual(expected);
    expect(await graphOf(short, pull)).toEqual(expected);
    const other = [of('pull_request', '2', { provides: [{ ...commit('a'), value: `aaaaaaaa${'b'.repeat(32)}` }] })];
    expect(await graphOf(pull, other, short)).toEqual([]);
    expect(await graphOf(short, other, pull)).toEqual([]);
  });

  it('of a branch meets the pull request that is open at that time', async () => {
    const first = [of('pull_request', '1', { minute: 10, provides: [branch('x')] })];
    const closed = [of('pull_request', '1', { minute: 20, state: 'end', provides: [branch('x')] })];
    const second = [of('pull_request', '2', { minute: 30, provides: [branch('x')] })];
    const builds = [5, 15, 25, 35].map((minute) => [of('build', `at-${minute}`, { minute, wants: [branch('x')] })]);
    const expected = [
      'customhttp-build-shop-at%2D15 ← customhttp-pull_request-shop-1 '.trim(),
      'customhttp-build-shop-at%2D35 ← customhttp-pull_request-shop-2',
    ];
    expect(await graphOf(first, closed, second, ...builds)).toEqual(expected);
    expect(await graphOf(...builds, second, closed, first)).toEqual(expected);
  });

  it('is taken back when a later text does not name it any more', async () => {
    const issues = ['1', '2'].map((id) => [
      of('issue', id, { provides: [{ type: 'issue', scope: 'repo:1', value: id }] }),
    ]);
    const mention = (id: string): Reference => ({ type: 'issue', scope: 'repo:1', value: id, via: 'text' });
    const opened = [of('pull_request', '3', { mentions: [mention('1')] })];
    const edited = [of('pull_request', '3', { minute: 5, state: 'intermediary', mentions: [mention('2')] })];
    const expected = ['customhttp-pull_request-shop-3 ← customhttp-issue-shop-2'];
    expect(await graphOf(...issues, opened, edited)).toEqual(expected);
    expect(await graphOf(edited, opened, ...issues)).toEqual(expected);
  });
});

describe('the one parent', () => {
  const issue = [of('issue', '1', { provides: [{ type: 'issue_key', scope: '', value: 'PAY-1' }] })];
  const pull = [of('pull_request', '2', { provides: [commit('a')] })];
  const pipeline = [of('pipeline', '3', { provides: [run('30')] })];
  const wants: Reference[] = [
    { type: 'issue_key', scope: '', value: 'PAY-1', via: 'branch' },
    commit('a'),
    run('30'),
    name('vstrace-customhttp-sprint-shop-4', { via: 'parent' }),
  ];
  const sprint = [of('sprint', '4')];

  it('is the strongest cause, and the others are links', async () => {
    const build = [of('build', '7', { wants })];
    expect(await graphOf(issue, pull, pipeline, sprint, build)).toEqual([
      'customhttp-build-shop-7 caused_by customhttp-issue-shop-1 (likely)',
      'customhttp-build-shop-7 caused_by customhttp-pipeline-shop-3',
      'customhttp-build-shop-7 caused_by customhttp-pull_request-shop-2',
      'customhttp-build-shop-7 ← customhttp-sprint-shop-4',
    ]);
    expect(await graphOf(build, issue, pull)).toEqual([
      'customhttp-build-shop-7 caused_by customhttp-issue-shop-1 (likely)',
      'customhttp-build-shop-7 ← customhttp-pull_request-shop-2',
    ]);
  });

  it('is waited for where it is named and has not come', async () => {
    const build = [of('build', '7', { wants: [name('vstrace-customhttp-sprint-shop-4', { via: 'parent' })] })];
    const made = await world().tell([build]);
    expect(await made.graph()).toEqual([]);
    const { waiting } = await made.reader.explainLinks('vstrace-customhttp-build-shop-7');
    expect(waiting).toMatchObject([{ key: expect.stringContaining('sprint-shop-4'), via: 'parent' }]);
    await made.tell([sprint]);
    expect(await made.graph()).toEqual(['customhttp-build-shop-7 ← customhttp-sprint-shop-4']);
  });

  it('is never what contains the work', async () => {
    const build = [of('build', '7', { wants: [{ ...run('30'), relation: 'part_of' }] })];
    expect(await graphOf(pipeline, build)).toEqual(['customhttp-build-shop-7 part_of customhttp-pipeline-shop-3']);
  });

  it('of a fix is not the incident, which it fixes', async () => {
    const incident = [of('incident', '1', { provides: [{ type: 'issue', scope: 'repo:1', value: '1' }] })];
    const fix = [of('pull_request', '2', { mentions: [{ type: 'issue', scope: 'repo:1', value: '1', via: 'text' }] })];
    const expected = ['customhttp-pull_request-shop-2 fixes customhttp-incident-shop-1'];
    expect(await graphOf(incident, fix)).toEqual(expected);
    expect(await graphOf(fix, incident)).toEqual(expected);
  });
});

describe('a circle of causes', () => {
  const parent = (id: string) => ({ wants: [name(`vstrace-customhttp-build-shop-${id}`, { via: 'parent' })] });
  const chain = [
    [of('build', 'a', parent('b'))],
    [of('build', 'b', parent('c'))],
    [of('build', 'c', { wants: [run('1')] })],
    [of('build', 'a', { minute: 1, state: 'intermediary', provides: [run('1')] })],
  ];

  it('is cut where it is weakest, in whatever order it came', async () => {
    const roots = { 'customhttp-build-shop-a': 'customhttp-build-shop-c' };
    for (const order of [chain, chain.toReversed()])
      expect(await (await world().tell(order)).traces()).toMatchObject(roots);
  });
});

describe('names in a text', () => {
  const issueOf = (owner: string) => [
    of('issue', '27', {
      identity: { source: 'customhttp', instance: '', kind: 'issue', scope: `${owner}/api`, id: '27' },
      name: { scope: `${owner}/api`, id: '27' },
      aliases: ['vstrace-customhttp-issue-api-27'],
    }),
  ];
  const pullOf = (owner: string, value: string) => [
    of('pull_request', '3', {
      identity: { source: 'customhttp', instance: '', kind: 'pull_request', scope: `${owner}/api`, id: '3' },
      name: { scope: `${owner}/api`, id: '3' },
      mentions: [name(value, { via: 'branch' })],
    }),
  ];

  it('are found with more behind them', async () => {
    const pull = pullOf('acme', 'vstrace-customhttp-issue-acme/api-27/my-work');
    const expected = ['customhttp-pull_request-acme/api-3 ← customhttp-issue-acme/api-27'];
    expect(await graphOf(issueOf('acme'), pull)).toEqual(expected);
    expect(await graphOf(pull, issueOf('acme'))).toEqual(expected);
  });

  it('in the short form mean that of the same owner, and where that is not clear none, and this is told', async () => {
    const short = 'vstrace-customhttp-issue-api-27';
    expect(await graphOf(pullOf('acme', short), issueOf('acme'), issueOf('other'))).toEqual([
      'customhttp-pull_request-acme/api-3 ← customhttp-issue-acme/api-27',
    ]);
    const unclear = await world().tell([issueOf('acme'), issueOf('other'), pullOf('third', short)]);
    expect(await unclear.graph()).toEqual([]);
    const { ambiguous } = await unclear.reader.explainLinks('vstrace-customhttp-pull_request-third/api-3');
    expect(ambiguous.flatMap(({ spanIds }) => spanIds)).toEqual([
      'vstrace-customhttp-issue-acme/api-27',
      'vstrace-customhttp-issue-other/api-27',
    ]);
  });
});

describe('names that stand beside each other', () => {
  const issues = ['2', '27'].map((id) => [of('issue', id)]);

  it('are each their own, though one begins like the other, and a parent that is named for it always counts', async () => {
    const pull = [
      of('pull_request', '3', {
        wants: [name('vstrace-customhttp-issue-shop-2', { via: 'parent' })],
        mentions: [name('vstrace-customhttp-issue-shop-27', { via: 'text' })],
      }),
    ];
    expect(await graphOf(...issues, pull)).toEqual([
      'customhttp-pull_request-shop-3 caused_by customhttp-issue-shop-27',
      'customhttp-pull_request-shop-3 ← customhttp-issue-shop-2',
    ]);
  });

  it('that mean the span itself mean no stranger of the same name', async () => {
    const own = (owner: string, more: Partial<Event> = {}) => [
      of('issue', '27', {
        identity: { source: 'customhttp', instance: '', kind: 'issue', scope: `${owner}/api`, id: '27' },
        name: { scope: `${owner}/api`, id: '27' },
        aliases: ['vstrace-customhttp-issue-api-27'],
        ...more,
      }),
    ];
    const mentioning = own('acme', { mentions: [name('vstrace-customhttp-issue-api-27', { via: 'text' })] });
    expect(await graphOf(own('other'), mentioning)).toEqual([]);
  });
});

describe('a branch that very many pull requests had', () => {
  it('is that of the one that is open at the time', async () => {
    const pulls = Array.from({ length: 80 }, (_, index) => [
      of('pull_request', String(index), { minute: index, provides: [branch('develop')] }),
      of('pull_request', String(index), { minute: index + 0.5, state: 'end', key: 'end' }),
    ]);
    const build = [of('build', '7', { minute: 70.2, wants: [branch('develop')] })];
    const expected = ['customhttp-build-shop-7 ← customhttp-pull_request-shop-70'];
    expect(await (await world().tell([...pulls, build], 40)).graph()).toEqual(expected);
    expect(await (await world().tell([build, ...pulls.toReversed()], 40)).graph()).toEqual(expected);
  });
});

describe('a commit whose message is told later', () => {
  it('leads those who want it to what that names', async () => {
    const made = (wants: Reference[], key: string) => [
      of('commit', 'c', { state: 'intermediary', key, provides: [commit('a')], wants }),
    ];
    const key: Reference = { type: 'issue_key', scope: '', value: 'PAY-1', via: 'message' };
    const issue = [of('issue', '1', { provides: [{ type: 'issue_key', scope: '', value: 'PAY-1' }] })];
    const build = [of('build', '7', { wants: [commit('a')] })];
    const expected = ['customhttp-build-shop-7 ← customhttp-issue-shop-1 (likely)'.replace(' (likely)', '')];
    expect(await graphOf(issue, build, made([], 'one'), made([key], 'two'))).toEqual(expected);
    expect(await graphOf(made([key], 'two'), issue, build, made([], 'one'))).toEqual(expected);
  });
});

describe('an operation that lives again', () => {
  const issue = [of('issue', '1', { provides: [{ type: 'issue', scope: 'repo:1', value: '1' }] })];
  const first = [
    of('pull_request', '5', {
      provides: [commit('a')],
      mentions: [{ type: 'issue', scope: 'repo:1', value: '1', via: 'text' }],
    }),
  ];
  const closed = [of('pull_request', '5', { minute: 5, state: 'end' })];
  const build = [of('build', '9', { minute: 12, wants: [commit('a')] })];
  const again = [of('pull_request', '5', { minute: 10, state: 'start', reopens: true, mentions: [] })];

  it('takes what comes after with it into its trace, and that is fed on', async () => {
    const made = await world().tell([issue, first, closed, build]);
    expect((await made.traces())['customhttp-build-shop-9']).toBe('customhttp-issue-shop-1');
    const before = await made.reader.latestRevision();
    await made.tell([again]);
    expect((await made.traces())['customhttp-build-shop-9']).toBe('customhttp-pull_request-shop-5');
    const fed = await made.reader.changesAfter(before, 10);
    expect(fed.map(({ spanId }) => spanId)).toContain('vstrace-customhttp-build-shop-9');
  });

  it('is found as the trace that it is the root of', async () => {
    const made = await world().tell([issue, first, closed, build, again]);
    const trace = await made.reader.findTrace('vstrace-customhttp-pull_request-shop-5', 10);
    expect(trace?.traceId).toBe('vstrace-customhttp-pull_request-shop-5');
  });
});

describe('a root that comes late', () => {
  const child = (index: number) => [of('build', String(index), { wants: [run('1')] })];
  const children = Array.from({ length: 450 }, (_, index) => child(index));
  const pipeline = [of('pipeline', 'p', { provides: [run('1')] })];
  const ticket = [of('issue', 'i', { provides: [{ type: 'issue', scope: 'repo:1', value: '1' }] })];
  const named = [
    of('pipeline', 'p', { minute: 1, state: 'intermediary', wants: [{ type: 'issue', scope: 'repo:1', value: '1' }] }),
  ];

  it('is the root of all that is below it at once, and each of these is fed on, in steps where there are many', async () => {
    const made = await world().tell([pipeline, ticket, ...children], 100);
    const before = await made.reader.latestRevision();
    await made.tell([named]);
    const traces = Object.values(await made.traces());
    expect(new Set(traces)).toEqual(new Set(['customhttp-issue-shop-i']));
    let steps = 0;
    while (await made.store.write(({ correlation }) => retraceSome(correlation, 100))) steps += 1;
    const fed = await made.reader.changesAfter(before, 1_000);
    expect(fed.filter(({ spanId }) => spanId.includes('-build-'))).toHaveLength(450);
    expect(fed.every(({ attempts }) => attempts[0]?.place.traceId === 'vstrace-customhttp-issue-shop-i')).toBe(true);
    expect(steps).toBeGreaterThan(4);
  });
});

describe('all links together', () => {
  const kinds = ['issue', 'pull_request', 'pipeline', 'build', 'incident'];
  const values = ['1', '2', '3'];
  const reference = fc.oneof(
    fc.record({
      type: fc.constantFrom('run', 'issue', 'branch'),
      scope: fc.constantFrom('repo:1'),
      value: fc.constantFrom(...values),
    }),
    fc.constantFrom(...values).map((id) => commit(id)),
    fc
      .tuple(fc.constantFrom(...kinds), fc.constantFrom(...values))
      .map(([kind, id]) => name(`vstrace-customhttp-${kind}-shop-${id}`)),
  ) as fc.Arbitrary<Reference>;
  const relation = fc.constantFrom(undefined, undefined, 'part_of', 'about');
  const wanted = fc
    .tuple(reference, relation)
    .map(([one, how]) => (how === undefined ? one : ({ ...one, relation: how } as Reference)));
  const events = fc.array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      id: fc.constantFrom(...values),
      minute: fc.integer({ min: 0, max: 20 }),
      state: fc.constantFrom('start', 'end', 'intermediary'),
      provides: fc.array(reference, { maxLength: 2 }),
      wants: fc.array(wanted, { maxLength: 2 }),
      mentions: fc.option(fc.array(wanted, { maxLength: 2 }), { nil: undefined }),
    }),
    { minLength: 2, maxLength: 12 },
  );

  type Told = typeof events extends fc.Arbitrary<infer T> ? T : never;

  const deliveriesOf = (told: Told) =>
    told.map(({ kind, id, mentions, ...rest }, index) => [
      of(kind, id, {
        ...rest,
        key: `${index}`,
        state: rest.state as Event['state'],
        provides: rest.provides.filter(({ type }) => type !== 'span'),
        ...(mentions === undefined ? {} : { mentions }),
      }),
    ]);

  async function expectSame(one: World, other: World): Promise<void> {
    try {
      expect(await one.graph()).toEqual(await other.graph());
      expect(await one.traces()).toEqual(await other.traces());
    } finally {
      await Promise.all([one.close(), other.close()]);
    }
  }

  it('are the same in any order, grouping and repetition', async () => {
    await fc.assert(
      fc.asyncProperty(
        events,
        fc.infiniteStream(fc.nat()),
        fc.integer({ min: 1, max: 4 }),
        async (told, dice, atOnce) => {
          const deliveries = deliveriesOf(told);
          const shuffled = [...deliveries, ...deliveries.slice(0, 3)]
            .map((delivery) => ({ delivery, order: dice.next().value ?? 0 }))
            .sort((a, b) => a.order - b.order)
            .map(({ delivery }) => delivery);
          const [straight, mixed] = [new World(), new World()];
          await straight.tell(deliveries);
          await mixed.tell(shuffled, atOnce);
          await expectSame(mixed, straight);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('come out as if it had been told so from the beginning when deliveries are read again', async () => {
    await fc.assert(
      fc.asyncProperty(events, events, fc.integer({ min: 1, max: 4 }), async (first, second, atOnce) => {
        const length = Math.min(first.length, second.length);
        const [before, after] = [deliveriesOf(first).slice(0, length), deliveriesOf(second).slice(0, length)];
        const [straight, swapped] = [new World(), new World()];
        await straight.tell(after);
        await swapped.tell(before);
        await swapped.retell(after, atOnce);
        await expectSame(swapped, straight);
      }),
      { numRuns: 100 },
    );
  });
});
