import type { Schemas } from '../api/client.ts';

export type Trace = Schemas['Trace'];
export type TraceSpan = Trace['spans'][number];
type Link = Trace['links'][number];

/** One line of the waterfall: a span, how deep it stands, and when it was. */
export interface Row {
  readonly key: string;
  readonly span: TraceSpan;
  readonly depth: number;
  /** How many lines stand below it, those that are folded away too. */
  readonly below: number;
  readonly isFolded: boolean;
  readonly parent: string | null;
  /** Which one of its siblings it is, and of how many. */
  readonly position: number;
  readonly siblings: number;
  /** Instants in milliseconds; the start of one whose start is unknown is its end. */
  readonly from: number;
  readonly to: number;
}

export function keyOf(spanId: string, attempt: number): string {
  return `${spanId}#${attempt}`;
}

/**
 * The spans of a trace as lines, each below what caused it, and a deployment that only carried a change below that change.
 * `now`: until when what is open lasts.
 */
export function rowsOf(trace: Trace, folded: ReadonlySet<string>, now: number): Row[] {
  const children = childrenOf(trace);
  const rows: Row[] = [];
  const counts = new Map<string, number>();
  const countBelow = (key: string): number => {
    const known = counts.get(key);
    if (known !== undefined) return known;
    const below = (children.get(key) ?? []).reduce(
      (sum, one) => sum + 1 + countBelow(keyOf(one.span_id, one.attempt)),
      0,
    );
    counts.set(key, below);
    return below;
  };
  const visit = (spans: readonly TraceSpan[], depth: number, parent: string | null) => {
    spans.forEach((span, index) => {
      const key = keyOf(span.span_id, span.attempt);
      const [from, to] = timesOf(span, now);
      const below = countBelow(key);
      const isFolded = folded.has(key);
      const place = { position: index + 1, siblings: spans.length };
      rows.push({ key, span, depth, below, isFolded, parent, ...place, from, to });
      if (!isFolded) visit(children.get(key) ?? [], depth + 1, key);
    });
  };
  visit(children.get(ROOT) ?? [], 0, null);
  return rows;
}

const ROOT = '';

/** What stands below each span, by its key, in the order in which it began; what has no place stands at the top. */
function childrenOf({ spans, links }: Trace): Map<string, TraceSpan[]> {
  const byKey = new Map(spans.map((span) => [keyOf(span.span_id, span.attempt), span]));
  const reached = new Map(links.filter(isReaching).map((link) => [keyOf(link.from_span_id, link.from_attempt), link]));
  const lastOf = new Map(spans.map((span) => [span.span_id, keyOf(span.span_id, span.attempt)]));
  const placeOf = (span: TraceSpan): string => {
    const key = keyOf(span.span_id, span.attempt);
    const parent = parentOf(span, key, reached, lastOf);
    return parent !== null && parent !== key && byKey.has(parent) ? parent : ROOT;
  };
  return Map.groupBy(spans, placeOf);
}

function parentOf(
  span: TraceSpan,
  key: string,
  reached: ReadonlyMap<string, Link>,
  lastOf: ReadonlyMap<string, string>,
): string | null {
  const id = span.via === null ? span.parent_span_id : (reached.get(key)?.span_id ?? null);
  if (id === null) return null;
  return span.via === null && span.parent_attempt !== null ? keyOf(id, span.parent_attempt) : (lastOf.get(id) ?? null);
}

/** From a deployment to the change that it carried. */
function isReaching({ kind }: Link): boolean {
  return kind === 'carries' || kind === 'caused_incident';
}

/** Whether any line depends on what time it is: of what is open, and of what has no known time at all. */
export function goesOn({ spans }: Trace): boolean {
  return spans.some(
    ({ state, started_at: start, finished_at: end }) => end === null && (state === 'open' || start === null),
  );
}

function timesOf(span: TraceSpan, now: number): [from: number, to: number] {
  const end = span.finished_at === null ? (span.state === 'open' ? now : null) : Date.parse(span.finished_at);
  const start = span.started_at === null ? null : Date.parse(span.started_at);
  const to = end ?? start ?? now;
  const from = start ?? to;
  return [from, Math.max(from, to)];
}
