import { type ReactNode, useRef } from 'react';
import { ExportMenu, rowsOf } from './export-menu.tsx';
import type { ChartData } from './series.ts';
import { TimeChart } from './time-chart.tsx';

interface Props extends ChartData {
  readonly title: string;
  readonly height: number;
  readonly open?: (index: number) => void;
  readonly actions?: ReactNode;
  /** Instead of the chart, where there is nothing to draw: why. */
  readonly empty?: ReactNode;
  readonly children?: ReactNode;
}

/** A chart with its title, its legend, what explains it and what keeps it. */
export function ChartCard({ title, height, open, actions, empty, children, ...data }: Props) {
  const drawing = useRef<HTMLDivElement>(null);
  const legend = data.series.map(({ name, color }) => [name, color] as const);
  const isEmpty = data.series.every(({ values }) => values.every((value) => value === null));
  return (
    <section className="card" aria-label={title}>
      <header className="card-head">
        <h2>{title}</h2>
        {actions}
        <ExportMenu
          title={title}
          rows={() => rowsOf(data)}
          drawing={drawing}
          legend={legend.length > 1 ? legend : []}
        />
      </header>
      <div className="card-body">
        {children}
        {isEmpty ? (
          <div style={{ minHeight: height }}>{empty}</div>
        ) : (
          <div ref={drawing}>
            <TimeChart {...data} label={title} height={height} {...(open === undefined ? {} : { open })} />
          </div>
        )}
        {data.series.length > 1 && !isEmpty ? <Legend series={data.series} /> : null}
      </div>
    </section>
  );
}

function Legend({ series }: Pick<ChartData, 'series'>) {
  return (
    <ul className="legend">
      {series.map(({ key, name, color, isHatched }) => (
        <li key={key}>
          <i
            className={isHatched ? 'hatched' : undefined}
            style={isHatched ? ({ '--swatch': color } as React.CSSProperties) : { background: color }}
            aria-hidden
          />
          {name}
        </li>
      ))}
    </ul>
  );
}
