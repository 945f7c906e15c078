import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { event, MINUTE, MONDAY } from '../../test/support/events.ts';
import { World } from '../../test/support/world.ts';
import type { Event } from '../domain/event.ts';
import type { Reference } from '../domain/reference.ts';
import type { Rules } from '../rules/schema.ts';

const open: World[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

const REPO = 'repo:1';
const sha = (name: string) => Buffer.from(name.padEnd(20, '.')).toString('hex');
const commit = (name: string): Reference => ({ type: 'commit', scope: REPO, value: sha(name) });

function operation(kind: string, id: string, minute: number, more: Partial<Event> = {}): Event {
  return event('start', minute, {
    identity: { source: 'customhttp', instance: '', kind, scope: 'shop', id },
    name: { scope: 'shop', id },
    operation: kind,
    key: `${kind}@${minute}`,
    ...more,
  });
}

/** A push to main of these commits, onto what it stood on before; and each commit, with what it changes. */
function push(minute: number, before: string, commits: readonly string[], paths: readonly string[] = []): Event[] {
  return pushTo('main', minute, { before: sha(before), after: commits.at(-1) ?? before, commits, paths });
}

/** That a branch which was begun stood on nothing. */
const NOTHING = '0'.repeat(40);

interface Pushed {
  readonly before: string;
  readonly after: string;
  readonly commits: readonly string[];
  readonly paths?: readonly string[];
}

function pushTo(branch: string, minute: number, { before, after, commits, paths = [] }: Pushed): Event[] {
  const facts = { ref: `refs/heads/${branch}`, before, after: sha(after), commits: commits.map(sha) };
  const pushed = [...new Set([after, ...commits])];
  const pushes = pushed.map((name): Reference => ({ type: 'push', scope: REPO, value: sha(name) }));
  const key = `pushed:${before}`;
  const moved = operation('push', `${branch}@${after}`, minute, {
    key,
    state: 'intermediary',
    facts,
    provides: pushes,
  });
  const each = commits.map((name) =>
    operation('commit', name, 0, { state: 'intermediary', provides: [commit(name)], facts: { paths } }),
  );
  return [moved, ...each];
}

interface Brought {
  readonly brought?: readonly string[];
  readonly truncated?: boolean;
}

/** What an import tells of a commit: what it stands on, and what it brought besides if it is a merge. */
function standsOn(name: string, parent: string, { brought = [], truncated = false }: Brought = {}): Event[] {
  const commits = [...brought, name].map(sha);
  const facts = { ref: 'refs/heads/main', before: sha(parent), after: sha(name), commits, truncated };
  const provides: Reference[] = [{ type: 'push', scope: REPO, value: sha(name) }];
  const told = { state: 'intermediary', provides: [commit(name)] } as const;
  return [
    operation('commit', name, 0, { key: 'stands_on', state: 'intermediary', provides, facts }),
    operation('commit', name, 0, { key: 'authored', ...told }),
  ];
}

/** A merged pull request of this name, whose merge made the commit of that name. */
const pull = (name: string, minute = 0) => [
  operation('pull_request', name, minute, { provides: [commit(name)] }),
  operation('pull_request', name, minute + 1, { key: 'end', state: 'end', result: 'merged' }),
];

function deploy(id: string, minute: number, name: string | null, more: Partial<Event> = {}): Event[] {
  return [
    operation('deploy', id, minute, {
      state: 'end',
      result: 'success',
      startedAt: MONDAY + (minute - 1) * MINUTE,
      tags: { 'deployment.environment.name': 'production' },
      facts: { environment: 'production' },
      ...(name === null ? {} : { wants: [{ ...commit(name) }] }),
      ...more,
    }),
  ];
}

/** What each deployment carries, as `d2: b c`, and on what base it is counted. */
async function carriedIn(deliveries: readonly (readonly Event[])[], rules: Partial<Rules> = {}, atOnce = 1) {
  const world = new World(rules);
  open.push(world);
  await world.tell(deliveries, atOnce);
  const { items } = await world.reader.listSpans({ operation: 'deploy' }, { limit: 100 });
  const told = await Promise.all(
    items.map(async ({ spanId, place }) => {
      const carried = place.links.filter(({ kind }) => kind === 'carries').map(({ spanId: to }) => idOf(to));
      const [deployed] = (await world.reader.explainLinks(spanId)).deployments;
      const more = deployed === undefined ? 'none' : `${deployed.base}${deployed.isRollback ? ', rollback' : ''}`;
      const caused = place.links
        .filter(({ kind }) => kind === 'caused_incident')
        .map(({ spanId: to }) => ` !${idOf(to)}`);
      return `${idOf(spanId)}: ${carried.sort().join(' ')} (${more})${caused.sort().join('')}`;
    }),
  );
  return told.sort();
}

function idOf(spanId: string): string {
  return spanId.slice(spanId.lastIndexOf('-') + 1);
}

const history = [
  push(1, 'root', ['a']),
  push(2, 'a', ['b']),
  push(3, 'b', ['c']),
  push(4, 'c', ['d']),
  ...['a', 'b', 'c', 'd'].map((name) => pull(name)),
];

describe('what a deployment carries', () => {
  it('is what came since the deployment before, and nothing for the first that is known', async () => {
    expect(await carriedIn([...history, deploy('d1', 10, 'a'), deploy('d2', 20, 'c'), deploy('d3', 30, 'd')])).toEqual([
      'd1:  (first_deployment)',
      'd2: b c (known)',
      'd3: d (known)',
    ]);
  });

  it('does not come again with a rollback, nor with what is deployed after it', async () => {
    const deployments = [
      deploy('d1', 10, 'a'),
      deploy('d2', 20, 'c'),
      deploy('d3', 30, 'b'),
      deploy('d4', 40, 'c'),
      deploy('d5', 50, 'd'),
      deploy('d6', 60, 'd'),
    ];
    expect(await carriedIn([...history, ...deployments])).toEqual([
      'd1:  (first_deployment)',
      'd2: b c (known)',
      'd3:  (known, rollback)',
      'd4:  (known)',
      'd5: d (known)',
      'd6:  (known)',
    ]);
  });

  it('does not come with a deployment that failed, but with the next one that did not', async () => {
    const failed = deploy('d2', 20, 'c', { result: 'failure' });
    expect(await carriedIn([...history, deploy('d1', 10, 'a'), failed, deploy('d3', 30, 'c')])).toEqual([
      'd1:  (first_deployment)',
      'd2:  (none)',
      'd3: b c (known)',
    ]);
  });

  it('is counted for each environment by itself', async () => {
    const staging = (id: string, minute: number, name: string) =>
      deploy(id, minute, name, {
        tags: { 'deployment.environment.name': 'staging' },
        facts: { environment: 'staging' },
      });
    const deployments = [
      staging('s1', 10, 'a'),
      deploy('d1', 11, 'a'),
      staging('s2', 20, 'b'),
      staging('s3', 21, 'c'),
      deploy('d2', 30, 'c'),
    ];
    expect(await carriedIn([...history, ...deployments])).toEqual([
      'd1:  (first_deployment)',
      'd2: b c (known)',
      's1:  (first_deployment)',
      's2: b (known)',
      's3: c (known)',
    ]);
  });

  it('goes back only as far as pushes are known, and says so', async () => {
    const gap = history.filter((events) => events[0]?.identity.id !== 'main@b');
    expect(await carriedIn([...gap, deploy('d1', 10, 'a'), deploy('d2', 20, 'd')])).toEqual([
      'd1:  (first_deployment)',
      'd2: b c d (base_unknown)',
    ]);
    expect(await carriedIn([...history, deploy('d1', 10, 'a'), deploy('d2', 20, null)])).toEqual([
      'd1:  (first_deployment)',
      'd2:  (no_sha)',
    ]);
  });

  describe('where an import tells what commits stand on', () => {
    const imported = [standsOn('a', 'root'), standsOn('b', 'a'), standsOn('c', 'b'), standsOn('d', 'c')];
    const pulls = ['a', 'b', 'c', 'd', 'x', 'y', 'm'].map((name) => pull(name));

    it('is known without any push', async () => {
      const deployed = [deploy('d1', 10, 'a'), deploy('d2', 20, 'c'), deploy('d3', 30, 'd')];
      const expected = ['d1:  (first_deployment)', 'd2: b c (known)', 'd3: d (known)'];
      expect(await carriedIn([...imported, ...pulls, ...deployed])).toEqual(expected);
      expect(await carriedIn([...deployed, ...pulls, ...imported.toReversed()])).toEqual(expected);
    });

    it('is what the pushes told, in every order and with any of them missing', async () => {
      const pushes = [push(2, 'root', ['a']), push(3, 'a', ['b', 'c']), push(4, 'c', ['d'])];
      const deployed = [deploy('d1', 10, 'a'), deploy('d2', 20, 'c'), deploy('d3', 30, 'd')];
      const expected = ['d1:  (first_deployment)', 'd2: b c (known)', 'd3: d (known)'];
      expect(await carriedIn([...pushes, ...pulls, ...deployed])).toEqual(expected);
      const kept = fc.subarray(pushes).chain((some) => {
        const all = [...some, ...imported, ...pulls, ...deployed];
        return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
      });
      await fc.assert(
        fc.asyncProperty(kept, async (all) => {
          expect(await carriedIn(all)).toEqual(expected);
        }),
        { numRuns: 8 },
      );
    });

    it('goes on by pushes where the import ends, and by the import where they do', async () => {
      const deployed = [deploy('d1', 10, 'a'), deploy('d2', 20, 'd')];
      const some = [push(1, 'root', ['a']), push(2, 'a', ['b']), standsOn('c', 'b'), push(4, 'c', ['d'])];
      expect((await carriedIn([...some, ...pulls, ...deployed]))[1]).toBe('d2: b c d (known)');
    });

    it('is the whole branch of a merge, whenever its commits were made', async () => {
      const merged = [
        ...imported,
        standsOn('x', 'root'),
        standsOn('y', 'x'),
        standsOn('m', 'b', { brought: ['x', 'y'] }),
      ];
      expect((await carriedIn([...merged, ...pulls, deploy('d1', 10, 'b'), deploy('d2', 20, 'm')]))[1]).toBe(
        'd2: m x y (known)',
      );
      const hotfix = [deploy('d1', 10, 'b'), deploy('d2', 20, 'y'), deploy('d3', 30, 'm')];
      expect((await carriedIn([...merged, ...pulls, ...hotfix]))[2]).toBe('d3: m (known)');
    });

    it('is not what the main branch was merged into before it was deployed', async () => {
      // The branch took main in, and main was moved on to it: what was deployed of main did not have x and y.
      const turned = [standsOn('a', 'root'), standsOn('b', 'a'), standsOn('x', 'a'), standsOn('y', 'x')];
      const merge = standsOn('m', 'y', { brought: ['b'] });
      const deployed = [deploy('d1', 10, 'a'), deploy('d2', 20, 'b'), deploy('d3', 30, 'm')];
      expect(await carriedIn([...turned, merge, ...pulls, ...deployed])).toEqual([
        'd1:  (first_deployment)',
        'd2: b (known)',
        'd3: m x y (known)',
      ]);
    });

    it('is what the repository has where a push has thrown commits away', async () => {
      const told = [push(1, 'root', ['a']), push(2, 'a', ['x']), push(3, 'x', ['b']), ...imported, ...pulls];
      expect((await carriedIn([...told, deploy('d1', 10, 'a'), deploy('d2', 20, 'b')]))[1]).toBe('d2: b (known)');
    });

    it('says when not all that a merge brought is known, unless a push tells it', async () => {
      const merged = [standsOn('a', 'root'), standsOn('m', 'a', { brought: ['y'], truncated: true })];
      const deployed = [deploy('d1', 10, 'a'), deploy('d2', 20, 'm')];
      expect((await carriedIn([...merged, ...pulls, ...deployed]))[1]).toBe('d2: m y (commits_truncated)');
      const whole = push(2, 'a', ['x', 'y', 'm']);
      expect((await carriedIn([...merged, whole, ...pulls, ...deployed]))[1]).toBe('d2: m x y (known)');
    });
  });

  it('says when a sender has left commits out', async () => {
    const [moved, ...commits] = push(2, 'a', ['b', 'c']);
    if (moved === undefined) throw new Error('there is a push');
    const short = [{ ...moved, facts: { ...moved.facts, truncated: true } }, ...commits];
    const told = [push(1, 'root', ['a']), short, pull('b'), pull('c'), deploy('d1', 10, 'a'), deploy('d2', 20, 'c')];
    expect((await carriedIn(told))[1]).toBe('d2: b c (commits_truncated)');
  });

  it('takes all commits of a merge, the ones of the branch too', async () => {
    const merge = push(2, 'a', ['x', 'y', 'm']);
    const made = [
      operation('pull_request', 'm', 0, { provides: [commit('y'), commit('m')] }),
      operation('pull_request', 'm', 3, { key: 'end', state: 'end', result: 'merged' }),
    ];
    expect(
      await carriedIn([push(1, 'root', ['a']), merge, made, deploy('d1', 10, 'a'), deploy('d2', 20, 'm')]),
    ).toEqual(['d1:  (first_deployment)', 'd2: m (known)']);
  });

  it('comes once, though the commits of a branch were pushed before they were merged', async () => {
    const told = [
      push(1, 'root', ['a']),
      pushTo('feature', 2, { before: NOTHING, after: 'y', commits: ['x', 'y'] }),
      push(3, 'a', ['x', 'y', 'm']),
      ...['x', 'y', 'm'].map((name) => pull(name)),
      deploy('d1', 10, 'a'),
      deploy('d2', 20, 'm'),
      deploy('d3', 30, 'm'),
    ];
    for (const order of [told, told.toReversed()])
      expect(await carriedIn(order)).toEqual(['d1:  (first_deployment)', 'd2: m x y (known)', 'd3:  (known)']);
  });

  it('comes by the main branch up to where a branch was begun on it', async () => {
    const told = [
      ...history,
      pushTo('release', 5, { before: NOTHING, after: 'c', commits: [] }),
      pushTo('release', 6, { before: sha('c'), after: 'r', commits: ['r'] }),
      pull('r'),
      deploy('d1', 10, 'a'),
      deploy('d2', 20, 'r'),
    ];
    for (const order of [told, told.toReversed()])
      expect(await carriedIn(order)).toEqual(['d1:  (first_deployment)', 'd2: b c r (known)']);
  });

  it('is of the branch alone where that is deployed before its merge, and not what the main branch got meanwhile', async () => {
    const told = [
      push(1, 'root', ['a']),
      pushTo('feature', 2, { before: NOTHING, after: 'y', commits: ['x', 'y'] }),
      push(3, 'a', ['b']),
      push(30, 'b', ['x', 'y', 'm']),
      ...['b', 'x', 'y', 'm'].map((name) => pull(name)),
      deploy('d1', 10, 'a'),
      deploy('d2', 20, 'y'),
      deploy('d3', 40, 'm'),
    ];
    for (const order of [told, told.toReversed()])
      expect(await carriedIn(order)).toEqual(['d1:  (first_deployment)', 'd2: x y (base_unknown)', 'd3: b m (known)']);
  });

  it('is the same by another push to where a branch stood already, from elsewhere', async () => {
    const begun = pushTo('feature', 4, { before: NOTHING, after: 'y', commits: ['x', 'y'] });
    const moved = pushTo('feature', 3, { before: sha('c'), after: 'y', commits: ['x', 'y'] });
    const others = [
      push(1, 'root', ['a']),
      push(2, 'a', ['b', 'c']),
      ...['b', 'c', 'x', 'y'].map((name) => pull(name)),
      deploy('d1', 10, 'a'),
      deploy('d2', 20, 'y'),
    ];
    const orders = [
      [begun, moved, ...others],
      [begun, ...others, moved],
    ];
    for (const order of orders)
      expect(await carriedIn(order)).toEqual(['d1:  (first_deployment)', 'd2: b c x y (known)']);
  });

  it('of one service of many is what changes that service, or what no rule gives to one', async () => {
    const rules = {
      services: [
        { when: { path: 'cart/*' }, name: 'cart' },
        { when: { path: 'price/*' }, name: 'price' },
        { when: { tag: { component: 'cart' } }, name: 'cart' },
        { when: { tag: { component: 'price' } }, name: 'price' },
      ],
    };
    const of = (component: string, id: string, minute: number, name: string) =>
      deploy(id, minute, name, { tags: { 'deployment.environment.name': 'production', component } });
    const told = [
      push(1, 'root', ['a'], ['README.md']),
      push(2, 'a', ['b'], ['cart/x.ts']),
      push(3, 'b', ['c'], ['price/y.ts']),
      push(4, 'c', ['d'], ['lib/z.ts']),
      ...['a', 'b', 'c', 'd'].map((name) => pull(name)),
      of('cart', 'c1', 10, 'a'),
      of('price', 'p1', 10, 'a'),
      of('cart', 'c2', 20, 'd'),
      of('price', 'p2', 20, 'd'),
    ];
    const expected = ['c1:  (first_deployment)', 'c2: b d (known)', 'p1:  (first_deployment)', 'p2: c d (known)'];
    expect(await carriedIn(told, rules as Partial<Rules>)).toEqual(expected);
    // Which files they change an import does not know, and so says nothing of it.
    const imported = [standsOn('b', 'a'), standsOn('c', 'b'), standsOn('d', 'c')];
    expect(await carriedIn([...told, ...imported], rules as Partial<Rules>)).toEqual(expected);
    expect(await carriedIn([...imported, ...told], rules as Partial<Rules>)).toEqual(expected);
    expect(await carriedIn([standsOn('a', 'root'), ...imported, ...told.slice(4)], rules as Partial<Rules>)).toContain(
      'c2: b c d (known)',
    );
  });

  it('is the same in any order, grouping and repetition, by whatever branches its commits came', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const line = names.map((name, index) => push(index + 1, names[index - 1] ?? 'root', [name]));
    const deployments = fc.uniqueArray(
      fc.record({
        minute: fc.integer({ min: 10, max: 30 }),
        name: fc.constantFrom(...names, null),
        result: fc.constantFrom('success', 'success', 'success', 'failure'),
      }),
      { minLength: 2, maxLength: 7, selector: ({ minute }) => minute },
    );
    const minutes = fc.uniqueArray(fc.integer({ min: 8, max: 32 }), { maxLength: 4 });
    /** A push to any branch of some commits that follow each other, of a branch that was there or is begun with it. */
    const anyPush = fc
      .record({
        branch: fc.constantFrom('main', 'main', 'feature', 'release'),
        minute: fc.integer({ min: 1, max: 20 }),
        from: fc.nat({ max: names.length - 1 }),
        count: fc.nat({ max: 3 }),
        isBegun: fc.boolean(),
      })
      .map(({ branch, minute, from, count, isBegun }) => {
        const commits = names.slice(from, from + count);
        const before = isBegun && branch !== 'main' ? NOTHING : sha(names[from - 1] ?? 'root');
        return pushTo(branch, minute, { before, after: commits.at(-1) ?? names[from] ?? '', commits });
      });

    const known = fc
      .tuple(fc.subarray(line), fc.array(anyPush, { maxLength: 6 }))
      .map(([some, more]) => [...some, ...more]);
    await fc.assert(
      fc.asyncProperty(
        deployments,
        known,
        minutes,
        fc.infiniteStream(fc.nat()),
        fc.integer({ min: 1, max: 4 }),
        async (all, pushes, incidents, dice, atOnce) => {
          const told = [
            ...incidents.map((minute) => [operation('incident', `i${minute}`, minute)]),
            ...pushes,
            ...names.map((name) => pull(name)),
            ...all.map(({ minute, name, result }) =>
              deploy(`d${minute}`, minute, name, { result: result as 'success' }),
            ),
          ];
          const shuffled = [...told, ...told.slice(0, 4)]
            .map((delivery) => ({ delivery, order: dice.next().value ?? 0 }))
            .sort((a, b) => a.order - b.order)
            .map(({ delivery }) => delivery);
          const expected = await carriedIn(told);
          const mixed = await carriedIn(shuffled, {}, atOnce);
          for (const world of open.splice(0)) await world.close();
          expect(mixed).toEqual(expected);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('an incident', () => {
  const incident = (minute: number) => [operation('incident', 'i1', minute)];

  it('is linked to the last deployment to production of its service within a day, as a possible cause', async () => {
    const day = 24 * 60;
    for (const order of [(all: Event[][]) => all, (all: Event[][]) => all.toReversed()]) {
      const world = new World();
      open.push(world);
      await world.tell(order([deploy('d1', 10, 'a'), deploy('d2', 20, 'b'), incident(25), deploy('d3', 30, 'c')]));
      expect(await world.graph()).toEqual([
        'customhttp-deploy-shop-d2 caused_incident customhttp-incident-shop-i1 (possible)',
      ]);
    }
    const late = new World();
    open.push(late);
    await late.tell([deploy('d1', 10, 'a'), incident(11 + day)]);
    expect(await late.graph()).toEqual([]);
  });
});
