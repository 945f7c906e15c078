import { memo } from 'react';
import { keyOf, type Row, type Trace } from './tree.ts';
import type { View } from './view.ts';

/** What led to what, by lines of the waterfall: of each effect the causes that are shown too. */
export type Causes = ReadonlyMap<string, readonly Cause[]>;

interface Cause {
  readonly key: string;
  readonly isParent: boolean;
}

/** The causes of each span, by its key; a link that names no attempt means the last one. */
export function causesIn({ links, spans }: Trace): Causes {
  const lastOf = new Map(spans.map(({ span_id, attempt }) => [span_id, keyOf(span_id, attempt)]));
  const causes = new Map<string, Cause[]>();
  for (const { from_span_id, from_attempt, span_id, attempt, is_parent: isParent } of links) {
    const key = attempt === null ? lastOf.get(span_id) : keyOf(span_id, attempt);
    const effect = keyOf(from_span_id, from_attempt);
    if (key !== undefined) causes.set(effect, [...(causes.get(effect) ?? []), { key, isParent }]);
  }
  return causes;
}

interface Props {
  readonly causes: Causes;
  readonly rows: readonly Row[];
  /** Which line each key has. */
  readonly places: ReadonlyMap<string, number>;
  /** The first line of those whose links are drawn, and how many these are. */
  readonly first: number;
  readonly count: number;
  readonly view: View;
  readonly width: number;
  readonly left: number;
  readonly rowHeight: number;
  readonly chosen: string | null;
}

/** From how many lines away a cause is pointed at: about what is in sight. */
const REACH = 32;

/**
 * A thin line from each cause that is near to what began because of it in some lines; those of the chosen span stand out, and are
 * of any length.
 */
export const Links = memo(function Links(props: Props) {
  const { rows, first, count, causes } = props;
  const links = rows
    .slice(first, first + count)
    .flatMap((effect, index) =>
      (causes.get(effect.key) ?? []).flatMap((cause) => linkOf(props, cause, effect, first + index)),
    );
  return Array.from(
    Map.groupBy(links, ({ look }) => look),
    ([look, alike]) => <path key={look} className={look} d={alike.map(({ path }) => path).join('')} />,
  );
});

/** None where it is not shown. */
function linkOf({ rows, places, chosen, ...sizes }: Props, { key, isParent }: Cause, effect: Row, of: number) {
  const to = places.get(key) ?? of;
  const row = rows[to];
  const isChosen = chosen === effect.key || chosen === key;
  const isNear = isParent && Math.abs(to - of) <= REACH;
  if (row === undefined || to === of || !(isNear || isChosen)) return [];
  const path = pathOf(sizes, row, to, effect, of);
  return path === null ? [] : [{ path, look: `${isChosen ? 'chosen' : ''}${isParent ? '' : ' other'}` }];
}

type Sizes = Pick<Props, 'view' | 'width' | 'left' | 'rowHeight'>;

/** Down from the cause, and to the right where the effect began later; null where that is not shown. */
function pathOf({ view, width, left, rowHeight }: Sizes, cause: Row, to: number, effect: Row, of: number) {
  const x = (time: number) => left + ((time - view.from) / (view.to - view.from)) * width;
  const isIn = (at: number) => at >= left && at <= left + width;
  const start = x(effect.from);
  const from = Math.min(Math.max(start, x(cause.from)), x(cause.to));
  if (!isIn(start) || !isIn(from)) return null;
  const [y0, y1] = [(to + 0.72) * rowHeight, (of + 0.5) * rowHeight];
  return Math.abs(from - start) < 2 ? `M${start},${y0}V${y1}` : `M${from},${y0}V${y1}H${start}`;
}
