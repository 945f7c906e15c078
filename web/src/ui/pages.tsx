import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ProblemBox } from './problem.tsx';

interface Page<T> {
  readonly items: readonly T[];
}

interface Props<T> {
  readonly query: UseInfiniteQueryResult<InfiniteData<Page<T>>>;
  readonly empty: ReactNode;
  readonly children: (items: readonly T[]) => ReactNode;
}

/** A list that is read page after page. */
export function Pages<T>({ query, empty, children }: Props<T>) {
  if (query.data === undefined) {
    if (query.error !== null) return <ProblemBox error={query.error} retry={() => void query.refetch()} />;
    return (
      <div className="skeleton" style={{ height: 480 }} aria-busy="true">
        <span className="sr-only">Loading …</span>
      </div>
    );
  }
  const items = query.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <div className="card empty">{empty}</div>;
  return (
    <div className={query.isPlaceholderData ? 'stale' : ''} aria-busy={query.isPlaceholderData}>
      {children(items)}
      {query.isFetchNextPageError && query.error !== null ? (
        <ProblemBox error={query.error} retry={() => void query.fetchNextPage()} />
      ) : null}
      {query.hasNextPage ? (
        <div className="more">
          <button
            type="button"
            className="button"
            disabled={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {query.isFetchingNextPage ? 'Loading …' : 'Show more'}
          </button>
        </div>
      ) : null}
    </div>
  );
}
