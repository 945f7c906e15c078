import { scaleTime } from 'd3-scale';
import { memo, type PointerEvent, useRef, useState } from 'react';
import { between, type View } from './view.ts';

interface Props {
  readonly view: View;
  readonly whole: View;
  readonly width: number;
  readonly setView: (view: View) => void;
}

const APART = 110;

/** The time above the lines; drag over it to look at a part. Scrolling does not touch it. */
export const Ruler = memo(function Ruler({ view, whole, width, setView }: Props) {
  const drag = useRef<number | null>(null);
  const [range, setRange] = useState<readonly [number, number] | null>(null);
  const scale = scaleTime([view.from, view.to], [0, width]);
  const ticks = scale.ticks(Math.max(2, Math.floor(width / APART)));
  const format = tickFormat(view);
  const timeAt = ({ clientX, currentTarget }: PointerEvent<Element>) =>
    view.from + ((clientX - currentTarget.getBoundingClientRect().left) / width) * (view.to - view.from);
  return (
    <div
      className="wf-ruler"
      aria-hidden
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = timeAt(event);
      }}
      onPointerMove={(event) => {
        if (drag.current !== null) setRange([drag.current, timeAt(event)]);
      }}
      onPointerUp={() => {
        drag.current = null;
        setRange(null);
        if (range !== null && Math.abs(scale(range[0]) - scale(range[1])) > 4)
          setView(between(range[0], range[1], whole));
      }}
    >
      {ticks.map((tick) => (
        <span key={tick.getTime()} style={{ left: scale(tick) }}>
          {format(tick)}
        </span>
      ))}
      {range === null ? null : (
        <i
          className="wf-range"
          style={{ left: scale(Math.min(...range)), width: Math.abs(scale(range[0]) - scale(range[1])) }}
        />
      )}
    </div>
  );
});

export function ticksOf(view: View, width: number): number[] {
  const scale = scaleTime([view.from, view.to], [0, width]);
  return scale.ticks(Math.max(2, Math.floor(width / APART))).map((tick) => scale(tick));
}

const DAY = 86_400_000;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const month = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short' });
const LONG_MS = 400 * DAY;

function tickFormat({ from, to }: View): (time: Date) => string {
  const isMidnight = (time: Date) => time.getHours() === 0 && time.getMinutes() === 0;
  if (to - from > LONG_MS) return (time) => month.format(time);
  return (time) => (isMidnight(time) ? day.format(time) : clock.format(time));
}
