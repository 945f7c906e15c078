import type { ReactNode } from 'react';

interface Props {
  readonly title: string;
  readonly count: number;
  readonly isCounted?: boolean;
  readonly isFolded?: boolean;
  readonly children: ReactNode;
}

/** A part of a panel that can be folded away; nothing where there is nothing in it. */
export function Section({ title, count, isCounted = true, isFolded = false, children }: Props) {
  if (count === 0) return null;
  return (
    <details className="section" open={!isFolded}>
      <summary>
        <h3>{title}</h3> {isCounted ? <span className="muted number">{count}</span> : null}
      </summary>
      {children}
    </details>
  );
}
