import { ExportMenu } from '../charts/export-menu.tsx';
import { pointsOf } from '../charts/series.ts';
import { Sparkline } from '../charts/sparkline.tsx';
import { amount, plural } from '../format/number.ts';
import { ItemsLink } from '../items/items-link.tsx';
import { ChangeChip } from './change.tsx';
import { changeOf, type DoraGroup, metrics } from './metrics.ts';

interface Props {
  readonly groups: readonly DoraGroup[];
  readonly leftOut: number;
  readonly chosen: string;
  readonly choose: (lane: string) => void;
}

/** What a service and its environment are called in the URL. */
export function laneOf({ group }: DoraGroup): string {
  return `${group.service ?? ''}@${group.environment ?? ''}`;
}

/** DORA's five for each service and environment, side by side. */
export function ServiceTable({ groups, leftOut, chosen, choose }: Props) {
  const rows = () => [
    ['service', 'environment', ...metrics.flatMap(({ key, unit }) => [`${key} (${unit})`, `${key}: change`])],
    ...groups.map((one) => [
      ...[one.group.service ?? '', one.group.environment ?? ''],
      ...metrics.flatMap((metric) => [metric.value(one.numbers), changeOf(metric, one)?.by ?? null]),
    ]),
  ];
  return (
    <section className="card" aria-labelledby="services">
      <header className="card-head">
        <h2 id="services">Services</h2>
        <ExportMenu title="Services" rows={rows} />
      </header>
      <div className="table-scroll">
        <table className="table services">
          <thead>
            <tr>
              <th scope="col">Service</th>
              {metrics.map(({ key, title }) => (
                <th key={key} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <tr key={laneOf(group)} data-chosen={laneOf(group) === chosen}>
                <th scope="row">
                  <button
                    type="button"
                    className="service-name"
                    aria-pressed={laneOf(group) === chosen}
                    onClick={() => choose(laneOf(group))}
                  >
                    {group.group.service || 'Unknown service'}
                    <small>{group.group.environment || 'unknown environment'}</small>
                  </button>
                </th>
                {metrics.map((metric) => (
                  <td key={metric.key}>
                    <div className="service-cell">
                      <ItemsLink
                        path={group.numbers[metric.key].items}
                        className="number"
                        label={`${metric.title} of ${group.group.service}: ${amount(metric.value(group.numbers), metric.unit)}`}
                      >
                        {amount(metric.value(group.numbers), metric.unit)}
                      </ItemsLink>
                      <Sparkline
                        points={pointsOf(group.buckets)}
                        values={group.buckets.map(({ numbers }) => metric.value(numbers))}
                        isBars={metric.kind === 'bars'}
                      />
                      <ChangeChip change={changeOf(metric, group)} />
                    </div>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {leftOut > 0 ? (
        <p className="card-note">{plural(leftOut, 'smaller service')} left out: narrow by a filter to see them.</p>
      ) : null}
    </section>
  );
}
