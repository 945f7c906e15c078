import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import type { Schemas } from '../api/client.ts';
import { sourcesQuery } from '../api/queries.ts';
import { Page } from '../app/page.tsx';
import { texts, useSetSearch } from '../app/search.ts';
import { count } from '../format/number.ts';
import { Copyable } from '../ui/copy.tsx';
import { AlertTriangle, ChevronDown, ChevronRight } from '../ui/icon.ts';
import { Prose } from '../ui/markdown.tsx';
import { Part } from '../ui/part.tsx';
import { Time } from '../ui/time.tsx';
import { setUpOf } from './pages.ts';
import './sources.css';

type Source = Schemas['Source'];

const states: Readonly<Record<Source['health']['status'], readonly [label: string, kind: string]>> = {
  ok: ['Healthy', 'good'],
  waiting: ['Nothing yet', 'neutral'],
  warning: ['Look at it', 'warn'],
  failing: ['Failing', 'error'],
};
const order = ['failing', 'warning', 'ok', 'waiting'];

/** What sends webhooks, whether it is set up well, and how to set up another one. */
export function SourcesPage() {
  const query = useQuery(sourcesQuery);
  const { setup } = useSearch({
    strict: false,
    select: (all) => texts(all as Record<string, unknown>, ['setup'] as const),
  });
  const setSearch = useSetSearch();
  return (
    <Page title="Sources">
      <p className="muted">Each tool posts to a URL of its own. Nothing is polled: what is not sent is not known.</p>
      <Part query={query} height={560}>
        {({ items }) => (
          <ul className="list sources">
            {items
              .toSorted((a, b) => order.indexOf(a.health.status) - order.indexOf(b.health.status))
              .map((source) => {
                const key = nameOf(source);
                return (
                  <SourceCard
                    key={key}
                    source={source}
                    isOpen={setup === key}
                    toggle={() => setSearch({ setup: setup === key ? undefined : key }, true)}
                  />
                );
              })}
          </ul>
        )}
      </Part>
    </Page>
  );
}

function nameOf({ id, instance }: Source): string {
  return instance === '' ? id : `${id}/${instance}`;
}

interface CardProps {
  readonly source: Source;
  readonly isOpen: boolean;
  readonly toggle: () => void;
}

function SourceCard({ source, isOpen, toggle }: CardProps) {
  const { title, instance, stability, url, secret, health, last_delivery_at, deliveries, last_reasons, refused } =
    source;
  const [label, kind] = states[health.status];
  const name = instance === '' ? title : `${title} (${instance})`;
  const linkTo = (outcome: string) => ({ source: source.id, outcome, ...(instance === '' ? {} : { instance }) });
  return (
    <li className="card source" aria-label={name}>
      <header>
        <h2>{name}</h2>
        <span className={`badge ${kind}`}>{label}</span>
        {stability === 'stable' ? null : <span className="badge">{stability}</span>}
        <span className="grow" />
        <span className="muted">
          {last_delivery_at === null ? 'never heard' : 'last heard '}
          {last_delivery_at === null ? null : <Time at={last_delivery_at} as="ago" />}
        </span>
      </header>
      {health.hints.length === 0 ? null : (
        <ul className="list hints">
          {health.hints.map(({ code, message }) => (
            <li key={code} className={health.status === 'failing' ? 'failing' : ''}>
              <AlertTriangle size={14} aria-hidden /> <span>{message}</span>
            </li>
          ))}
        </ul>
      )}
      <Copyable text={url} what={`the webhook URL for ${name}`} />
      <dl className="source-facts">
        <div>
          <dt>Accepted</dt>
          <dd>
            <Link to="/deliveries" search={linkTo('accepted') as never}>
              {count(deliveries.accepted)}
            </Link>
          </dd>
        </div>
        <div>
          <dt>Ignored</dt>
          <dd>
            <Link to="/deliveries" search={linkTo('ignored') as never} title={last_reasons.ignored ?? undefined}>
              {count(deliveries.ignored)}
            </Link>
          </dd>
        </div>
        <div>
          <dt>Dead letters</dt>
          <dd>
            <Link
              to="/deliveries"
              search={linkTo('dead_letter') as never}
              title={last_reasons.dead_letter ?? undefined}
            >
              {count(deliveries.dead_letter)}
            </Link>
          </dd>
        </div>
        <div>
          <dt>Refused</dt>
          <dd title={refused.last_reason ?? undefined}>{count(refused.count)}</dd>
        </div>
        <div>
          <dt>Secret</dt>
          <dd>{secret === 'set' ? 'set' : <span className="worse-word">not set: unsigned</span>}</dd>
        </div>
      </dl>
      <div>
        <button type="button" className="button quiet set-up" aria-expanded={isOpen} onClick={toggle}>
          {isOpen ? <ChevronDown size={14} aria-hidden /> : <ChevronRight size={14} aria-hidden />} Set up {name}
        </button>
        {isOpen ? <SetUp id={source.id} url={url} /> : null}
      </div>
    </li>
  );
}

/** Step by step; the address of this server stands where the page has a place for it. */
function SetUp({ id, url }: { readonly id: string; readonly url: string }) {
  const query = useQuery({ queryKey: ['set-up', id], queryFn: () => setUpOf(id), staleTime: Number.POSITIVE_INFINITY });
  const { origin } = new URL(url);
  return (
    <Part query={query} height={200}>
      {(text) =>
        text === null ? (
          <p className="muted">Paste the URL above into its webhook settings, content type application/json.</p>
        ) : (
          <Prose text={text.replaceAll(/https:\/\/<[^>]*server>|http:\/\/127\.0\.0\.1:4747/g, origin)} />
        )
      }
    </Part>
  );
}
