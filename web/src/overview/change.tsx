import { ArrowDownRight, ArrowUpRight, Minus } from '../ui/icon.ts';
import type { Change } from './metrics.ts';

/** Whether it is getting better: by an arrow, a sign, a word and a colour. */
export function ChangeChip({ change }: { readonly change: Change | null }) {
  if (change === null) return null;
  const { by, text, isBetter } = change;
  const Arrow = isBetter === null ? Minus : by < 0 ? ArrowDownRight : ArrowUpRight;
  return (
    <span className={`change ${isBetter === null ? '' : isBetter ? 'better' : 'worse'}`}>
      <Arrow size={13} aria-hidden />
      {text}
      <span className="sr-only">{isBetter === null ? '' : isBetter ? ' (better)' : ' (worse)'}</span>
    </span>
  );
}
