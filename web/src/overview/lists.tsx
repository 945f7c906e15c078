import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Schemas } from '../api/client.ts';
import { useLive } from '../api/live.ts';
import { itemsQuery } from '../api/queries.ts';
import { useSharedSearch } from '../app/search.ts';
import { DAY, duration } from '../format/duration.ts';
import { inWords } from '../format/words.ts';
import { OperationBadge, StateBadge } from '../ui/badges.tsx';
import { Part } from '../ui/part.tsx';
import { rowKeys } from '../ui/row-keys.ts';
import { Time } from '../ui/time.tsx';

const HEIGHT = 360;

/** What has been open for longest. */
export function OpenNow() {
  const { range: _range, ...search } = useSharedSearch();
  // What is open now is no matter of the window: the default one is asked, for its end is now.
  const query = useQuery(itemsQuery(search, { measure: 'open', order: 'value', limit: 10 }));
  return (
    <section className="card" aria-labelledby="open-now">
      <header className="card-head">
        <h2 id="open-now">Open and ageing</h2>
        <Link to="/items" search={{ measure: 'open', order: 'value' } as never} className="button quiet small">
          All
        </Link>
      </header>
      <Part query={query} height={HEIGHT}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="empty">Nothing is open: whatever began has ended.</p>
          ) : (
            <ol className="rows" onKeyDown={rowKeys}>
              {items.map((item) => (
                <ItemLine key={`${item.span_id}#${item.attempt}`} item={item}>
                  <span className={`number age ${ageOf(item.value)}`}>{duration(item.value ?? 0)}</span>
                </ItemLine>
              ))}
            </ol>
          )
        }
      </Part>
    </section>
  );
}

function ageOf(age: number | null): string {
  if (age === null || age < 7 * DAY) return '';
  return age < 30 * DAY ? 'old' : 'very-old';
}

/** The latest deployments to production, and which of them failed. */
export function LastDeployments() {
  const search = useSharedSearch();
  const query = useQuery(itemsQuery(search, { measure: 'change_fail_rate', tier: 'production', limit: 20 }));
  return (
    <section className="card" aria-labelledby="last-deployments">
      <header className="card-head">
        <h2 id="last-deployments">Last deployments</h2>
        <Link
          to="/items"
          search={{ measure: 'change_fail_rate', tier: 'production' } as never}
          className="button quiet small"
        >
          All
        </Link>
      </header>
      <Part query={query} height={HEIGHT}>
        {({ items }) =>
          items.length === 0 ? (
            <div className="empty">
              <p>No deployment to production ended in this time.</p>
              <p>
                Which environments are production is said in the rules; see{' '}
                <Link to="/definitions">the definitions</Link>.
              </p>
            </div>
          ) : (
            <ol className="rows scroll" onKeyDown={rowKeys}>
              {items.map((item) => (
                <ItemLine key={`${item.span_id}#${item.attempt}`} item={item}>
                  {item.value === 1 ? <Causes item={item} /> : null}
                  <span className="muted number">
                    <Time at={item.at} as="ago" />
                  </span>
                </ItemLine>
              ))}
            </ol>
          )
        }
      </Part>
    </section>
  );
}

function Causes({ item }: { readonly item: Schemas['MeasureItem'] }) {
  const causes = Array.isArray(item.details.causes) ? item.details.causes.map(String) : [];
  return <span className="badge error">{causes[0] === undefined ? 'Failed' : inWords(causes[0])}</span>;
}

function ItemLine({ item, children }: { readonly item: Schemas['MeasureItem']; readonly children: React.ReactNode }) {
  return (
    <li>
      <Link
        to="/traces/$traceId"
        params={{ traceId: item.span_id }}
        search={{ span: item.span_id } as never}
        className="line"
        data-row
      >
        <i className="dot" data-operation={item.operation_name} title={inWords(item.operation_name)} />
        <span className="grow clip">
          {item.title ?? item.span_id}
          <small className="muted"> {item.project}</small>
        </span>
        {children}
      </Link>
    </li>
  );
}

/** What happens now, as it arrives. */
export function HappeningNow() {
  const { spans, connection } = useLive();
  return (
    <section className="card strip" aria-labelledby="now">
      <h2 id="now">
        <i className={`pulse ${connection === 'live' ? 'good' : 'warn'}`} aria-hidden /> Now
      </h2>
      {spans.length === 0 ? (
        <p className="muted">Listening: what your tools send shows here as it arrives.</p>
      ) : (
        <ul className="list">
          {spans.slice(0, 8).map(({ span, at }) => (
            <li key={span.span_id}>
              <Link to="/traces/$traceId" params={{ traceId: span.span_id }} search={{ span: span.span_id } as never}>
                <OperationBadge operation={span.operation_name} />
                <span className="clip">{span.title ?? span.span_id}</span>
                <StateBadge {...span} />
                <span className="muted">
                  <Time at={new Date(at).toISOString()} as="ago" />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
