import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../api/client.ts';

type Replay = Schemas['Replay'];
type Filter = NonNullable<Parameters<typeof start>[0]>;

const LOOK_MS = 400;

function start(filter: {
  source?: string;
  instance?: string;
  outcome?: Schemas['Delivery']['outcome'];
  kind?: string;
}) {
  return unwrap(api.POST('/api/v1/replays', { body: { ...filter, dry_run: false } }));
}

/** Waits until a replay has ended, as it is told by looking at it. Throws a ProblemError. */
async function ended(replay: Replay, tell: (replay: Replay) => void): Promise<Replay> {
  let latest = replay;
  while (latest.state === 'running') {
    tell(latest);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    latest = await unwrap(api.GET('/api/v1/replays/{id}', { params: { path: { id: latest.id } } }));
  }
  return latest;
}

/** Reads one delivery again, or all that a filter names; what is shown is asked anew afterwards. */
export function useReplay(tell: (replay: Replay) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (what: { readonly id: string } | { readonly filter: Filter }) => {
      const started =
        'id' in what
          ? await unwrap(api.POST('/api/v1/deliveries/{id}/replay', { params: { path: { id: what.id } } }))
          : await start(what.filter);
      return ended(started, tell);
    },
    onSuccess: tell,
    onSettled: () => queries.invalidateQueries(),
  });
}
