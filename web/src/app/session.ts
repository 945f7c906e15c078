import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, unwrap } from '../api/client.ts';

/** Who the viewer is to the server: signed in, or let in without. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/session', { signal })),
  staleTime: 60_000,
});

/** Whether the viewer may change things and see raw bodies; not, until it is known. */
export function useIsAdmin(): boolean {
  return useQuery(sessionQuery).data?.role === 'admin';
}
