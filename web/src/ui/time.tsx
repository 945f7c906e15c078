import { useNow } from '../app/now.ts';
import { ago, fullTime, shortTime, utcTime } from '../format/time.ts';

interface Props {
  /** RFC 3339; null where it is not known. */
  readonly at: string | null;
  readonly as?: 'ago' | 'short' | 'full';
}

/** A time in the viewer's zone, with UTC on hover. */
export function Time({ at, as = 'short' }: Props) {
  if (at === null) return <span className="muted">unknown</span>;
  const time = Date.parse(at);
  const title = `${fullTime(time)}\n${utcTime(time)}`;
  return (
    <time dateTime={at} title={title}>
      {as === 'ago' ? <Ago time={time} /> : as === 'full' ? fullTime(time) : shortTime(time)}
    </time>
  );
}

function Ago({ time }: { readonly time: number }) {
  return ago(time, Math.max(useNow(), time));
}
