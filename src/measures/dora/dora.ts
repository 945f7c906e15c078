import { type Asked, ask } from '../ask.ts';
import { calendarOf } from '../calendar.ts';
import type { AsOf, Columns } from '../columns/contract.ts';
import { type Items, listItems } from '../items.ts';
import type { Measure, Question } from '../measure.ts';
import type { Summary } from '../summary.ts';
import type { MeasureFilter, Window } from '../window.ts';
import { doraMeasures, type LeadTimeStart, leadTimeStage, leadTimes } from './measures.ts';

type DoraMeasure = 'change_lead_time' | keyof typeof doraMeasures;

/** What DORA's five measures come to, and what their numbers cannot say. */
export interface Dora {
  readonly question: Question;
  readonly measures: Readonly<Record<DoraMeasure, Measure>>;
  readonly asked: Asked<DoraMeasure>;
  readonly leadTimeFrom: LeadTimeStart;
  /** Of one group, or of all where none is named. */
  readonly rhythmOf: (group: MeasureFilter | null) => Rhythm;
  /** Each stage of the lead time, in which any was; of one group, or of all where none is named. */
  readonly stagesOf: (group: MeasureFilter | null) => ReadonlyMap<string, Summary>;
  /** The latest deployments that have failed, each with its causes and its recovery. */
  readonly failures: Items;
}

/** How deployments are spread over the days of a window. */
interface Rhythm {
  /** On which there was one. */
  readonly days: number;
  /** The median over the whole weeks of the window, those without one too; null where it has none. */
  readonly perWeek: number | null;
}

interface Options {
  /** Null: what is known of most commits. */
  readonly leadTimeFrom: LeadTimeStart | null;
  readonly fresh: boolean;
}

const FAILURES_TOLD = 100;

/**
 * Asks DORA's measures of each service and environment: of production, unless the filter says of which. Throws as {@link ask}
 * does.
 */
export async function askDora(columns: Columns, asking: Question, { leadTimeFrom, fresh }: Options): Promise<Dora> {
  const question = { ...asking, filter: inProduction(asking.filter) };
  const start = leadTimeFrom ?? (await startKnown(columns, question, fresh));
  const measures = { ...doraMeasures, change_lead_time: leadTimes[start] };
  const asked = await ask(columns, question, measures, { fresh });
  const [rhythmOf, stagesOf, failures] = await Promise.all([
    askRhythm(columns, question),
    askStages(columns, question),
    listFailures(columns, question),
  ]);
  return { question, measures, asked, leadTimeFrom: start, rhythmOf, stagesOf, failures };
}

function inProduction(filter: MeasureFilter): MeasureFilter {
  return filter.environment === undefined && filter.tier === undefined ? { ...filter, tier: 'production' } : filter;
}

/** Committer times where they are known of as many commits as author times are, for those are what DORA means. */
async function startKnown(columns: Columns, question: Question, fresh: boolean): Promise<LeadTimeStart> {
  const { committed, authored } = leadTimes;
  const plain = { ...question, groupBy: [], per: null, compare: false };
  const { total } = await ask(columns, plain, { committed, authored }, { fresh });
  const { now } = total;
  return now.committed.n > 0 && now.committed.n >= now.authored.n ? 'committed' : 'authored';
}

const alreadyFresh = { fresh: false };

async function askRhythm(columns: Columns, question: Question): Promise<Dora['rhythmOf']> {
  const { deployment_frequency } = doraMeasures;
  const daily = { ...question, per: 'day', compare: false } as const;
  const { calendar, total, groups } = await ask(columns, daily, { deployment_frequency }, alreadyFresh);
  const weeks = calendarOf(question.window, 'week').filter(({ isWhole }) => isWhole);
  return (group) => {
    const { buckets } = group === null ? total : (groups.find(({ key }) => isSame(key, group)) ?? { buckets: [] });
    const days = buckets.map(({ deployment_frequency: { n } }, index) => ({ n, at: calendar[index]?.from ?? 0 }));
    const perWeek = weeks.map(({ from, to }) => sumOf(days.filter(({ at }) => at >= from && at < to)));
    return { days: days.filter(({ n }) => n > 0).length, perWeek: medianOf(perWeek) };
  };
}

async function askStages(columns: Columns, question: Question): Promise<Dora['stagesOf']> {
  const { groupBy } = question;
  const plain = { ...question, per: null, compare: false };
  const measures = { stage: leadTimeStage };
  const whole = await ask(columns, { ...plain, groupBy: ['stage'] }, measures, alreadyFresh);
  const parts =
    groupBy.length === 0
      ? []
      : (await ask(columns, { ...plain, groupBy: [...groupBy, 'stage'] }, measures, alreadyFresh)).groups;
  return (group) => {
    const found = group === null ? whole.groups : parts.filter(({ key: { stage: _, ...key } }) => isSame(key, group));
    return new Map(found.map(({ key, now }) => [key.stage ?? '', now.stage]));
  };
}

function listFailures(columns: Columns, question: Question): Promise<Items> {
  const page = { reason: null, order: 'at', limit: FAILURES_TOLD, after: null } as const;
  return listItems(columns, doraMeasures.failed_deployment_recovery_time, question, page, alreadyFresh);
}

function isSame(a: MeasureFilter, b: MeasureFilter): boolean {
  const names = Object.keys(a) as (keyof MeasureFilter)[];
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function sumOf(days: readonly { readonly n: number }[]): number {
  return days.reduce((sum, { n }) => sum + n, 0);
}

function medianOf(numbers: readonly number[]): number | null {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** How long a window has lasted until the numbers were taken. */
export function spanOf({ from, to }: Window, asOf: AsOf): number {
  return Math.max(0, Math.min(to, asOf.at) - from);
}
