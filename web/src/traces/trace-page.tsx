import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { traceQuery } from '../api/queries.ts';
import { Page } from '../app/page.tsx';
import { texts, useSetSearch } from '../app/search.ts';
import { ExportMenu } from '../charts/export-menu.tsx';
import { duration } from '../format/duration.ts';
import { plural, share } from '../format/number.ts';
import { inWords } from '../format/words.ts';
import { OperationBadge, StateBadge } from '../ui/badges.tsx';
import { Part } from '../ui/part.tsx';
import { SafeLink } from '../ui/safe-link.tsx';
import { Time } from '../ui/time.tsx';
import { Details } from './details.tsx';
import { keyOf, type Trace } from './tree.ts';
import { Waterfall } from './waterfall.tsx';
import './traces.css';
import '../time/stage-bar.css';

/** One trace: the way of a change from the ticket to production, and all that is known of each span on it. */
export function TracePage() {
  const { traceId = '' } = useParams({ strict: false });
  const query = useQuery(traceQuery(traceId));
  return (
    <Page title="Trace" isWide>
      <Link to="/traces" search={true} className="back">
        ← All traces
      </Link>
      <Part query={query} height={640}>
        {(trace) => <Loaded trace={trace} />}
      </Part>
    </Page>
  );
}

function Loaded({ trace }: { readonly trace: Trace }) {
  const search = useSearch({
    strict: false,
    select: (all) => texts(all as Record<string, unknown>, ['span', 'attempt'] as const),
  });
  const setSearch = useSetSearch();
  const chosen = chosenIn(trace, search.span, search.attempt);
  const choose = useCallback(
    (key: string) => {
      const at = key.lastIndexOf('#');
      setSearch({ span: key.slice(0, at), attempt: key.slice(at + 1) }, true);
    },
    [setSearch],
  );
  return (
    <>
      <Summary trace={trace} />
      <div className="with-details" data-details={chosen !== null}>
        <section className="card" aria-label="Waterfall">
          <Waterfall
            trace={trace}
            chosen={chosen === null ? null : keyOf(chosen.span_id, chosen.attempt)}
            choose={choose}
          />
          {trace.is_truncated ? (
            <p className="card-note">
              This trace has more spans than are shown; the rest is in the list of spans of the API.
            </p>
          ) : null}
        </section>
        {chosen === null ? null : (
          <Details
            key={chosen.span_id}
            spanId={chosen.span_id}
            attempt={chosen.attempt}
            chooseAttempt={(attempt) => setSearch({ attempt: String(attempt) }, true)}
            close={() => setSearch({ span: undefined, attempt: undefined }, true)}
          />
        )}
      </div>
    </>
  );
}

/** Without a number the last attempt, as the API means it. */
function chosenIn({ spans }: Trace, spanId: string | undefined, attempt: string | undefined) {
  const all = spans.filter(({ span_id }) => span_id === spanId);
  return all.find((one) => String(one.attempt) === attempt) ?? all.at(-1) ?? null;
}

const activities = ['working', 'waiting', 'unknown'] as const;

function Summary({ trace }: { readonly trace: Trace }) {
  const [root] = trace.spans;
  const { total_ms: total, by_activity, by_stage } = trace.time;
  const reason = { deployed: 'to production', finished: 'to its end', now: 'so far' }[trace.until_reason];
  const rows = () => [
    ['span_id', 'attempt', 'stage', 'activity', 'from', 'to', 'duration_ms'],
    ...trace.critical_path.map((one) => [
      one.span_id,
      one.attempt,
      one.stage,
      one.activity,
      one.from,
      one.to,
      one.duration_ms,
    ]),
  ];
  if (root === undefined) return null;
  const shareOf = (activity: string) => by_activity.find(({ name }) => name === activity)?.duration_ms ?? 0;
  return (
    <section className="card trace-summary" aria-label="Summary">
      <div className="row">
        <OperationBadge operation={root.operation_name} />
        <StateBadge {...root} />
        <span className="muted">{root.project}</span>
        <span className="grow" />
        <ExportMenu title="Critical path" rows={rows} />
      </div>
      <h2>
        <SafeLink url={root.url}>{root.title ?? root.span_id}</SafeLink>
      </h2>
      <p className="muted">
        <b className="strong">{duration(total)}</b> {reason} · {plural(trace.spans.length, 'span')} · began{' '}
        <Time at={trace.started_at} />
      </p>
      {total > 0 ? (
        <>
          <div
            className="activity-bar"
            role="img"
            aria-label="How much of the time was work; the words below say the same"
          >
            {activities.map((activity) =>
              shareOf(activity) > 0 ? (
                <i
                  key={activity}
                  className={activity === 'unknown' ? 'unsure' : activity}
                  style={{ flexGrow: shareOf(activity) / total }}
                />
              ) : null,
            )}
          </div>
          <ul className="legend">
            {activities
              .filter((activity) => shareOf(activity) > 0)
              .map((activity) => (
                <li key={activity}>
                  <i className={`swatch ${activity === 'unknown' ? 'unsure' : activity}`} aria-hidden />
                  {activity === 'unknown' ? 'not known which' : activity}{' '}
                  <b className="number">{duration(shareOf(activity))}</b> {share(shareOf(activity) / total)}
                </li>
              ))}
            <li className="longest">
              Longest:{' '}
              {by_stage
                .toSorted((a, b) => b.duration_ms - a.duration_ms)
                .slice(0, 3)
                .map(({ name, duration_ms }) => `${inWords(name)} ${duration(duration_ms)}`)
                .join(' · ')}
            </li>
          </ul>
        </>
      ) : null}
    </section>
  );
}
