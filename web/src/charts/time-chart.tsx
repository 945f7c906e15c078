import { scaleLinear, scalePoint } from 'd3-scale';
import { area, line } from 'd3-shape';
import { type KeyboardEvent, type PointerEvent, useId, useState } from 'react';
import { amount } from '../format/number.ts';
import { bucketName, day } from '../format/time.ts';
import { type ChartData, greatest, type Point, type Series, ticksOf } from './series.ts';
import { useWidth } from './use-width.ts';
import './charts.css';

interface Props extends ChartData {
  /** What the chart tells, for those who do not see it. */
  readonly label: string;
  readonly height: number;
  /** Without axes: a trend beside a number. */
  readonly isSmall?: boolean;
  /** Opens what a point is made of. */
  readonly open?: (index: number) => void;
}

/** Values over time. Pointer and arrow keys read it point by point; a table says the same to screen readers. */
export function TimeChart(props: Props) {
  const { label, height, points, series, unit, per, isSmall = false, open } = props;
  const [ref, width] = useWidth<HTMLDivElement>();
  const [at, setAt] = useState<number | null>(null);
  const frame = frameOf(props, width);
  const { x } = frame;
  const move = ({ clientX, currentTarget }: PointerEvent<Element>) => {
    const offset = clientX - currentTarget.getBoundingClientRect().left;
    setAt(nearest(points, x, offset));
  };
  const pressed = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === 'Enter' && at !== null) open?.(at);
    if (event.key === 'Escape') setAt(null);
    if (step === undefined) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(points.length - 1, (at ?? (step > 0 ? -1 : points.length)) + step)));
  };
  const told = at === null ? undefined : points[at];
  return (
    <div ref={ref} className="chart" style={{ height }}>
      <svg
        role="img"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys read the points.
        tabIndex={0}
        aria-label={`${label}. ${describe(props)}`}
        width={width}
        height={height}
        onPointerMove={move}
        onPointerLeave={() => setAt(null)}
        onBlur={() => setAt(null)}
        onKeyDown={pressed}
        onClick={() => at !== null && open?.(at)}
        className={open === undefined ? undefined : 'can-open'}
      >
        <Drawing {...props} {...frame} isSmall={isSmall} at={at} />
      </svg>
      {told === undefined || at === null ? null : (
        <div className="chart-tip" style={{ left: Math.max(70, Math.min(width - 70, x(at) ?? 0)) }} role="status">
          <strong>
            {bucketName(told.from, per)}
            {told.isWhole ? '' : ' (in part)'}
          </strong>
          {series.map(({ key, name, color, values }) => (
            <span key={key}>
              <i style={{ background: color }} aria-hidden /> {name} <b>{amount(values[at], unit)}</b>
            </span>
          ))}
          {open === undefined ? null : <small>Click or Enter: what it is made of</small>}
        </div>
      )}
    </div>
  );
}

type X = (index: number) => number | undefined;

interface Frame {
  readonly x: X;
  readonly y: (value: number) => number;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly bottom: number;
  readonly ticks: readonly number[];
  readonly band: number;
}

function frameOf({ isSmall = false, height, ...data }: Props, width: number): Frame {
  const { points, unit } = data;
  const ticks = ticksOf(greatest(data), unit, isSmall ? 2 : Math.max(2, Math.floor(height / 56)));
  const texts = ticks.map((tick) => amount(tick, unit).length);
  const left = isSmall ? 3 : Math.max(...texts) * 6.4 + 12;
  const bottom = height - (isSmall ? 3 : 22);
  const x = scalePoint<number>()
    .domain(points.map((_, index) => index))
    .range([left, width - (isSmall ? 3 : 12)])
    .padding(data.kind === 'bars' ? 0.6 : isSmall ? 0 : 0.2);
  const top = isSmall ? Math.max(greatest(data), Number.EPSILON) : (ticks.at(-1) ?? 1);
  const y = scaleLinear()
    .domain([0, top])
    .range([bottom, isSmall ? 4 : 8]);
  return { x, y, width, height, left, bottom, ticks, band: Math.max(2, Math.min(36, x.step() * 0.68)) };
}

function nearest(points: readonly Point[], x: X, offset: number): number | null {
  const distances = points.map((_, index) => Math.abs((x(index) ?? 0) - offset));
  const least = Math.min(...distances);
  return points.length === 0 ? null : distances.indexOf(least);
}

type DrawingProps = ChartData & Frame & { readonly isSmall: boolean; readonly at: number | null };

