import type { Cell } from './contract.ts';

/** A cell that is a number or NULL; a column that is not there counts as NULL. */
export function numberOrNull(cell: Cell | undefined): number | null {
  return cell === null || cell === undefined ? null : Number(cell);
}

/** A cell that is a text or NULL. */
export function textOrNull(cell: Cell | undefined): string | null {
  return cell === null || cell === undefined ? null : String(cell);
}
