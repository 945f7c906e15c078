import type { Prepared } from '../ask.ts';
import { numberOrNull, textOrNull } from '../columns/cells.ts';
import type { Row } from '../columns/contract.ts';
import type { Question } from '../measure.ts';
import { type Percentile, percentiles } from '../measured.ts';
import { conditionsOf, queryOf } from '../narrow.ts';
import type { Summary } from '../summary.ts';
import { ageMeasure } from './flow.ts';
import { type FlowType, flowTypeOf } from './types.ts';

/** The values that a part of what was done before did not exceed; all null where nothing was. */
export interface Past {
  readonly n: number;
  readonly p50: number | null;
  readonly p85: number | null;
  readonly p95: number | null;
}

export const standings = ['within_p50', 'within_p85', 'within_p95', 'above_p95'] as const;
/** The least of the past's percentiles that it does not exceed. */
type Standing = (typeof standings)[number];

/** One open item. */
export interface AgeingItem {
  readonly spanId: string;
  readonly attempt: number;
  readonly title: string | null;
  readonly project: string;
  readonly type: FlowType | null;
  readonly ageMs: number;
  /** Against the flow time of what was done; null where nothing was. */
  readonly ageStanding: Standing | null;
  /** Null where it has none. */
  readonly stage: string | null;
  readonly category: string | null;
  readonly timeInStageMs: number | null;
  /** Against the time that what was done had spent in this stage; null where nothing done was ever in it. */
  readonly stageStanding: Standing | null;
}

/** So many of the oldest are shown one by one; the list of items has all. */
const MOST_ITEMS = 100;

const sql = ({ filter }: Question) => `
SELECT * FROM (${ageMeasure.items}) WHERE ${conditionsOf(ageMeasure, filter)}
ORDER BY value DESC, span_id, attempt LIMIT ${MOST_ITEMS}`;

/** The oldest open items, as rows for {@link ageingOf}. Throws as `prepare` does. */
export function prepareOldest(question: Question): Prepared<readonly Row[]> {
  return {
    queries: [queryOf(sql(question), question.window, question)],
    answerOf: ({ rows: [rows = []] }) => rows,
  };
}

/** What the ages of today are compared with. */
export function pastOf({ n, percentiles: values }: Summary): Past {
  const at = (percentile: Percentile) => values[percentiles.indexOf(percentile)] ?? null;
  return { n, p50: at(50), p85: at(85), p95: at(95) };
}

export function ageingOf(rows: readonly Row[], flowTime: Past, stages: ReadonlyMap<string, Past>): AgeingItem[] {
  return rows.map((row) => {
    const stage = textOrNull(row.stage);
    const timeInStageMs = numberOrNull(row.time_in_stage);
    const past = stage === null ? undefined : stages.get(stage);
    return {
      spanId: String(row.span_id),
      attempt: Number(row.attempt),
      title: textOrNull(row.title),
      project: String(row.project),
      type: flowTypeOf(row.type),
      ageMs: Number(row.value),
      ageStanding: standingOf(Number(row.value), flowTime),
      ...{ stage, category: textOrNull(row.category), timeInStageMs },
      stageStanding: timeInStageMs === null || past === undefined ? null : standingOf(timeInStageMs, past),
    };
  });
}

function standingOf(value: number, { p50, p85, p95 }: Past): Standing | null {
  if (p50 === null || p85 === null || p95 === null) return null;
  if (value <= p50) return 'within_p50';
  if (value <= p85) return 'within_p85';
  return value <= p95 ? 'within_p95' : 'above_p95';
}
