import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Schemas } from '../api/client.ts';
import { spanQuery } from '../api/queries.ts';
import { useNow } from '../app/now.ts';
import { DeliveryBody } from '../deliveries/delivery-body.tsx';
import { duration } from '../format/duration.ts';
import { utcTime } from '../format/time.ts';
import { inWords } from '../format/words.ts';
import { OperationBadge, StateBadge } from '../ui/badges.tsx';
import { CopyButton } from '../ui/copy.tsx';
import { X } from '../ui/icon.ts';
import { Part } from '../ui/part.tsx';
import { SafeLink, safeUrl } from '../ui/safe-link.tsx';
import { Section } from '../ui/section.tsx';
import { Time } from '../ui/time.tsx';
import { LinkedSection } from './linked.tsx';
import '../ui/details.css';

type Span = Schemas['Span'];
type Detail = Schemas['SpanDetail'];

interface Props {
  readonly spanId: string;
  readonly attempt: number | null;
  readonly chooseAttempt: (attempt: number) => void;
  readonly close: () => void;
}

/** All that is known of a span, down to the bytes that said it. */
export function Details({ spanId, attempt, chooseAttempt, close }: Props) {
  const query = useQuery(spanQuery(spanId));
  return (
    <aside className="card details" aria-label="Span">
      <button type="button" className="button quiet details-close" onClick={close} aria-label="Close the details">
        <X size={16} aria-hidden />
      </button>
      <Part query={query} height={480}>
        {(span) => {
          const detail = isDetail(span) ? span : null;
          const one = detail?.attempts.find((other) => other.attempt === attempt) ?? span;
          return (
            <>
              <Head span={one} />
              {detail !== null && detail.attempts.length > 1 ? (
                <Attempts attempts={detail.attempts} chosen={one.attempt} choose={chooseAttempt} />
              ) : null}
              <Times span={one} />
              {one.stages.length > 0 ? <Stages stages={one.stages} /> : null}
              {detail === null ? null : <LinkedSection detail={detail} attempt={one.attempt} />}
              {detail === null ? null : <Events events={detail.events} />}
              <Tags tags={one.tags} />
              {detail === null ? null : <Names detail={detail} />}
            </>
          );
        }}
      </Part>
    </aside>
  );
}

function isDetail(span: Detail | Span): span is Detail {
  return 'events' in span;
}

function Head({ span }: { readonly span: Span }) {
  return (
    <header className="details-head">
      <div className="row">
        <OperationBadge operation={span.operation_name} />
        <StateBadge {...span} />
        {span.anomalies.map((one) => (
          <span
            key={one}
            className="badge warn"
            title="What was told contradicts itself, or has changed after it was exported"
          >
            {inWords(one)}
          </span>
        ))}
      </div>
      <h2>{span.title ?? span.span_id}</h2>
      <p className="muted">
        {span.project}
        {span.environment === null ? '' : ` · ${span.environment}`}
        {span.team === null ? '' : ` · ${span.team}`}
        {span.actor === null ? '' : ` · ${span.actor}`}
      </p>
      <div className="row">
        {safeUrl(span.url) === null ? null : <SafeLink url={span.url}>Open in {inWords(span.source)}</SafeLink>}
        <CopyButton text={span.span_id} what="the span id" />
      </div>
    </header>
  );
}

interface AttemptsProps {
  readonly attempts: readonly Span[];
  readonly chosen: number;
  readonly choose: (attempt: number) => void;
}

function Attempts({ attempts, chosen, choose }: AttemptsProps) {
  return (
    <fieldset className="row" aria-label="Attempts">
      <span className="muted">Attempt</span>
      {attempts.map(({ attempt }) => (
        <button
          key={attempt}
          type="button"
          className="button small"
          aria-pressed={attempt === chosen}
          onClick={() => choose(attempt)}
        >
          {attempt}
        </button>
      ))}
    </fieldset>
  );
}

