import type { Point } from './series.ts';

interface Props {
  readonly points: readonly Point[];
  readonly values: readonly (number | null)[];
  readonly isBars?: boolean;
}

const WIDTH = 72;
const HEIGHT = 20;

/** A trend as small as a word; the number beside it is what is read aloud. */
export function Sparkline({ points, values, isBars = false }: Props) {
  const known = values.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
  const top = Math.max(...known.map(({ value }) => value), Number.EPSILON);
  const x = (index: number) => 2 + (index / Math.max(1, points.length - 1)) * (WIDTH - 4);
  const y = (value: number) => HEIGHT - 2 - (value / top) * (HEIGHT - 4);
  const last = known.at(-1);
  return (
    <svg width={WIDTH} height={HEIGHT} aria-hidden className="sparkline">
      {isBars ? (
        known.map(({ value, index }) => (
          <rect
            key={index}
            x={x(index) - WIDTH / points.length / 3}
            y={y(value)}
            width={Math.max(1, (WIDTH / points.length) * 0.62)}
            height={HEIGHT - 2 - y(value) + 1}
            rx={1}
            fill="var(--accent)"
            fillOpacity={0.6}
          />
        ))
      ) : (
        <polyline
          points={known.map(({ value, index }) => `${x(index)},${y(value)}`).join(' ')}
          fill="none"
          stroke="var(--accent)"
          strokeWidth={1.25}
          strokeLinejoin="round"
        />
      )}
      {last === undefined || isBars ? null : (
        <circle cx={x(last.index)} cy={y(last.value)} r={2} fill="var(--accent)" />
      )}
    </svg>
  );
}
