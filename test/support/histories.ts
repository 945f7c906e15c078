import fc from 'fast-check';
import { channels, type Event, results, stageCategories } from '../../src/domain/event.ts';

const START = Date.UTC(2026, 2, 2, 9);

/** There in one of `among` cases; otherwise undefined. */
const option = <T>(arbitrary: fc.Arbitrary<T>, among = 3) =>
  fc.oneof({ weight: among - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const stage = fc
  .record({
    key: fc.constantFrom('a', 'b', 'unknown'),
    name: fc.constantFrom('A', 'B'),
    category: option(fc.constantFrom(...stageCategories), 2),
  })
  .map(given);

/** Few distinct times, so that there are many ties; some impossible ones. */
const time = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 8 }).map((half) => START + half * 500) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 4 }).map((minutes) => START + minutes * 60_000) },
  { weight: 1, arbitrary: fc.constantFrom(Date.UTC(1999, 0, 1), Date.UTC(2040, 0, 1)) },
);

const tags = fc.dictionary(fc.constantFrom('x', 'y', 'toString'), fc.constantFrom(1, 'one', true, null), {
  maxKeys: 2,
});

const body = fc.record({
  state: fc.constantFrom('start', 'transition', 'intermediary', 'end', 'unknown'),
  at: time,
  precisionMs: fc.constantFrom(1, 1, 1000, 1000, 60_000),
  channel: fc.constantFrom(...channels),
  observedAt: time,
  receivedAfter: fc.constantFrom(0, 0, 0, 700_000),
  seq: option(fc.integer({ min: 1, max: 3 })),
  startedAt: option(time),
  reopens: option(fc.constant(true as const)),
  replacesEnd: option(fc.constant(true as const)),
  stage: option(stage, 2),
  result: option(fc.constantFrom(...results), 2),
  isError: option(fc.boolean()),
  title: option(fc.constantFrom('one', 'two')),
  actor: option(fc.constantFrom('ada', 'bob')),
  tags: option(tags),
  facts: option(tags),
  scope: fc.constantFrom('shop', 'shop', 'store'),
  wants: option(fc.constantFrom([], [{ type: 'span' as const, scope: '', value: 'v' }])),
});

function toEvent(
  key: string,
  { at, precisionMs, receivedAfter, scope, ...rest }: typeof body extends fc.Arbitrary<infer T> ? T : never,
  attempt: number | undefined,
): Event {
  const occurredAt = Math.floor(at / precisionMs) * precisionMs;
  return given({
    identity: { source: 'customhttp', instance: '', kind: 'build', scope: 'shop', id: '7' },
    name: { scope, id: '7' },
    key,
    operation: 'build',
    occurredAt,
    precisionMs,
    receivedAt: occurredAt + receivedAfter,
    attempt,
    ...rest,
  });
}

type Given<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Without what is undefined: an optional field is not there, or it has a value. */
function given<T extends object>(record: T): Given<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** Whether the sender numbers its runs: never, always, or in some payloads only. */
const numbering = fc.constantFrom('never', 'never', 'always', 'sometimes');

/** All merged events of one identity, in no order, each with a key of its own. */
export const arbitraryEvents: fc.Arbitrary<Event[]> = numbering.chain((numbers) => {
  const attempt = numbers === 'never' ? fc.constant(undefined) : fc.integer({ min: 1, max: 3 });
  const one = fc.tuple(body, numbers === 'sometimes' ? option(attempt, 2) : attempt);
  return fc
    .array(one, { minLength: 1, maxLength: 9 })
    .map((all) => all.map(([told, number], index) => toEvent(`k${index}`, told, number)));
});

/** Several observations of a few facts. */
export const arbitraryObservations: fc.Arbitrary<Event[]> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 4 }), body), { minLength: 1, maxLength: 10 })
  .map((all) => all.map(([key, told]) => toEvent(`k${key}`, told, undefined)));
