import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import type { Schemas } from '../api/client.ts';
import { type ItemsPage as Answer, itemPages } from '../api/queries.ts';
import { Page } from '../app/page.tsx';
import { measureQuery, type SharedSearch, useSetSearch } from '../app/search.ts';
import { ExportMenu } from '../charts/export-menu.tsx';
import { amount, type Unit } from '../format/number.ts';
import { dayWithYear } from '../format/time.ts';
import { inWords, measureInWords, reasonInWords } from '../format/words.ts';
import { Choice } from '../ui/choice.tsx';
import { Pages } from '../ui/pages.tsx';
import { rowKeys } from '../ui/row-keys.ts';
import { Time } from '../ui/time.tsx';
import '../traces/traces.css';
import './items.css';

type Item = Schemas['MeasureItem'];

/** What a number is made of, and what it leaves out: each leads on to its span, and from there to its deliveries. */
export function ItemsPage() {
  const search = useSearch({ strict: false, select: (all) => all as Record<string, string> });
  const setSearch = useSetSearch();
  const { range, lane: _lane, ...given } = search;
  const parameters = withWindow(given, range);
  const query = useInfiniteQuery(itemPages(parameters));
  const [first] = query.data?.pages ?? [];
  const measure = parameters.measure ?? '';
  const rows = () => [
    ['span_id', 'attempt', 'part', 'at', 'value', 'unit', 'reason', 'operation', 'project', 'title'],
    ...(query.data?.pages.flatMap(({ items }) => items) ?? []).map((item) => [
      ...[item.span_id, item.attempt, item.part, item.at, item.value, first?.unit ?? '', item.reason],
      ...[item.operation_name, item.project, item.title],
    ]),
  ];
  return (
    <Page title={measureInWords(measure)} hasFilters={false}>
      <Intro answer={first} parameters={parameters} />
      <div className="search-bar">
        <Choice
          label="Order"
          any="The latest first"
          value={parameters.order === 'value' ? 'value' : undefined}
          options={[['value', 'The greatest value first']]}
          change={(order) => setSearch({ order })}
        />
        <Choice
          label="Which"
          any="Those that count and those left out"
          value={parameters.reason}
          options={[['counted', 'Only those that count'], ...reasonOption(parameters.reason)]}
          change={(reason) => setSearch({ reason })}
        />
        <span className="grow" />
        <ExportMenu title={measureInWords(measure)} rows={rows} />
      </div>
      <Pages
        query={query}
        empty={
          <>
            <h2>Nothing is behind this number</h2>
            <p>No item of this kind ended in this time, with these filters.</p>
          </>
        }
      >
        {(items) => <ItemTable items={items} unit={first?.unit ?? 'count'} />}
      </Pages>
    </Page>
  );
}

/** A path of items brings its own window; a link without one means that of the page. */
function withWindow(given: Record<string, string>, range: string | undefined): Record<string, string> {
  if (given.from !== undefined || given.measure === 'open') return given;
  const shared: SharedSearch = range === undefined ? {} : { range };
  return { ...measureQuery(shared), ...given };
}

function reasonOption(reason: string | undefined): [string, string][] {
  return reason === undefined || reason === 'counted' ? [] : [[reason, `Left out: ${reasonInWords(reason)}`]];
}

const narrowing = [
  'service',
  'environment',
  'tier',
  'project',
  'team',
  'source',
  'operation',
  'stage',
  'result',
  'type',
] as const;

function Intro({
  answer,
  parameters,
}: {
  readonly answer: Answer | undefined;
  readonly parameters: Record<string, string>;
}) {
  const filters = narrowing.filter((name) => parameters[name] !== undefined);
  return (
    <section className="items-intro">
      <p>{answer?.definition.text ?? '\u00a0'}</p>
      <p className="muted">
        {answer === undefined
          ? '\u00a0'
          : `${dayWithYear(Date.parse(answer.window.from))} – ${dayWithYear(Date.parse(answer.window.to) - 1)}`}
        {filters.map((name) => (
          <span key={name}>
            {' · '}
            {inWords(name)}: {parameters[name] || 'not known'}
          </span>
        ))}
        {answer === undefined ? null : (
          <>
            {' · '}
            <Link to="/definitions" search={true} hash={answer.definition.docs.split('#')[1] ?? ''}>
              How it is defined
            </Link>
          </>
        )}
      </p>
    </section>
  );
}

function ItemTable({ items, unit }: { readonly items: readonly Item[]; readonly unit: Unit }) {
  const greatest = Math.max(1, ...items.map(({ value }) => value ?? 0));
  return (
    <div className="card table-scroll">
      <table className="table trace-list">
        <thead>
          <tr>
            <th scope="col">Item</th>
            <th scope="col">{unit === 'ratio' ? 'Counts as' : 'Value'}</th>
            <th scope="col" className="optional">
              Why
            </th>
            <th scope="col" className="number">
              At
            </th>
          </tr>
        </thead>
        <tbody onKeyDown={rowKeys}>
          {items.map((item) => (
            <tr key={`${item.span_id}#${item.attempt}/${item.part}`}>
              <td>
                <Link
                  to="/traces/$traceId"
                  params={{ traceId: item.span_id }}
                  search={{ span: item.span_id, attempt: String(item.attempt) } as never}
                  className="trace-link"
                  data-row
                >
                  <span className="row nowrap">
                    <i className="dot" data-operation={item.operation_name} title={inWords(item.operation_name)} />
                    <span className="clip">{item.title ?? item.span_id}</span>
                  </span>
                  <small className="muted clip">
                    {inWords(item.operation_name)} · {item.project}
                    {item.part === null ? '' : ` · ${item.part}`}
                  </small>
                </Link>
              </td>
              <td>
                <Value item={item} unit={unit} greatest={greatest} />
              </td>
              <td className="optional muted">
                <Why item={item} />
              </td>
              <td className="number muted">
                <Time at={item.at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface ValueProps {
  readonly item: Item;
  readonly unit: Unit;
  readonly greatest: number;
}

function Value({ item: { value, reason }, unit, greatest }: ValueProps) {
  if (reason !== null) return <span className="badge">Left out</span>;
  if (unit === 'ratio')
    return <span className={`badge ${value === 1 ? 'warn' : 'good'}`}>{value === 1 ? 'Yes' : 'No'}</span>;
  if (unit === 'count' || value === null) return <span className="badge good">Counts</span>;
  return (
    <span className="length">
      <span className="number">{amount(value, unit)}</span>
      <i style={{ width: `${(value / greatest) * 60}%` }} aria-hidden />
    </span>
  );
}

function Why({ item: { reason, basis, details } }: { readonly item: Item }) {
  if (reason !== null) return reasonInWords(reason);
  const causes = Array.isArray(details.causes) ? details.causes.map((cause) => inWords(String(cause))).join(', ') : '';
  return [causes, basis === null ? '' : `by ${inWords(basis).toLowerCase()}`].filter((part) => part !== '').join(' · ');
}
