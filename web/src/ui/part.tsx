import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ProblemError } from '../api/client.ts';
import { share } from '../format/number.ts';
import { ProblemBox } from './problem.tsx';

interface Props<T> {
  readonly query: UseQueryResult<T>;
  /** Of what is awaited: so high is the place that is kept free. */
  readonly height: number;
  readonly children: (data: T) => ReactNode;
}

/** What a query answers, or what stands in its place until it does: of the same height, so that nothing jumps. */
export function Part<T>({ query, height, children }: Props<T>) {
  if (query.data !== undefined)
    return (
      <div className={query.isPlaceholderData ? 'part stale' : 'part'} aria-busy={query.isPlaceholderData}>
        {children(query.data)}
      </div>
    );
  if (query.error !== null) return <ProblemBox error={query.error} retry={() => void query.refetch()} />;
  const reason = query.failureReason;
  const progress = reason instanceof ProblemError ? reason.problem?.progress : undefined;
  return (
    <div className="skeleton" style={{ height }} aria-busy="true">
      {reason instanceof ProblemError && reason.problem?.code === 'preparing' ? (
        <span>Preparing the numbers{progress === undefined ? '' : `: ${share(progress)} done`} …</span>
      ) : (
        <span className="sr-only">Loading …</span>
      )}
    </div>
  );
}
