import { type Asked, askTogether, derived, groupsTold, type Prepared, prepare, type Summaries } from '../ask.ts';
import { calendarOf } from '../calendar.ts';
import type { AsOf, Columns } from '../columns/contract.ts';
import { type Items, prepareItems } from '../items.ts';
import type { Measure, Question } from '../measure.ts';
import { NOTHING } from '../summary.ts';
import type { Dimension, MeasureFilter, Window } from '../window.ts';
import { type LeadTimeStage, leadTimeStages } from './lead-time.sql.ts';
import { doraMeasures, type LeadTimeStart, leadTimeStageMeasures, leadTimes } from './measures.ts';
import { prepareRhythm, type Rhythm } from './rhythm.ts';

type DoraMeasure = 'change_lead_time' | keyof typeof doraMeasures;

/** What DORA's five measures come to, and what their numbers cannot say. */
export interface Dora {
  readonly question: Question;
  readonly measures: Readonly<Record<DoraMeasure, Measure>>;
  readonly asked: Asked<DoraMeasure>;
  readonly leadTimeFrom: LeadTimeStart;
  /** Of one group, or of all where none is named. */
  readonly rhythmOf: (group: MeasureFilter | null) => Rhythm;
  /** Each stage of the lead time; of one of the groups of {@link asked}, or of all where none is named. Null without details. */
  readonly stagesOf: (group: MeasureFilter | null) => Summaries<LeadTimeStage> | null;
  /** The latest deployments that have failed, each with its causes and its recovery. Null without details. */
  readonly failures: Items | null;
}

interface Options {
  /** Null: what is known of most commits. */
  readonly leadTimeFrom: LeadTimeStart | null;
  /** Whether the stages of lead times and the failures are told. */
  readonly withDetails: boolean;
  readonly fresh: boolean;
}

const FAILURES_TOLD = 100;

/**
 * Asks DORA's measures of each service and environment: of production, unless the filter says of which. Throws as {@link ask}
 * does.
 */
export async function askDora(
  columns: Columns,
  asking: Question,
  { leadTimeFrom, withDetails, fresh }: Options,
): Promise<Dora> {
  const question = { ...asking, filter: inProduction(asking.filter) };
  const { numbers, stages, rhythmOf, failures } = await askTogether(
    columns,
    {
      numbers: prepare(question, { ...doraMeasures, ...leadTimesAsked(leadTimeFrom) }),
      stages: withDetails ? prepareStages(question) : nothingAsked,
      rhythmOf: prepareRhythm(question),
      failures: withDetails ? prepareFailures(question) : nothingAsked,
    },
    { fresh },
  );
  const start = leadTimeFrom ?? startKnown(numbers.total.now);
  const asked = derived(numbers, (summaries) => ({ ...summaries, change_lead_time: summaries[start] }));
  const measures = { ...doraMeasures, change_lead_time: leadTimes[start] };
  const stagesOf = (group: MeasureFilter | null) => {
    if (stages === null) return null;
    const found = group === null ? stages.total : stages.groups.find(({ key }) => isSame(key, group));
    return found?.now ?? NO_STAGES;
  };
  return { question, measures, asked, leadTimeFrom: start, rhythmOf, stagesOf, failures };
}

/** Of a group without a successful deployment. */
const NO_STAGES = Object.fromEntries(leadTimeStages.map((stage) => [stage, NOTHING])) as Summaries<LeadTimeStage>;

const nothingAsked: Prepared<null> = { queries: [], answerOf: () => null };

/** Those that may begin it where none is chosen. */
function leadTimesAsked(from: LeadTimeStart | null) {
  const starts: readonly LeadTimeStart[] = from === null ? ['committed', 'authored'] : [from];
  return Object.fromEntries(starts.map((start) => [start, leadTimes[start]])) as Record<LeadTimeStart, Measure>;
}

/**
 * A query of its own: together with the others it would need more memory than there is for ten million spans. It begins with what
 * the others begin with, so that the same groups are told.
 */
function prepareStages(question: Question): Prepared<Asked<LeadTimeStage> | null> {
  const { deployment_frequency } = doraMeasures;
  const buckets = question.per === null ? 0 : calendarOf(question.window, question.per).length;
  const plain = { ...question, per: null, compare: false, mostGroups: groupsTold(question, buckets) };
  return prepare(plain, { deployment_frequency, ...leadTimeStageMeasures });
}

function inProduction(filter: MeasureFilter): MeasureFilter {
  return filter.environment === undefined && filter.tier === undefined ? { ...filter, tier: 'production' } : filter;
}

/** Committer times where they are known of as many commits as author times are, for those are what DORA means. */
function startKnown({ committed, authored }: Summaries<LeadTimeStart>): LeadTimeStart {
  return committed.n > 0 && committed.n >= authored.n ? 'committed' : 'authored';
}

function prepareFailures(question: Question): Prepared<Items | null> {
  const page = { reason: null, order: 'at', limit: FAILURES_TOLD, after: null } as const;
  return prepareItems(doraMeasures.failed_deployment_recovery_time, question, page);
}

function isSame(a: MeasureFilter, b: MeasureFilter): boolean {
  return Object.entries(a).every(([name, value]) => b[name as Dimension] === value);
}

/** How long a window has lasted until the numbers were taken. */
export function spanOf({ from, to }: Window, asOf: AsOf): number {
  return Math.max(0, Math.min(to, asOf.at) - from);
}
