import { useQuery } from '@tanstack/react-query';
import { durationsQuery } from '../api/queries.ts';
import { useSharedSearch } from '../app/search.ts';
import { ExportMenu } from '../charts/export-menu.tsx';
import { pointsOf } from '../charts/series.ts';
import { Sparkline } from '../charts/sparkline.tsx';
import { amount, count, share } from '../format/number.ts';
import { inWords } from '../format/words.ts';
import { ItemsLink } from '../items/items-link.tsx';
import { OperationBadge } from '../ui/badges.tsx';
import { Part } from '../ui/part.tsx';
import { Trust } from '../ui/trust.tsx';

interface Props {
  /** While what stands above it is awaited it asks nothing: both would come later. */
  readonly isWaiting: boolean;
}

/** How long each kind of work takes, and how often it ends well. */
export function Operations({ isWaiting }: Props) {
  const query = useQuery({ ...durationsQuery(useSharedSearch()), enabled: !isWaiting });
  const rows = () => [
    ['operation', 'finished', 'success_ratio', 'p50 (ms)', 'p90 (ms)', 'open'],
    ...(query.data?.groups ?? []).map(({ group, numbers }) => [
      ...[group.operation ?? '', numbers.finished?.value ?? null, numbers.success_ratio?.value ?? null],
      ...[numbers.duration.p50, numbers.duration.p90, numbers.open?.n ?? null],
    ]),
  ];
  return (
    <section className="card" aria-labelledby="operations">
      <header className="card-head">
        <h2 id="operations">How long things take</h2>
        <ExportMenu title="How long things take" rows={rows} />
      </header>
      <Part query={query} height={240}>
        {({ groups, definitions }) =>
          groups.length === 0 ? (
            <p className="empty">Nothing ended in this time. Choose a longer one above.</p>
          ) : (
            <div className="table-scroll">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">What</th>
                    <th scope="col" className="number">
                      Finished
                    </th>
                    <th scope="col" className="number">
                      Success
                    </th>
                    <th scope="col" className="number">
                      Median
                    </th>
                    <th scope="col" className="number">
                      90%
                    </th>
                    <th scope="col">Trend of the median</th>
                    <th scope="col" className="number">
                      Open now
                    </th>
                    <th scope="col">Made of</th>
                  </tr>
                </thead>
                <tbody>
                  {groups.map(({ group, numbers, buckets }) => (
                    <tr key={group.operation ?? ''}>
                      <th scope="row">
                        <OperationBadge operation={group.operation ?? ''} />
                      </th>
                      <td className="number">{count(numbers.finished?.value ?? 0)}</td>
                      <td className="number">
                        {numbers.success_ratio?.value == null ? '–' : share(numbers.success_ratio.value)}
                      </td>
                      <td className="number">
                        <ItemsLink
                          path={numbers.duration.items}
                          label={`${inWords(group.operation ?? '')}: median ${amount(numbers.duration.p50, 'ms')}, its items`}
                        >
                          {amount(numbers.duration.p50, 'ms')}
                        </ItemsLink>
                      </td>
                      <td className="number">{amount(numbers.duration.p90, 'ms')}</td>
                      <td>
                        <Sparkline points={pointsOf(buckets)} values={buckets.map((one) => one.numbers.duration.p50)} />
                      </td>
                      <td className="number">
                        {numbers.open === null ? (
                          '–'
                        ) : (
                          <ItemsLink path={numbers.open.items} label={`${numbers.open.n} open`}>
                            {count(numbers.open.n)}
                          </ItemsLink>
                        )}
                      </td>
                      <td>
                        <Trust
                          of={numbers.duration}
                          title={inWords(group.operation ?? '')}
                          definition={definitions.duration}
                        />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Part>
    </section>
  );
}
