import { Link } from '@tanstack/react-router';
import type { Schemas } from '../api/client.ts';
import { duration } from '../format/duration.ts';
import { inWords } from '../format/words.ts';
import { rowKeys } from '../ui/row-keys.ts';
import { Trust } from '../ui/trust.tsx';

/** What is open, the oldest first, and whether it is older than what was done usually got. */
export function Ageing({ answer }: { readonly answer: Schemas['Flow'] }) {
  const { oldest, open } = answer.ageing;
  return (
    <section className="card" aria-labelledby="ageing">
      <header className="card-head">
        <h2 id="ageing">Ageing</h2>
        <Trust of={open} title="Age of what is open" definition={answer.definitions.age} />
      </header>
      {oldest.length === 0 ? (
        <p className="empty">No ticket and no incident is open.</p>
      ) : (
        <ol className="rows scroll" onKeyDown={rowKeys}>
          {oldest.slice(0, 30).map((item) => (
            <li key={`${item.span_id}#${item.attempt}`}>
              <Link
                to="/traces/$traceId"
                params={{ traceId: item.span_id }}
                search={{ span: item.span_id } as never}
                className="line"
                data-row
              >
                <span className="grow clip">
                  {item.title ?? item.span_id}
                  <small className="muted"> {item.stage === null ? item.project : inWords(item.stage)}</small>
                </span>
                {standingOf(item.age_standing)}
                <span className="number">{duration(item.age_ms)}</span>
              </Link>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** Against the flow time of what was done: what is older than most of it stands out. */
const standings: Readonly<Record<string, readonly [label: string, kind: string]>> = {
  within_p95: ['older than 85%', 'warn'],
  above_p95: ['older than 95%', 'error'],
};

function standingOf(standing: string | null) {
  const known = standing === null ? undefined : standings[standing];
  return known === undefined ? null : <span className={`badge ${known[1]}`}>{known[0]}</span>;
}