/** The chart itself. */
function Drawing(props: DrawingProps) {
  const { points, unit, kind, x, y, width, left, bottom, ticks, isSmall, at, per } = props;
  const every = Math.ceil(points.length / Math.max(2, Math.floor((width - left) / 64)));
  return (
    <>
      {isSmall
        ? null
        : ticks.map((tick) => (
            <g key={tick}>
              <line
                x1={left}
                x2={width - 4}
                y1={y(tick)}
                y2={y(tick)}
                className={tick === 0 ? 'chart-zero' : 'chart-grid'}
              />
              <text x={left - 8} y={y(tick)} dy="0.32em" textAnchor="end" className="chart-text">
                {tick === 0 ? '0' : amount(tick, unit)}
              </text>
            </g>
          ))}
      {isSmall
        ? null
        : points.map(({ label, from }, index) =>
            (points.length - 1 - index) % every === 0 ? (
              <text key={label} x={x(index)} y={bottom + 15} textAnchor="middle" className="chart-text">
                {per === 'month' ? bucketName(from, per) : day(from)}
              </text>
            ) : null,
          )}
      {at === null ? null : <line x1={x(at)} x2={x(at)} y1={4} y2={bottom} className="chart-cross" />}
      {kind === 'line' ? <Lines {...props} /> : kind === 'bars' ? <Bars {...props} /> : <Areas {...props} />}
    </>
  );
}

function Lines({ points, series, x, y, at, isSmall, bottom }: DrawingProps) {
  return series.map(({ key, color, values }) => {
    const all = points.map((_, index) => index);
    const isKnown = (index: number) => typeof values[index] === 'number';
    const known = all.filter(isKnown);
    const left = (index: number) => x(index) ?? 0;
    const top = (index: number) => y(values[index] ?? 0);
    const path = line(left, top).defined(isKnown);
    const below = area(left, bottom, top).defined(isKnown);
    const radius = (index: number) => {
      if (index === at) return 4;
      return isSmall && index !== known.at(-1) ? 0 : 2.25;
    };
    return (
      <g key={key}>
        {series.length === 1 ? <path d={below(all) ?? ''} fill={color} fillOpacity={0.09} /> : null}
        {/* What lies between two known points with unknown ones between is drawn thin: it is no measurement. */}
        <path d={path(known) ?? ''} fill="none" stroke={color} strokeOpacity={0.35} strokeDasharray="2 3" />
        <path d={path(all) ?? ''} fill="none" stroke={color} strokeWidth={1.6} strokeLinejoin="round" />
        {known.map((index) => (
          <circle
            key={index}
            cx={left(index)}
            cy={top(index)}
            r={radius(index)}
            fill={points[index]?.isWhole ? color : 'var(--surface)'}
            stroke={color}
            strokeWidth={1.5}
          />
        ))}
      </g>
    );
  });
}

function Bars({ points, series, x, y, band, at }: DrawingProps) {
  return points.map((point, index) => {
    let below = 0;
    return (
      <g key={point.label} opacity={point.isWhole ? 1 : 0.55}>
        {series.map(({ key, color, values }) => {
          const value = values[index] ?? 0;
          const [y0, y1] = [y(below), y(below + value)];
          below += value;
          if (value === 0) return null;
          const left = (x(index) ?? 0) - band / 2;
          const isTop = y0 - y1 > 3;
          return (
            <rect
              key={key}
              x={left}
              y={y1}
              width={band}
              height={Math.max(1, y0 - y1)}
              rx={isTop ? Math.min(2, band / 3) : 0}
              fill={color}
              fillOpacity={at === null || at === index ? 0.9 : 0.55}
            />
          );
        })}
      </g>
    );
  });
}

function Areas({ points, series, x, y, at }: DrawingProps) {
  const id = useId();
  const floors = points.map(() => 0);
  return series.map(({ key, color, values, isHatched }: Series) => {
    const bottoms = [...floors];
    points.forEach((_, index) => {
      floors[index] = (floors[index] ?? 0) + (values[index] ?? 0);
    });
    const tops = [...floors];
    const shape = area<Point>(
      (_, index) => x(index) ?? 0,
      (_, index) => y(bottoms[index] ?? 0),
      (_, index) => y(tops[index] ?? 0),
    );
    const edge = line<Point>(
      (_, index) => x(index) ?? 0,
      (_, index) => y(tops[index] ?? 0),
    );
    const fill = `${id}${key.replaceAll(/\W/g, '_')}`;
    return (
      <g key={key}>
        {isHatched ? (
          <pattern id={fill} width={6} height={6} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width={6} height={6} fill={color} fillOpacity={0.18} />
            <rect width={2} height={6} fill={color} fillOpacity={0.6} />
          </pattern>
        ) : null}
        <path d={shape(points) ?? ''} fill={isHatched ? `url(#${fill})` : color} fillOpacity={isHatched ? 1 : 0.55} />
        <path d={edge(points) ?? ''} fill="none" stroke={color} strokeWidth={1.25} />
        {at === null ? null : <circle cx={x(at)} cy={y(tops[at] ?? 0)} r={3} fill={color} />}
      </g>
    );
  });
}

/** The chart in a sentence. */
function describe({ points, series, unit, per }: ChartData): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return 'Nothing to show.';
  const words = series.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return `${name}: nothing known`;
    const range = `${amount(Math.min(...known), unit)} to ${amount(Math.max(...known), unit)}`;
    return `${name}: from ${range}, at last ${amount(known.at(-1), unit)}`;
  });
  return `By ${per}, ${day(first.from)} to ${day(last.to)}. ${words.join('; ')}. Arrow keys read each ${per}.`;
}
