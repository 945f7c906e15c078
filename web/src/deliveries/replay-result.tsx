import type { Schemas } from '../api/client.ts';
import { count, plural } from '../format/number.ts';
import { ProblemBox } from '../ui/problem.tsx';

interface Props {
  readonly replay: Schemas['Replay'] | null;
  readonly error: Error | null;
}

/** How far a replay is, and what it came to. */
export function ReplayResult({ replay, error }: Props) {
  if (error !== null) return <ProblemBox error={error} what="Replay" />;
  if (replay === null) return null;
  const { state, deliveries, spans } = replay;
  if (state === 'running')
    return (
      <p role="status" className="replay-state">
        <progress value={deliveries.read} max={Math.max(1, deliveries.total)} aria-label="Replay" />{' '}
        {count(deliveries.read)} of {count(deliveries.total)} read
      </p>
    );
  if (state === 'failed') return <p role="alert">The replay failed: {replay.error}</p>;
  const changed = spans.added + spans.changed + spans.removed;
  return (
    <p role="status" className="replay-state">
      {plural(deliveries.read, 'delivery', 'deliveries')} read again:{' '}
      {deliveries.changed === 0 ? 'none means' : `${count(deliveries.changed)} mean`} something else than before;{' '}
      {changed === 0 ? 'no span changed' : `${plural(changed, 'span')} changed`}.
      {deliveries.without_body > 0 ? ` ${count(deliveries.without_body)} have lost their body.` : ''}
    </p>
  );
}
