import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type RefObject, useCallback, useEffect, useId, useMemo, useRef, useState } from 'react';
import { Block } from './block.tsx';
import { causesIn, Links } from './links.tsx';
import { ticksOf } from './ruler.tsx';
import { keyOf, type Row, type Trace } from './tree.ts';
import { pan, type View, zoom } from './view.ts';
import { useWheelZoom } from './wheel-zoom.ts';

interface Props {
  readonly trace: Trace;
  readonly rows: readonly Row[];
  /** Until when what is open lasts. */
  readonly now: number;
  readonly view: View;
  readonly whole: View;
  /** Null shows the whole. */
  readonly setView: (view: View | null) => void;
  /** How wide the names and the times are, in pixels. */
  readonly left: number;
  readonly width: number;
  /** The key of the span whose details are shown. */
  readonly chosen: string | null;
  readonly choose: (key: string) => void;
  readonly fold: (key: string) => void;
}

const ROW = 30;
/** So many lines come into sight at once: most of what they cost a frame is that anything changes, and not how many they are. */
const BLOCK = 3;
/** So many blocks are drawn beyond both ends of what is in sight. */
const EXTRA_BLOCKS = 3;
const SIZES = { count: BLOCK, rowHeight: ROW };
const PAGE = 15;

/**
 * The lines of a waterfall that are in sight, as a tree that the keyboard goes through. Scrolling renders nothing else of the page,
 * and of the lines those alone that come into sight.
 */
export function Lines({ trace, rows, now, view, whole, setView, left, width, chosen, choose, fold }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: Math.ceil(rows.length / BLOCK),
    getScrollElement: () => scroller.current,
    estimateSize: () => BLOCK * ROW,
    overscan: EXTRA_BLOCKS,
  });
  const [active, setActive] = useState(chosen ?? rows[0]?.key ?? null);
  const places = useMemo(() => new Map(rows.map(({ key }, index) => [key, index])), [rows]);
  const place = places.get(active ?? '') ?? 0;
  const paths = useMemo(() => Map.groupBy(trace.critical_path, (one) => keyOf(one.span_id, one.attempt)), [trace]);
  const causes = useMemo(() => causesIn(trace), [trace]);
  const linked = useMemo(() => linkedTo(trace, chosen), [trace, chosen]);
  const ticks = useMemo(() => ticksOf(view, width), [view, width]);
  const pick = useCallback(
    (key: string) => {
      setActive(key);
      choose(key);
    },
    [choose],
  );
  const id = useId();
  useWheelZoom(scroller, left, setView, view, whole);
  useChosenInSight(chosen, places, scroller);

  const goTo = (wanted: number) => {
    const index = Math.max(0, Math.min(rows.length - 1, wanted));
    setActive(rows[index]?.key ?? null);
    scrollTo(scroller.current, index);
  };
  const pressed = (event: KeyboardEvent) => {
    const row = rows[place];
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const middle = Math.min(Math.max((row.from + row.to) / 2, view.from), view.to);
    const keys: Readonly<Record<string, () => void>> = {
      ...{
        ArrowDown: () => goTo(place + 1),
        j: () => goTo(place + 1),
        ArrowUp: () => goTo(place - 1),
        k: () => goTo(place - 1),
      },
      ...{ Home: () => goTo(0), End: () => goTo(rows.length - 1) },
      ...{ PageDown: () => goTo(place + PAGE), PageUp: () => goTo(place - PAGE) },
      ...{ Enter: () => pick(row.key), ' ': () => pick(row.key) },
      ArrowRight: () => (row.isFolded ? fold(row.key) : row.below > 0 ? goTo(place + 1) : undefined),
      ArrowLeft: () => (row.below > 0 && !row.isFolded ? fold(row.key) : goTo(places.get(row.parent ?? '') ?? place)),
      '+': () => setView(zoom(view, 0.5, middle, whole)),
      '=': () => setView(zoom(view, 0.5, middle, whole)),
      '-': () => setView(zoom(view, 2, middle, whole)),
      '0': () => setView(null),
      '<': () => setView(pan(view, -0.25, whole)),
      '>': () => setView(pan(view, 0.25, whole)),
    };
    const act = keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  const blocks = virtual.getVirtualItems();
  return (
    <div
      ref={scroller}
      className="wf-scroll"
      role="tree"
      tabIndex={0}
      aria-label="Spans of the trace"
      aria-activedescendant={rows[place] === undefined ? undefined : `${id}${place}`}
      onKeyDown={pressed}
    >
      <div className="wf-canvas" role="presentation" style={{ height: rows.length * ROW }}>
        <div className="wf-grid" aria-hidden style={gridOf(ticks, left)} />
        {/* Drawn beyond its own box, below the lines: what it has stays where it is, whatever else comes into sight. */}
        <svg className="wf-links" width={left + width} height={1} aria-hidden>
          {blocks.map(({ index }) => (
            <Links
              key={index}
              first={index * BLOCK}
              {...{ rows, places, causes, view, width, left, chosen, ...SIZES }}
            />
          ))}
        </svg>
        {blocks.map(({ index }) => (
          <Block
            key={index}
            first={index * BLOCK}
            {...{ rows, id, view, now, paths, linked, chosen, choose: pick, fold, ...SIZES }}
            active={Math.floor(place / BLOCK) === index ? place : null}
          />
        ))}
      </div>
    </div>
  );
}

/** One background: elements as high as all lines made the compositor go through each text of them, for which every frame waited. */
function gridOf(ticks: readonly number[], left: number) {
  return {
    backgroundImage: ticks.map(() => 'linear-gradient(var(--grid) 0 0)').join(),
    backgroundPosition: ticks.map((x) => `${Math.round(left + x)}px`).join(),
  };
}

/** The keys of the spans that the chosen one is linked with. */
function linkedTo({ links, spans }: Trace, chosen: string | null): ReadonlySet<string> {
  if (chosen === null) return new Set();
  const ids = links.flatMap((link) => {
    const from = keyOf(link.from_span_id, link.from_attempt);
    if (from === chosen) return [link.span_id];
    return chosen.startsWith(`${link.span_id}#`) ? [link.from_span_id] : [];
  });
  const linked = new Set(ids);
  return new Set(spans.filter(({ span_id }) => linked.has(span_id)).map((span) => keyOf(span.span_id, span.attempt)));
}

/** Scrolls as far as it takes until a line is in sight as a whole. */
function scrollTo(scroller: HTMLElement | null, index: number): void {
  if (scroller === null) return;
  const [top, bottom] = [index * ROW, (index + 1) * ROW];
  scroller.scrollTop = Math.max(Math.min(scroller.scrollTop, top), bottom - scroller.clientHeight);
}

/** What the address names is in sight when the page opens; afterwards the viewer decides. */
function useChosenInSight(
  chosen: string | null,
  places: ReadonlyMap<string, number>,
  scroller: RefObject<HTMLElement | null>,
): void {
  const isDone = useRef(false);
  useEffect(() => {
    if (isDone.current) return;
    isDone.current = true;
    const index = places.get(chosen ?? '') ?? 0;
    if (index > 10) scrollTo(scroller.current, index);
  }, [chosen, places, scroller]);
}
