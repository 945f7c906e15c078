import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { bucketOf, daysOf, filterNames, measureQuery, type SharedSearch, texts } from '../app/search.ts';
import { api, getPath, type Schemas, unwrap } from './client.ts';
import type { paths } from './schema.gen.ts';

type Query<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } }
  ? NonNullable<Q>
  : never;
export type SpanQuery = Query<'/api/v1/spans'>;
export type DeliveryQuery = Query<'/api/v1/deliveries'>;

/** DORA is grouped by service and environment itself; a service's own page asks for the stages of its lead time as well. */
export function doraQuery(search: SharedSearch, details = false) {
  const query = {
    ...measureQuery(search),
    per: bucketOf(daysOf(search.range).days),
    compare: 'previous' as const,
    most_groups: 20,
    details: details ? ('true' as const) : ('false' as const),
  };
  return queryOptions({
    queryKey: ['dora', query],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/measures/dora', { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function durationsQuery(search: SharedSearch, more: Partial<Query<'/api/v1/measures/durations'>> = {}) {
  const per = bucketOf(daysOf(search.range).days);
  const query = { ...measureQuery(search), per, group_by: 'operation', ...more };
  return queryOptions({
    queryKey: ['durations', query],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/measures/durations', { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function flowQuery(search: SharedSearch, operation?: string) {
  const per = bucketOf(daysOf(search.range).days);
  const query = { ...measureQuery(search), per, compare: 'previous' as const, ...(operation ? { operation } : {}) };
  return queryOptions({
    queryKey: ['flow', query],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/measures/flow', { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function pullRequestsQuery(search: SharedSearch) {
  const per = bucketOf(daysOf(search.range).days);
  const query = { ...measureQuery(search), per, compare: 'previous' as const };
  return queryOptions({
    queryKey: ['pull-requests', query],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/measures/pull-requests', { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

type ItemsQuery = Query<'/api/v1/measures/items'>;

/** The items behind one measure in the window of the page. */
export function itemsQuery(search: SharedSearch, asked: Pick<ItemsQuery, 'measure'> & Partial<ItemsQuery>) {
  const query = { ...measureQuery(search), ...asked } as ItemsQuery;
  return queryOptions({
    queryKey: ['items', query],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/measures/items', { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export interface ItemsPage {
  readonly definition: { readonly text: string; readonly docs: string };
  readonly unit: Schemas['Measured']['unit'];
  readonly window: { readonly from: string; readonly to: string };
  readonly items: readonly Schemas['MeasureItem'][];
  readonly next_cursor: string | null;
}

/** The items behind a number by the path that came with it, page after page. */
export function itemPages(parameters: Record<string, string>) {
  const path = (cursor: string | null) => {
    const query = new URLSearchParams({ ...parameters, ...(cursor === null ? {} : { cursor }) });
    return `/api/v1/measures/items?${query}`;
  };
  return infiniteQueryOptions({
    queryKey: ['item-pages', parameters],
    queryFn: ({ pageParam, signal }) => getPath<ItemsPage>(path(pageParam), signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** Lists of spans know no services: that is a word of the measures. */
export function spanFilters(search: SharedSearch) {
  const { service: _service, ...filters } = texts(search, filterNames);
  return filters;
}

export function tracePages(query: SpanQuery) {
  return infiniteQueryOptions({
    queryKey: ['traces', query],
    queryFn: ({ pageParam, signal }) => {
      const asked = { ...query, ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET('/api/v1/traces', { params: { query: asked }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
}

export function traceQuery(traceId: string) {
  return queryOptions({
    queryKey: ['trace', traceId],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/traces/{trace_id}', { params: { path: { trace_id: traceId } }, signal })),
  });
}

export function spanQuery(spanId: string) {
  return queryOptions({
    queryKey: ['span', spanId],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/spans/{span_id}', { params: { path: { span_id: spanId } }, signal })),
  });
}

/** Whether anything at all is stored: what a newcomer sees instead of empty charts depends on it. */
export const anySpanQuery = queryOptions({
  queryKey: ['any-span'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/spans', { params: { query: { limit: 1 } }, signal })),
  select: ({ items }) => items.length > 0,
});

export function deliveryPages(query: DeliveryQuery) {
  return infiniteQueryOptions({
    queryKey: ['deliveries', query],
    queryFn: ({ pageParam, signal }) => {
      const asked = { ...query, ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET('/api/v1/deliveries', { params: { query: asked }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
}

export function deliveryQuery(id: string) {
  return queryOptions({
    queryKey: ['delivery', id],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/deliveries/{id}', { params: { path: { id } }, signal })),
  });
}

export const sourcesQuery = queryOptions({
  queryKey: ['sources'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/sources', { signal })),
});

/** The page that defines every measure, as it is read in the repository. */
export const definitionsQuery = queryOptions({
  queryKey: ['definitions'],
  queryFn: async ({ signal }) => {
    const response = await fetch('/docs/measures.md', { signal });
    if (!response.ok) throw new Error(`The definitions could not be read: the server answered ${response.status}.`);
    return response.text();
  },
  staleTime: Number.POSITIVE_INFINITY,
});
