import { useMemo, useState } from 'react';
import { download } from '../charts/csv.ts';
import { bytes } from '../format/number.ts';
import { CopyButton } from '../ui/copy.tsx';
import { Download } from '../ui/icon.ts';
import { inLines } from './json-lines.ts';
import './raw-body.css';

interface Props {
  readonly id: string;
  readonly body: string | null;
  readonly status: 'shown' | 'withheld' | 'removed';
}

/** More text than this makes a page slow; all of it can be kept as a file. */
const SHOWN = 200_000;

/** A delivery's body as it was received, or with its JSON set in lines. */
export function RawBody({ id, body, status }: Props) {
  const [isRaw, setRaw] = useState(false);
  const pretty = useMemo(() => (body === null ? null : inLines(body)), [body]);
  if (status === 'withheld') return <p className="muted">Raw bodies are for admins: sign in as one to see it.</p>;
  if (body === null) return <p className="muted">The body is not there any more: retention has removed it.</p>;
  const text = isRaw || pretty === null ? body : pretty;
  const name = `delivery-${id}.json`;
  return (
    <div className="raw">
      <div className="row raw-tools">
        <span className="muted grow">{bytes(new Blob([body]).size)}</span>
        {pretty === null ? null : (
          <button type="button" className="button small" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
            {isRaw ? 'In lines' : 'As received'}
          </button>
        )}
        <CopyButton text={body} what="the raw body" />
        <button
          type="button"
          className="button small"
          onClick={() => download(name, new Blob([body], { type: 'application/json' }))}
        >
          <Download size={14} aria-hidden /> Keep
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and so must be reachable by keyboard. */}
      <section tabIndex={0} aria-label="Raw body" className="raw-text">
        <pre>{text.slice(0, SHOWN)}</pre>
        {text.length > SHOWN ? <p className="muted">… and more; keep it as a file to see all of it.</p> : null}
      </section>
    </div>
  );
}
