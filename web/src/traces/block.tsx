import { memo } from 'react';
import { type Segment, SpanRow } from './row.tsx';
import type { Row } from './tree.ts';
import type { View } from './view.ts';

interface Props {
  readonly rows: readonly Row[];
  /** Which one of the rows is the first of the block, and how many it has; the last block may have fewer. */
  readonly first: number;
  readonly count: number;
  readonly rowHeight: number;
  /** What the ids of all lines begin with. */
  readonly id: string;
  readonly view: View;
  readonly now: number;
  /** The line that the keyboard is at, if it is one of these. */
  readonly active: number | null;
  readonly chosen: string | null;
  readonly linked: ReadonlySet<string>;
  readonly paths: ReadonlyMap<string, readonly Segment[]>;
  readonly choose: (key: string) => void;
  readonly fold: (key: string) => void;
}

/** Some lines of the waterfall, which come into sight and leave it together. */
export const Block = memo(function Block(props: Props) {
  const { rows, first, count, rowHeight, id, view, now, active, chosen, linked, paths, choose, fold } = props;
  const own = rows.slice(first, first + count);
  return (
    <div className="wf-block" role="presentation" style={{ top: first * rowHeight, height: own.length * rowHeight }}>
      {own.map((row, index) => (
        <SpanRow
          key={row.key}
          id={`${id}${first + index}`}
          {...{ row, view, fold, choose }}
          now={row.span.state === 'open' ? now : 0}
          isActive={first + index === active}
          isChosen={row.key === chosen}
          isLinked={linked.has(row.key)}
          path={paths.get(row.key)}
        />
      ))}
    </div>
  );
});
