import { memo, useCallback, useMemo, useState } from 'react';
import { useNow } from '../app/now.ts';
import { useWidth } from '../charts/use-width.ts';
import { duration } from '../format/duration.ts';
import { shortTime } from '../format/time.ts';
import { ZoomIn, ZoomOut } from '../ui/icon.ts';
import { Lines } from './lines.tsx';
import { Minimap } from './minimap.tsx';
import { Ruler } from './ruler.tsx';
import { goesOn, rowsOf, type Trace } from './tree.ts';
import { type View, wholeOf, zoom } from './view.ts';
import './waterfall.css';

interface Props {
  readonly trace: Trace;
  /** The key of the span whose details are shown. */
  readonly chosen: string | null;
  readonly choose: (key: string) => void;
}

const NAME = 320;
const NARROW_NAME = 150;
/** The names leave most of the room to the time. */
const NAME_SHARE = 0.36;
const MARGIN = 12;

/** A trace over time, from the ticket to production. */
export function Waterfall({ trace, chosen, choose }: Props) {
  const time = useNow();
  const isGrowing = useMemo(() => goesOn(trace), [trace]);
  // What has ended looks the same later, and is not drawn again.
  const now = isGrowing ? time : 0;
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => rowsOf(trace, folded, now), [trace, folded, now]);
  const whole = useMemo(() => wholeOf(rows), [rows]);
  const [asked, setView] = useState<View | null>(null);
  const view = asked ?? whole;
  const [frame, full] = useWidth<HTMLDivElement>(960);
  const left = full < 640 ? NARROW_NAME : Math.min(NAME, full * NAME_SHARE);
  const width = Math.max(80, full - left - MARGIN);
  const fold = useCallback((key: string) => setFolded((before) => toggled(before, key)), []);
  return (
    <div className="waterfall" ref={frame} style={{ '--wf-name': `${left}px` } as React.CSSProperties}>
      <Tools {...{ view, whole, setView }} isWhole={asked === null} />
      <Minimap {...{ rows, view, whole, setView }} />
      <div className="wf-head">
        <span>Span</span>
        <Ruler {...{ view, whole, width, setView }} />
      </div>
      <Lines {...{ trace, rows, now, view, whole, setView, left, width, chosen, choose, fold }} />
      <WaterfallLegend />
    </div>
  );
}

interface ToolsProps {
  readonly view: View;
  readonly whole: View;
  readonly isWhole: boolean;
  readonly setView: (view: View | null) => void;
}

/** Which time is shown, and another one. */
function Tools({ view, whole, isWhole, setView }: ToolsProps) {
  const zoomBy = (factor: number) => setView(zoom(view, factor, (view.from + view.to) / 2, whole));
  return (
    <div className="wf-tools">
      <span className="muted number">
        {shortTime(view.from)} – {shortTime(view.to)} · {duration(view.to - view.from)}
      </span>
      <div className="row">
        <button type="button" className="button small" aria-label="Zoom in" onClick={() => zoomBy(0.5)}>
          <ZoomIn size={14} aria-hidden />
        </button>
        <button type="button" className="button small" aria-label="Zoom out" onClick={() => zoomBy(2)}>
          <ZoomOut size={14} aria-hidden />
        </button>
        <button type="button" className="button small" disabled={isWhole} onClick={() => setView(null)}>
          All
        </button>
      </div>
    </div>
  );
}

const WaterfallLegend = memo(function WaterfallLegend() {
  return (
    <ul className="legend wf-legend">
      <li>
        <i className="wf-key working" aria-hidden /> working
      </li>
      <li>
        <i className="wf-key waiting" aria-hidden /> waiting
      </li>
      <li>
        <i className="wf-key plain" aria-hidden /> not known which
      </li>
      <li>
        <i className="wf-key path" aria-hidden /> critical path
      </li>
      <li>
        <i className="wf-key error" aria-hidden /> error
      </li>
      <li className="wf-hint">Drag over the time, Ctrl and the wheel, or + and − zoom</li>
    </ul>
  );
});

function toggled(before: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(before);
  if (!next.delete(key)) next.add(key);
  return next;
}
