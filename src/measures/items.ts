import { askTogether, type Prepared } from './ask.ts';
import { numberOrNull, textOrNull } from './columns/cells.ts';
import type { AsOf, Cell, Columns, Row } from './columns/contract.ts';
import type { Measure, Question } from './measure.ts';
import type { ExclusionReason, MeasureItem } from './measured.ts';
import { conditionsOf, queryOf } from './narrow.ts';

export const itemOrders = ['at', 'value'] as const;
/** The latest first, or the greatest value first (those without one last). */
type ItemOrder = (typeof itemOrders)[number];

/** Which items of a measure, and in what order. */
export interface ItemPage {
  /** Only those that are excluded for this reason; `counted`: only those with a value; null: all. */
  readonly reason: ExclusionReason | 'counted' | null;
  readonly order: ItemOrder;
  readonly limit: number;
  /** Where the page before ended: its {@link Items.next}. */
  readonly after: ItemPosition | null;
}

/** Rank, span id, attempt and part of the last item of a page. */
export type ItemPosition = readonly [number, string, number, string];

/** An item, with what a person knows it by. */
export interface ListedItem extends MeasureItem {
  /** Which one of those of the attempt: the name of the stage, the commit. Null where an attempt has one only. */
  readonly part: string | null;
  readonly operation: string;
  readonly project: string;
  readonly title: string | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** What else the measure shows of it, by the names of {@link Measure.details}. */
  readonly details: Readonly<Record<string, Cell>>;
}

export interface Items {
  readonly asOf: AsOf;
  readonly items: readonly ListedItem[];
  readonly next: ItemPosition | null;
}

/**
 * The items of a measure for one question, a page of them: those that a number is made of, and those it leaves out. Groups,
 * buckets and the period before are questions of their own. Throws as `ask` does.
 */
export async function listItems(
  columns: Columns,
  measure: Measure,
  question: Question,
  page: ItemPage,
  options: { readonly fresh: boolean },
): Promise<Items> {
  const { items } = await askTogether(columns, { items: prepareItems(measure, question, page) }, options);
  return items;
}

/** What {@link listItems} asks; throws as `prepare` does. */
export function prepareItems(measure: Measure, question: Question, page: ItemPage): Prepared<Items> {
  const [rank, spanId, attempt, part] = page.after ?? [0, '', 0, ''];
  const sql = itemsSql(measure, question, page);
  const reason = page.reason === null || page.reason === 'counted' ? {} : { only_reason: page.reason };
  const after = { after_rank: rank, after_span: spanId, after_attempt: attempt, after_part: part };
  return {
    queries: [
      {
        ...queryOf(sql, question.window, question, { ...reason, ...after, limit: page.limit + 1 }),
        isOfOutcomes: measure.isOfOutcomes === true,
      },
    ],
    answerOf({ asOf, rows: [found = []] }) {
      const shown = found.slice(0, page.limit);
      const last = shown.at(-1);
      return {
        asOf,
        items: shown.map((row) => itemOf(row, measure)),
        next: found.length > page.limit && last !== undefined ? positionOf(last) : null,
      };
    },
  };
}

/** Values of items are never negative, so those without one come last. */
const RANKS: Record<ItemOrder, string> = { at: '"at"', value: 'coalesce(value, -1)' };

function itemsSql(measure: Measure, { filter }: Question, { reason, order, after }: ItemPage): string {
  const part = measure.part === undefined ? 'NULL' : `"${measure.part}"`;
  const conditions = [
    conditionsOf(measure, filter),
    ...(reason === null ? [] : [reason === 'counted' ? 'reason IS NULL' : 'reason = $only_reason']),
  ];
  const isAfter = `rank < $after_rank OR (rank = $after_rank AND
    (span_id, attempt, coalesce(part, '')) > ($after_span::VARCHAR, $after_attempt, $after_part::VARCHAR))`;
  return `
WITH page AS MATERIALIZED (
  FROM (
    SELECT
      identity_id, span_id, attempt, "at", value, reason, basis, ${part}::VARCHAR AS part, ${RANKS[order]} AS rank
      ${(measure.details ?? []).map((name) => `, "${name}"`).join('')}
    FROM (${measure.items}) AS items
    WHERE ${conditions.join(' AND ')}
  )
  ${after === null ? '' : `WHERE ${isAfter}`}
  ORDER BY rank DESC, span_id, attempt, coalesce(part, '')
  LIMIT $limit
),
-- First where they lie, so that what is shown of a few is not read of all.
lying AS MATERIALIZED (
  SELECT rowid AS place FROM spans SEMI JOIN page ON spans.identity_id = page.identity_id AND ordinal = attempt
),
shown AS (SELECT identity_id, ordinal, operation, project, title, started_at, finished_at FROM spans JOIN lying ON rowid = place)
SELECT page.*, operation, project, title, started_at, finished_at
FROM page LEFT JOIN shown ON shown.identity_id = page.identity_id AND shown.ordinal = page.attempt
ORDER BY rank DESC, page.span_id, attempt, coalesce(part, '')`;
}

function positionOf({ rank, span_id, attempt, part }: Row): ItemPosition {
  return [Number(rank), String(span_id), Number(attempt), String(part ?? '')];
}

function itemOf(row: Row, { details = [] }: Measure): ListedItem {
  return {
    spanId: String(row.span_id),
    attempt: Number(row.attempt),
    at: Number(row.at),
    value: numberOrNull(row.value),
    reason: textOrNull(row.reason) as ExclusionReason | null,
    basis: textOrNull(row.basis),
    part: textOrNull(row.part),
    operation: String(row.operation),
    project: String(row.project),
    title: textOrNull(row.title),
    startedAt: numberOrNull(row.started_at),
    finishedAt: numberOrNull(row.finished_at),
    details: Object.fromEntries(details.map((name) => [name, row[name] ?? null])),
  };
}
