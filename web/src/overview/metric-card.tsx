import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import type { Schemas } from '../api/client.ts';
import type { Bucket } from '../app/search.ts';
import { ExportMenu, rowsOf } from '../charts/export-menu.tsx';
import { type ChartData, pointsOf } from '../charts/series.ts';
import { TimeChart } from '../charts/time-chart.tsx';
import { amount } from '../format/number.ts';
import { bandInWords, missingInWords } from '../format/words.ts';
import { ItemsLink, itemsSearch } from '../items/items-link.tsx';
import { Trust } from '../ui/trust.tsx';
import { ChangeChip } from './change.tsx';
import { bandOf, changeOf, type DoraGroup, type Metric } from './metrics.ts';

interface Props {
  readonly metric: Metric;
  readonly group: DoraGroup;
  readonly answer: Schemas['Dora'];
  readonly per: Bucket;
}

const HEIGHT = 64;

/** One of DORA's five: the number, whether it is getting better, its trend, and what it is made of. */
export function MetricCard({ metric, group, answer, per }: Props) {
  const navigate = useNavigate();
  const drawing = useRef<HTMLDivElement>(null);
  const { key, title, unit, value, says, kind } = metric;
  const number = group.numbers[key];
  const now = value(group.numbers);
  const band = bandOf(group.numbers, key);
  const values = group.buckets.map(({ numbers }) => value(numbers));
  const data: ChartData = {
    ...{ points: pointsOf(group.buckets), unit, per, kind },
    series: [{ key, name: title, color: 'var(--accent)', values }],
  };
  const open = (index: number) => {
    const bucket = group.buckets[index];
    if (bucket !== undefined) void navigate({ to: '/items', search: itemsSearch(bucket.numbers[key].items) as never });
  };
  return (
    <section className="card metric" aria-label={title}>
      <header>
        <h3>{title}</h3>
        <ExportMenu title={title} rows={() => rowsOf(data)} drawing={drawing} />
      </header>
      <ItemsLink
        path={number.items}
        className="metric-value"
        label={`${title}: ${amount(now, unit)}. What it is made of`}
      >
        {amount(now, unit)}
      </ItemsLink>
      <p className="metric-says">{now === null ? missingInWords(number.missing) : says}</p>
      <div className="metric-line">
        <ChangeChip change={changeOf(metric, group)} />
        {band === null ? null : (
          <span className="badge" title="The answer of the DORA survey in which this lies; no grade">
            {bandInWords(band)}
          </span>
        )}
      </div>
      <div ref={drawing} className="metric-chart">
        {values.some((one) => one !== null) ? (
          <TimeChart {...data} label={title} height={HEIGHT} isSmall open={open} />
        ) : (
          <div style={{ height: HEIGHT }} />
        )}
      </div>
      <Trust of={number} title={title} definition={answer.definitions[key]} />
    </section>
  );
}
