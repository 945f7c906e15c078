import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import type { Schemas } from '../api/client.ts';
import { type DeliveryQuery, deliveryPages, sourcesQuery } from '../api/queries.ts';
import { Page } from '../app/page.tsx';
import { texts, useSetSearch, useSharedSearch } from '../app/search.ts';
import { useIsAdmin } from '../app/session.ts';
import { bytes, plural } from '../format/number.ts';
import { inWords } from '../format/words.ts';
import { OutcomeBadge } from '../ui/badges.tsx';
import { Choice } from '../ui/choice.tsx';
import { RotateCcw } from '../ui/icon.ts';
import { Pages } from '../ui/pages.tsx';
import { rowKeys } from '../ui/row-keys.ts';
import { SearchField } from '../ui/search-field.tsx';
import { Time } from '../ui/time.tsx';
import { DeliveryPanel } from './delivery-panel.tsx';
import { useReplay } from './replay.ts';
import { ReplayResult } from './replay-result.tsx';
import './deliveries.css';

const names = ['outcome', 'kind', 'instance', 'delivery'] as const;

/** Everything that arrived, the latest first, as it arrives. */
export function DeliveriesPage() {
  const { source } = useSharedSearch();
  const { delivery, ...filter } = useSearch({
    strict: false,
    select: (all) => texts(all as Record<string, unknown>, names),
  });
  const setSearch = useSetSearch();
  const asked = { ...filter, ...(source === undefined ? {} : { source }) } as DeliveryQuery;
  const query = useInfiniteQuery(deliveryPages({ ...asked, limit: 50 }));
  const isAdmin = useIsAdmin();
  const kindIs = useCallback((kind: string) => setSearch({ kind: kind || undefined }, true), [setSearch]);
  return (
    <Page title="Deliveries" isWide>
      <div className="search-bar">
        <SourceChoice value={source} change={(one) => setSearch({ source: one })} />
        <Choice
          label="Outcome"
          any="Any outcome"
          value={filter.outcome}
          options={[
            ['accepted', 'Accepted'],
            ['ignored', 'Ignored'],
            ['dead_letter', 'Dead letters'],
          ]}
          change={(outcome) => setSearch({ outcome })}
        />
        <SearchField
          label="Kind"
          placeholder="Its kind, such as pull_request"
          value={filter.kind ?? ''}
          change={kindIs}
        />
        {isAdmin ? <ReplayAll filter={asked} /> : null}
      </div>
      <div className="with-details" data-details={delivery !== undefined}>
        <Pages query={query} empty={<Nothing isFiltered={Object.keys(asked).length > 0} />}>
          {(deliveries) => (
            <DeliveryTable
              deliveries={deliveries}
              chosen={delivery}
              choose={(id) => setSearch({ delivery: id }, true)}
            />
          )}
        </Pages>
        {delivery === undefined ? null : (
          <DeliveryPanel key={delivery} id={delivery} close={() => setSearch({ delivery: undefined }, true)} />
        )}
      </div>
    </Page>
  );
}

function SourceChoice({
  value,
  change,
}: {
  readonly value: string | undefined;
  readonly change: (value: string | undefined) => void;
}) {
  const { data } = useQuery(sourcesQuery);
  const titles = new Map((data?.items ?? []).map(({ id, title }) => [id, title]));
  if (value !== undefined && !titles.has(value)) titles.set(value, inWords(value));
  return <Choice label="Source" any="Any source" value={value} options={[...titles]} change={change} />;
}

/** Reads again all that the list is narrowed to: after a mapping was mended, what could not be read. */
function ReplayAll({ filter }: { readonly filter: DeliveryQuery }) {
  const [isAsked, setAsked] = useState(false);
  const [replay, setReplay] = useState<Schemas['Replay'] | null>(null);
  const replaying = useReplay(setReplay);
  const { outcome, source, kind, instance } = filter;
  const what =
    outcome === 'dead_letter' ? 'dead letters' : Object.keys(filter).length > 0 ? 'these deliveries' : 'all deliveries';
  const begin = () => {
    setAsked(false);
    const given = Object.entries({ outcome, source, kind, instance }).filter(([, value]) => value !== undefined);
    replaying.mutate({ filter: Object.fromEntries(given) });
  };
  return (
    <>
      {isAsked ? (
        <fieldset className="row" aria-label="Replay them?">
          <span>Read {what} again?</span>
          {/* biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was pressed. */}
          <button type="button" className="button primary" autoFocus onClick={begin}>
            Replay {what}
          </button>
          <button type="button" className="button" onClick={() => setAsked(false)}>
            Cancel
          </button>
        </fieldset>
      ) : (
        <button type="button" className="button" disabled={replaying.isPending} onClick={() => setAsked(true)}>
          <RotateCcw size={14} aria-hidden /> Replay {what}
        </button>
      )}
      <div className="replay-line">
        <ReplayResult replay={replay} error={replaying.error} />
      </div>
    </>
  );
}

function Nothing({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered)
    return (
      <>
        <h2>No delivery fits</h2>
        <p>Nothing of this source, outcome and kind has arrived.</p>
        <Link to="/deliveries" search={{}} className="button">
          Show all
        </Link>
      </>
    );
  return (
    <>
      <h2>Nothing has arrived yet</h2>
      <p>Deliveries show here by themselves, the moment they arrive.</p>
      <Link to="/sources" search={true} className="button primary">
        Set up a source
      </Link>
    </>
  );
}

interface TableProps {
  readonly deliveries: readonly Schemas['Delivery'][];
  readonly chosen: string | undefined;
  readonly choose: (id: string) => void;
}

function DeliveryTable({ deliveries, chosen, choose }: TableProps) {
  return (
    <div className="card table-scroll">
      <table className="table deliveries">
        <thead>
          <tr>
            <th scope="col">Delivery</th>
            <th scope="col">Outcome</th>
            <th scope="col" className="optional">
              Why, or what came of it
            </th>
            <th scope="col" className="number optional">
              Size
            </th>
            <th scope="col" className="number">
              Received
            </th>
          </tr>
        </thead>
        <tbody onKeyDown={rowKeys}>
          {deliveries.map((delivery) => (
            <tr key={delivery.id} data-chosen={delivery.id === chosen}>
              <th scope="row">
                <button
                  type="button"
                  className="delivery-name"
                  data-row
                  aria-pressed={delivery.id === chosen}
                  onClick={() => choose(delivery.id)}
                >
                  <span className="clip">{delivery.kind || 'Delivery'}</span>
                  <small className="clip">
                    {delivery.source}
                    {delivery.instance === '' ? '' : `/${delivery.instance}`} · {delivery.id}
                    {delivery.authenticity === 'unsigned' ? ' · unsigned' : ''}
                  </small>
                </button>
              </th>
              <td>
                <OutcomeBadge outcome={delivery.outcome} />
              </td>
              <td className="optional muted why">
                <span>{delivery.reason ?? plural(delivery.events, 'event')}</span>
              </td>
              <td className="number optional muted">{bytes(delivery.body_bytes)}</td>
              <td className="number muted">
                <Time at={delivery.received_at} as="ago" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
