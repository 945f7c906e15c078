import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Schemas } from '../api/client.ts';
import { deliveryQuery } from '../api/queries.ts';
import { useIsAdmin } from '../app/session.ts';
import { plural } from '../format/number.ts';
import { utcTime } from '../format/time.ts';
import { OutcomeBadge } from '../ui/badges.tsx';
import { RotateCcw, X } from '../ui/icon.ts';
import { Part } from '../ui/part.tsx';
import { Section } from '../ui/section.tsx';
import { Time } from '../ui/time.tsx';
import { RawBody } from './raw-body.tsx';
import { useReplay } from './replay.ts';
import { ReplayResult } from './replay-result.tsx';
import '../ui/details.css';

/** One delivery: what it said, what became of it, and another reading of it. */
export function DeliveryPanel({ id, close }: { readonly id: string; readonly close: () => void }) {
  const query = useQuery(deliveryQuery(id));
  return (
    <aside className="card details" aria-label={`Delivery ${id}`}>
      <button type="button" className="button quiet details-close" onClick={close} aria-label="Close the delivery">
        <X size={16} aria-hidden />
      </button>
      <Part query={query} height={480}>
        {(delivery) => <Loaded delivery={delivery} />}
      </Part>
    </aside>
  );
}

function Loaded({ delivery }: { readonly delivery: Schemas['DeliveryDetail'] }) {
  const [replay, setReplay] = useState<Schemas['Replay'] | null>(null);
  const isAdmin = useIsAdmin();
  const replaying = useReplay(setReplay);
  const headers = Object.entries(delivery.headers);
  return (
    <>
      <header className="details-head">
        <div className="row">
          <OutcomeBadge outcome={delivery.outcome} />
          <span className="muted">
            {delivery.source}
            {delivery.instance === '' ? '' : `/${delivery.instance}`}
          </span>
        </div>
        <h2>{delivery.kind || 'Delivery'}</h2>
        {delivery.reason === null ? null : <p className="reason">{delivery.reason}</p>}
        <div className="row">
          <button
            type="button"
            className="button"
            disabled={replaying.isPending || !isAdmin}
            title={isAdmin ? undefined : 'For admins'}
            onClick={() => replaying.mutate({ id: delivery.id })}
          >
            <RotateCcw size={14} aria-hidden /> {replaying.isPending ? 'Reading again …' : 'Replay'}
          </button>
        </div>
        <ReplayResult replay={replay} error={replaying.error} />
      </header>
      <dl className="facts">
        <div>
          <dt>Received</dt>
          <dd>
            <Time at={delivery.received_at} as="full" />{' '}
            <small className="muted">{utcTime(Date.parse(delivery.received_at))}</small>
          </dd>
        </div>
        <div>
          <dt>Proof</dt>
          <dd>{delivery.authenticity}</dd>
        </div>
        <div>
          <dt>Its id</dt>
          <dd className="mono break">{delivery.delivery_id}</dd>
        </div>
        <div>
          <dt>Came by</dt>
          <dd>{delivery.channel}</dd>
        </div>
        <div>
          <dt>Made</dt>
          <dd>{plural(delivery.events, 'event')}</dd>
        </div>
      </dl>
      <Section title="Spans that it tells of" count={delivery.span_ids.length}>
        <ul className="list">
          {delivery.span_ids.map((span) => (
            <li key={span}>
              <Link to="/traces/$traceId" params={{ traceId: span }} search={{ span } as never} className="break">
                {span}
              </Link>
            </li>
          ))}
        </ul>
      </Section>
      <Section title="Headers" count={headers.length} isFolded>
        <dl className="tags">
          {headers.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </Section>
      <Section title="Raw body" count={1} isCounted={false}>
        <RawBody id={delivery.id} body={delivery.body} status={delivery.body_status} />
      </Section>
    </>
  );
}
