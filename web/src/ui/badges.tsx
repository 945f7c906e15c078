import type { Schemas } from '../api/client.ts';
import { inWords } from '../format/words.ts';

type Span = Pick<Schemas['Span'], 'state' | 'is_error' | 'result'>;

/** How it stands, in a word and a colour. */
export function StateBadge({ state, is_error, result }: Span) {
  if (state === 'open') return <span className="badge open">Open</span>;
  const kind = is_error ? 'error' : result === null || result === 'unknown' ? 'neutral' : resultKind(result);
  return <span className={`badge ${kind}`}>{inWords(result ?? 'finished')}</span>;
}

function resultKind(result: string): string {
  if (['success', 'merged', 'done'].includes(result)) return 'good';
  return result === 'rolled_back' || result === 'rejected' ? 'warn' : 'neutral';
}

export function OperationBadge({ operation }: { readonly operation: string }) {
  return (
    <span className="operation">
      <i className="dot" data-operation={operation} aria-hidden />
      {inWords(operation)}
    </span>
  );
}

const outcomes: Readonly<Record<string, [label: string, kind: string]>> = {
  accepted: ['Accepted', 'good'],
  ignored: ['Ignored', 'neutral'],
  dead_letter: ['Dead letter', 'error'],
};

export function OutcomeBadge({ outcome }: { readonly outcome: string }) {
  const [label, kind] = outcomes[outcome] ?? [inWords(outcome), 'neutral'];
  return <span className={`badge ${kind}`}>{label}</span>;
}
