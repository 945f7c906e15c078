/** From when to when a waterfall shows, in milliseconds since 1970. */
export interface View {
  readonly from: number;
  readonly to: number;
}

/** Nobody works in less than that. */
const LEAST_MS = 60_000;

/** All of a trace, with a little room at both ends. */
export function wholeOf(rows: readonly View[]): View {
  const from = rows.reduce((least, row) => Math.min(least, row.from), Number.POSITIVE_INFINITY);
  const to = rows.reduce((most, row) => Math.max(most, row.to), Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(from) || !Number.isFinite(to)) return { from: 0, to: LEAST_MS };
  const room = Math.max((to - from) * 0.02, LEAST_MS / 4);
  return { from: from - room, to: to + room };
}

/** Nearer (`factor` below one) or farther around one instant, and never beyond the whole. */
export function zoom(view: View, factor: number, around: number, whole: View): View {
  const length = Math.min(Math.max((view.to - view.from) * factor, LEAST_MS), whole.to - whole.from);
  const part = (around - view.from) / (view.to - view.from);
  return within({ from: around - part * length, to: around + (1 - part) * length }, whole);
}

/** Earlier or later by a part of what is shown. */
export function pan(view: View, part: number, whole: View): View {
  const by = (view.to - view.from) * part;
  return within({ from: view.from + by, to: view.to + by }, whole);
}

export function between(a: number, b: number, whole: View): View {
  const [from, to] = a < b ? [a, b] : [b, a];
  const missing = Math.max(0, LEAST_MS - (to - from)) / 2;
  return within({ from: from - missing, to: to + missing }, whole);
}

function within({ from, to }: View, whole: View): View {
  const length = Math.min(to - from, whole.to - whole.from);
  const start = Math.min(Math.max(from, whole.from), whole.to - length);
  return { from: start, to: start + length };
}
