import { useEffect, useState } from 'react';
import { Check, Copy as CopyIcon } from './icon.ts';

const SHOWN_MS = 1_600;

interface Props {
  readonly text: string;
  /** What it copies: `the webhook URL`. */
  readonly what: string;
}

/** Copies a text, and says so. */
export function CopyButton({ text, what }: Props) {
  const [told, setTold] = useState<'copied' | 'failed' | null>(null);
  useEffect(() => {
    if (told === null) return;
    const timer = setTimeout(() => setTold(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [told]);
  const copy = () =>
    void navigator.clipboard.writeText(text).then(
      () => setTold('copied'),
      () => setTold('failed'),
    );
  return (
    <button type="button" className="button small" onClick={copy}>
      {told === 'copied' ? <Check size={14} aria-hidden /> : <CopyIcon size={14} aria-hidden />}
      <span aria-hidden>{told === 'copied' ? 'Copied' : told === 'failed' ? 'Not allowed' : 'Copy'}</span>
      <span className="sr-only">
        {told === null ? `Copy ${what}` : told === 'copied' ? `Copied ${what}` : 'The browser does not allow to copy'}
      </span>
    </button>
  );
}

/** Something to copy, shown as it is. */
export function Copyable({ text, what }: Props) {
  return (
    <div className="copyable">
      <pre>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}
