import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { Schemas } from '../api/client.ts';
import { type SpanQuery, spanFilters, tracePages } from '../api/queries.ts';
import { useNow } from '../app/now.ts';
import { Page } from '../app/page.tsx';
import { spanWindow, texts, useSetSearch, useSharedSearch } from '../app/search.ts';
import { duration } from '../format/duration.ts';
import { inWords } from '../format/words.ts';
import { StateBadge } from '../ui/badges.tsx';
import { Choice } from '../ui/choice.tsx';
import { Pages } from '../ui/pages.tsx';
import { rowKeys } from '../ui/row-keys.ts';
import { SearchField } from '../ui/search-field.tsx';
import { Time } from '../ui/time.tsx';
import './traces.css';

type Summary = Schemas['TraceSummary'];

const operations = ['issue', 'pull_request', 'pipeline', 'build', 'deploy', 'incident', 'release', 'sprint'] as const;

/** Every trace, the latest first. */
export function TracesPage() {
  const shared = useSharedSearch();
  const search = useSearch({
    strict: false,
    select: (all) => texts(all as Record<string, unknown>, ['q', 'operation', 'state', 'is_error'] as const),
  });
  const setSearch = useSetSearch();
  const query = useInfiniteQuery(
    tracePages({ ...spanWindow(shared), ...spanFilters(shared), ...search, limit: 50 } as SpanQuery),
  );
  const searchFor = useCallback((q: string) => setSearch({ q: q || undefined }, true), [setSearch]);
  return (
    <Page title="Traces" hasRange>
      <div className="search-bar">
        <SearchField
          label="Search traces"
          placeholder="A part of a title or an id"
          value={search.q ?? ''}
          change={searchFor}
        />
        <Choice
          label="What it begins with"
          any="Any operation"
          value={search.operation}
          options={operations.map((one) => [one, inWords(one)])}
          change={(operation) => setSearch({ operation })}
        />
        <Choice
          label="State"
          any="Open or finished"
          value={search.state}
          options={[
            ['open', 'Open'],
            ['finished', 'Finished'],
          ]}
          change={(state) => setSearch({ state })}
        />
        <Choice
          label="Errors"
          any="With and without errors"
          value={search.is_error}
          options={[
            ['true', 'Failed'],
            ['false', 'Not failed'],
          ]}
          change={(is_error) => setSearch({ is_error })}
        />
      </div>
      <Pages
        query={query}
        empty={
          <>
            <h2>No trace fits</h2>
            <p>None began in this time, or the search and the filters leave them out.</p>
            <Link to="/traces" search={{ range: '365d' } as never} className="button">
              All of the last year
            </Link>
          </>
        }
      >
        {(traces) => <TraceTable traces={traces} />}
      </Pages>
    </Page>
  );
}

function TraceTable({ traces }: { readonly traces: readonly Summary[] }) {
  const now = useNow();
  const lengthOf = (trace: Summary) =>
    trace.duration_ms ??
    (trace.started_at === null || trace.state === 'finished' ? null : now - Date.parse(trace.started_at));
  const longest = Math.max(1, ...traces.map((trace) => lengthOf(trace) ?? 0));
  return (
    <div className="card table-scroll">
      <table className="table trace-list">
        <thead>
          <tr>
            <th scope="col">Trace</th>
            <th scope="col">State</th>
            <th scope="col" className="optional">
              Spans
            </th>
            <th scope="col">To production, or its end</th>
            <th scope="col" className="number optional">
              Began
            </th>
          </tr>
        </thead>
        <tbody onKeyDown={rowKeys}>
          {traces.map((trace) => (
            <tr key={trace.trace_id}>
              <td>
                <Link
                  to="/traces/$traceId"
                  params={{ traceId: trace.trace_id }}
                  search={{} as never}
                  className="trace-link"
                  data-row
                >
                  <span className="row nowrap">
                    <i
                      className="dot"
                      data-operation={trace.root.operation_name}
                      title={inWords(trace.root.operation_name)}
                    />
                    <span className="clip">{trace.root.title ?? trace.trace_id}</span>
                  </span>
                  <small className="muted clip">
                    {inWords(trace.root.operation_name)} · {trace.root.project}
                    {trace.root.actor === null ? '' : ` · ${trace.root.actor}`}
                  </small>
                </Link>
              </td>
              <td>
                <StateBadge
                  state={trace.state}
                  is_error={trace.is_error}
                  result={trace.is_error ? 'failure' : trace.root.result}
                />
              </td>
              <td className="optional">
                <span className="ops">
                  {trace.operations.slice(0, 5).map(({ operation_name, count }) => (
                    <span key={operation_name} title={inWords(operation_name)}>
                      <i className="dot" data-operation={operation_name} aria-hidden />
                      {count}
                      <span className="sr-only"> {inWords(operation_name)}</span>
                    </span>
                  ))}
                </span>
              </td>
              <td>
                <Length
                  ms={lengthOf(trace)}
                  longest={longest}
                  isError={trace.is_error}
                  isDeployed={trace.deployed_at !== null}
                />
              </td>
              <td className="number muted optional">
                <Time at={trace.started_at} as="ago" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface LengthProps {
  readonly ms: number | null;
  readonly longest: number;
  readonly isError: boolean;
  readonly isDeployed: boolean;
}

function Length({ ms, longest, isError, isDeployed }: LengthProps) {
  if (ms === null) return <span className="muted">not known</span>;
  return (
    <span className="length">
      <span className="number">{duration(ms)}</span>
      <i className={isError ? 'error' : ''} style={{ width: `${Math.max(1, (ms / longest) * 60)}%` }} aria-hidden />
      {isDeployed ? <span className="badge good">in production</span> : null}
    </span>
  );
}
