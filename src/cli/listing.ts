import type { Client } from './client.ts';

/** What is asked for; what is undefined is not. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export function queryOf(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

const LARGEST_PAGE = 200;

/** Reads a list of the API page by page: up to a number of items, or all of them. */
export async function listAll<T>(
  client: Client,
  path: string,
  query: Query,
  { limit, all = false }: { readonly limit: number; readonly all?: boolean },
): Promise<T[]> {
  const items: T[] = [];
  const most = all ? Number.POSITIVE_INFINITY : limit;
  let cursor: string | undefined;
  do {
    const page = { ...query, limit: Math.min(LARGEST_PAGE, most - items.length), cursor };
    const { items: read, next_cursor } = await client.json<Page<T>>('GET', path + queryOf(page));
    items.push(...read);
    cursor = next_cursor ?? undefined;
  } while (cursor !== undefined && items.length < most);
  return items;
}