function Times({ span }: { readonly span: Span }) {
  const now = useNow();
  const age = span.started_at === null ? null : now - Date.parse(span.started_at);
  return (
    <dl className="facts">
      <TimeFact name="Started" at={span.started_at} missing="not known" />
      <TimeFact name="Finished" at={span.finished_at} missing={span.state === 'open' ? 'open' : 'not known'} />
      <div>
        <dt>Duration</dt>
        <dd className="number">
          {span.duration_ms !== null
            ? duration(span.duration_ms)
            : span.state === 'open' && age !== null
              ? `${duration(age)} so far`
              : 'not known'}
        </dd>
      </div>
    </dl>
  );
}

function TimeFact({
  name,
  at,
  missing,
}: {
  readonly name: string;
  readonly at: string | null;
  readonly missing: string;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {at === null ? (
          <span className="muted">{missing}</span>
        ) : (
          <>
            <Time at={at} as="full" /> <small className="muted">{utcTime(Date.parse(at))}</small>
          </>
        )}
      </dd>
    </div>
  );
}

function Stages({ stages }: Pick<Span, 'stages'>) {
  return (
    <Section title="Stages" count={stages.length}>
      <ul className="list facts-list">
        {stages.map((stage) => (
          <li key={`${stage.key}${stage.started_at}`}>
            <i
              className={`wf-key ${stage.category === 'active' ? 'working' : stage.category === 'waiting' ? 'waiting' : 'plain'}`}
              aria-hidden
            />
            <span className="grow">
              {inWords(stage.name)} <small className="muted">{stage.category ?? 'not known whether it waits'}</small>
            </span>
            <span className="muted">
              <Time at={stage.started_at} />
            </span>
            <span className="number">{stage.duration_ms === null ? '–' : duration(stage.duration_ms)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Events({ events }: Pick<Detail, 'events'>) {
  const [shown, setShown] = useState<string | null>(null);
  return (
    <Section title="Events" count={events.length}>
      <ul className="list events">
        {events.map((event, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two observations of one fact share all else.
          <li key={`${event.key}${index}`}>
            <div className="row">
              <span className={`badge ${event.is_error ? 'error' : ''}`}>{inWords(event.state)}</span>
              <span className="grow">
                {event.stage === null
                  ? inWords(event.result ?? event.key.split(/[:@]/)[0] ?? '')
                  : inWords(event.stage)}
                {event.actor === null ? '' : <small className="muted"> {event.actor}</small>}
              </span>
              <span className="muted">
                <Time at={event.occurred_at} />
              </span>
            </div>
            <div className="row from">
              {event.delivery_ids.map((id) => (
                <button
                  key={id}
                  type="button"
                  className="trust"
                  aria-expanded={shown === `${index}/${id}`}
                  onClick={() => setShown(shown === `${index}/${id}` ? null : `${index}/${id}`)}
                >
                  {shown === `${index}/${id}` ? 'Hide' : 'Raw JSON of'} delivery {id}
                </button>
              ))}
            </div>
            {shown?.startsWith(`${index}/`) ? <DeliveryBody id={shown.slice(`${index}/`.length)} /> : null}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Tags({ tags }: Pick<Span, 'tags'>) {
  const entries = Object.entries(tags);
  return (
    <Section title="Tags" count={entries.length} isFolded>
      <dl className="tags">
        {entries.map(([key, value]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>
              {typeof value === 'string' && safeUrl(value) !== null ? (
                <SafeLink url={value}>{value}</SafeLink>
              ) : (
                String(value)
              )}
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

function Names({ detail }: { readonly detail: Detail }) {
  return (
    <Section title="Ids" count={detail.names.length} isFolded>
      <dl className="tags">
        {detail.names.map(({ name }) => (
          <div key={name}>
            <dt>Span id</dt>
            <dd>{name}</dd>
          </div>
        ))}
        {detail.otel === null ? null : (
          <>
            <div>
              <dt>OpenTelemetry trace</dt>
              <dd>{detail.otel.trace_id}</dd>
            </div>
            <div>
              <dt>OpenTelemetry span</dt>
              <dd>{detail.otel.span_id}</dd>
            </div>
          </>
        )}
      </dl>
      <p>
        <Link to="/traces/$traceId" params={{ traceId: detail.span_id }} search={{ span: detail.span_id } as never}>
          Link to this span
        </Link>
      </p>
    </Section>
  );
}
