import type { Schemas } from '../api/client.ts';
import { ExportMenu } from '../charts/export-menu.tsx';
import { duration } from '../format/duration.ts';
import { share } from '../format/number.ts';
import { ItemsLink } from '../items/items-link.tsx';
import { Trust, WhyEmpty } from '../ui/trust.tsx';

interface Props {
  readonly numbers: Schemas['FlowNumbers']['efficiency'];
  readonly definition: { readonly text: string; readonly docs: string } | undefined;
}

/** How much of the time of what was done somebody was at it. */
export function Waiting({ numbers, definition }: Props) {
  const parts = [
    { key: 'working', name: 'Working', ms: numbers.active_ms ?? 0 },
    { key: 'waiting', name: 'Waiting', ms: numbers.waiting_ms ?? 0 },
    { key: 'unsure', name: 'Not known which', ms: numbers.unknown_ms ?? 0 },
  ];
  const total = parts.reduce((sum, { ms }) => sum + ms, 0);
  const rows = () => [['kind', 'ms'], ...parts.map(({ name, ms }) => [name, ms])];
  return (
    <section className="card" aria-label="Waiting and working">
      <header className="card-head">
        <h2>Waiting and working</h2>
        <Trust of={numbers} title="Flow efficiency" definition={definition} />
        <ExportMenu title="Waiting and working" rows={rows} />
      </header>
      <div className="card-body">
        {total === 0 ? (
          <WhyEmpty of={numbers} what="waiting or work" />
        ) : (
          <>
            <p className="big-number">
              <ItemsLink path={numbers.items} label={`Flow efficiency ${share(numbers.value ?? 0)}, its items`}>
                {numbers.value === null ? '–' : share(numbers.value)}
              </ItemsLink>{' '}
              <span className="muted">of the time somebody was at it</span>
            </p>
            <div className="stage-bar" role="img" aria-label="Waiting and working; the list below says the same">
              {parts.map(({ key, ms }) =>
                ms > 0 ? <div key={key} className={key} style={{ flexGrow: ms / total }} /> : null,
              )}
            </div>
            <ul className="list facts-list">
              {parts.map(({ key, name, ms }) => (
                <li key={key}>
                  <i className={`swatch ${key}`} aria-hidden />
                  <span className="grow">{name}</span>
                  <span className="number">{duration(ms)}</span>
                  <span className="number muted">{share(ms / total)}</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </section>
  );
}
