import type { Asked, Portion, Summaries } from '../../measures/ask.ts';
import type { AsOf } from '../../measures/columns/contract.ts';
import type { Definition, Measure, Question } from '../../measures/measure.ts';
import type { Distribution, Measured, Unit } from '../../measures/measured.ts';
import { countOf, distributionOf, measuredOf } from '../../measures/summary.ts';
import type { MeasureFilter, Period } from '../../measures/window.ts';
import { wireTime } from '../wire.ts';

const WEEK = 7 * 86_400_000;

/** Which part of an answer is being told. */
export type Part = 'window' | 'previous' | 'bucket';

/** Tells what the measures come to in one period and group, in the words of the wire. */
export class Teller<K extends string> {
  readonly part: Part;
  /** From when to when. */
  readonly period: Period;
  readonly #summaries: Summaries<K>;
  readonly #measures: Readonly<Record<K, Measure>>;
  readonly #question: Question;
  /** Told once for all numbers, of which there are thousands in an answer. */
  #asked: string | null = null;

  constructor(
    part: Part,
    summaries: Summaries<K>,
    { measures, question }: { measures: Readonly<Record<K, Measure>>; question: Question },
  ) {
    this.part = part;
    this.period = question.window;
    this.#summaries = summaries;
    this.#measures = measures;
    this.#question = question;
  }

  /** How many items have a value. */
  count(name: K) {
    return wireMeasured(countOf(this.#summaries[name]), this.items(name));
  }

  /** Of zeros and ones their ratio. */
  mean(name: K) {
    const measured = measuredOf(this.#summaries[name], this.#measures[name].unit, ({ mean }) => mean);
    return wireMeasured(measured, this.items(name));
  }

  distribution(name: K) {
    const { unit } = this.#measures[name];
    const distribution = distributionOf(this.#summaries[name], unit);
    return wireDistribution(distribution, this.items(name), this.part === 'window' && unit === 'ms');
  }

  /** What `take` makes of the items of one measure, or of several. */
  number(name: K, unit: Unit, take: (summaries: Summaries<K>) => number | null) {
    return wireMeasured(
      measuredOf(this.#summaries[name], unit, () => take(this.#summaries)),
      this.items(name),
    );
  }

  /** How many items have a value, by how many weeks the period has. None is 0, as in {@link count}. */
  perWeek(name: K) {
    const { from, to } = this.period;
    const { value, ...counted } = this.count(name);
    return { ...counted, value: to > from ? ((value ?? 0) * WEEK) / (to - from) : null, unit: 'per_week' as const };
  }

  /** The path that lists the items of a measure for this period and group. */
  items(name: K): string {
    this.#asked ??= askedOf(this.#question);
    return pathOf(this.#measures[name], this.#asked);
  }
}

/** Tells an answer, with the numbers that are made of each {@link Teller}. */
export function tellAnswer<K extends string, N>(
  { asOf, calendar, before, total, groups, groupsLeftOut }: Asked<K>,
  question: Question,
  measures: Readonly<Record<K, Measure>>,
  numbersOf: (teller: Teller<K>) => N,
) {
  const { window, per } = question;
  const tell = (part: Part, summaries: Summaries<K>, period: Period, filter: MeasureFilter) => {
    const narrowed = { ...question, window: { ...window, ...period }, filter: { ...question.filter, ...filter } };
    return numbersOf(new Teller(part, summaries, { measures, question: narrowed }));
  };
  const portion = (of: Portion<K>, key: MeasureFilter) => ({
    numbers: tell('window', of.now, window, key),
    previous: of.before === null || before === null ? null : tell('previous', of.before, before, key),
    buckets: calendar.flatMap((period, index) => {
      const summaries = of.buckets[index];
      if (summaries === undefined) return [];
      const { label, isWhole } = period;
      return [{ label, ...wirePeriod(period), is_whole: isWhole, numbers: tell('bucket', summaries, period, key) }];
    }),
  });
  return {
    as_of: wireAsOf(asOf),
    window: { ...wirePeriod(window), time_zone: window.timeZone, per },
    compared_with: before === null ? null : wirePeriod(before),
    definitions: definitionsOf(measures),
    total: portion(total, {}),
    groups: groups.map((group) => ({ group: group.key, ...portion(group, group.key) })),
    groups_left_out: groupsLeftOut,
  };
}

/** What a measure means, and where that is defined. */
export function definitionOf({ definition, anchor }: Definition) {
  return { text: definition, docs: `/docs/measures.md#${anchor}` };
}

export function definitionsOf(definitions: Readonly<Record<string, Definition>>) {
  return Object.fromEntries(Object.entries(definitions).map(([name, one]) => [name, definitionOf(one)]));
}

export function wireAsOf({ at, revision }: AsOf) {
  return { at: wireTime(at), revision };
}

export function wirePeriod({ from, to }: Period) {
  return { from: wireTime(from), to: wireTime(to) };
}

export function wireMeasured({ value, ...trust }: Measured, items: string) {
  return { value, ...wireTrust(trust), items };
}

export function wireDistribution(
  { mean, min, max, percentiles, histogram, ...trust }: Distribution,
  items: string,
  isHistogramTold: boolean,
) {
  return {
    ...{ mean, min, max, p50: percentiles[50], p75: percentiles[75], p85: percentiles[85] },
    ...{ p90: percentiles[90], p95: percentiles[95], p99: percentiles[99] },
    histogram: isHistogramTold ? histogram.map(({ upTo, count }) => ({ up_to: upTo, count })) : null,
    ...wireTrust(trust),
    items,
  };
}

function wireTrust({ missing, unit, n, isFew, excluded }: Omit<Measured, 'value'>) {
  return { missing, unit, n, is_few: isFew, excluded: [...excluded] };
}

/** The path of the items behind a number; what is not known is asked for by an empty text. */
export function itemsPath(measure: Measure, question: Question): string {
  return pathOf(measure, askedOf(question));
}

function pathOf({ name }: Measure, asked: string): string {
  return `/api/v1/measures/items?measure=${name}&${asked}`;
}

function askedOf({ window, filter, options = {} }: Question): string {
  const query = new URLSearchParams({ ...wirePeriod(window), time_zone: window.timeZone, ...filter });
  for (const [option, value] of Object.entries(options)) if (value !== null) query.set(option, String(value));
  return String(query);
}
