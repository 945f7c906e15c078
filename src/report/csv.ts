import { stringify } from 'csv-stringify/sync';

export type Cell = string | number | boolean | null | undefined;

/**
 * Rows as comma-separated values (RFC 4180), each line ended by CR LF. A text that a spreadsheet would take for a formula
 * begins with an apostrophe (OWASP, CSV injection); {@link unguarded} takes it away.
 */
export function csvOf(rows: readonly (readonly Cell[])[]): string {
  return stringify(
    rows.map((row) => row.map((cell) => (typeof cell === 'boolean' ? String(cell) : cell))),
    { record_delimiter: 'windows', escape_formulas: true },
  );
}

/** A text of such a file as it was before. */
export function unguarded(text: string): string {
  return /^'[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(text) ? text.slice(1) : text;
}
