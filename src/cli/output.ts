import { styleText } from 'node:util';
import Table from 'cli-table3';

type Format = Parameters<typeof styleText>[0];

/** Coloured where stdout is a terminal that wants colours; plain text elsewhere, and with NO_COLOR. */
export function styled(format: Format, text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}

const NARROWEST = 12;

/** How a table gives way where the terminal is too narrow for it. */
export interface Fit {
  /** The column that is cut. */
  readonly flexible: number;
  /** Columns that are left out when that does not suffice, for another one tells the same. */
  readonly dispensable?: readonly number[];
}

/** A table that fits the terminal; elsewhere nothing is cut. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { flexible, dispensable = [] }: Fit,
  available = terminalWidth(),
): string {
  const widths = head.map((title, column) =>
    Math.max(...[title, ...rows.map((row) => row[column] ?? '')].map(widthOf)),
  );
  const surplus = widths.reduce((sum, width) => sum + width + GAP, 0) - available;
  const isTooNarrow = surplus > 0 && (widths[flexible] ?? 0) - surplus < NARROWEST;
  if (isTooNarrow && dispensable.length > 0) {
    const kept = <T>(cells: readonly T[]) => cells.filter((_, column) => !dispensable.includes(column));
    const before = dispensable.filter((column) => column < flexible).length;
    return table(kept(head), rows.map(kept), { flexible: flexible - before }, available);
  }
  const lines = new Table({
    head: head.map((title) => styled('dim', title)),
    colWidths: widths.map((width, column) => GAP + (column === flexible ? shrunk(width, surplus) : width)),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP },
    truncate: '…',
  });
  lines.push(...rows.map((row) => [...row]));
  return lines
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const GAP = 2;

/** Without end where stdout is no terminal. */
export function terminalWidth(): number {
  return process.stdout.isTTY === true ? process.stdout.columns : Number.POSITIVE_INFINITY;
}

const LINES = ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
  ['', '-mid', '-left', '-right'].map((part) => `${side}${part}`),
);
const NO_LINES = Object.fromEntries([...LINES, 'middle'].map((name) => [name, '']));

function shrunk(width: number, surplus: number): number {
  return surplus > 0 ? Math.max(NARROWEST, width - surplus) : width;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are written with one.
const COLOURS = /\u001b\[\d+m/g;

function widthOf(text: string): number {
  return [...new Intl.Segmenter().segment(text.replace(COLOURS, ''))].length;
}

const UNITS = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'm', ms: 60_000 },
  { name: 's', ms: 1_000 },
] as const;

/** `2h 05m`, `41s`, `350ms`: the two greatest units. */
export function inWords(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)}ms`;
  const index = UNITS.findIndex(({ ms }) => durationMs >= ms);
  const [first, second] = [UNITS[index] ?? UNITS[3], UNITS[index + 1]];
  const whole = Math.floor(durationMs / first.ms);
  if (second === undefined) return `${whole}${first.name}`;
  const rest = String(Math.floor((durationMs % first.ms) / second.ms)).padStart(2, '0');
  return `${whole}${first.name} ${rest}${second.name}`;
}

/** A time of the wire in the zone of the terminal, to the second; a dash for none. */
export function localTime(time: string | null): string {
  if (time === null) return '–';
  const date = new Date(time);
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}

/** A time of the wire in a time zone, to the minute. */
export function localTimeIn(time: string, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(
    Date.parse(time),
  );
}

/** The zone that {@link localTime} speaks of, for a heading. */
export function zone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Without what a terminal would take for an order: titles come from elsewhere. */
export function harmless(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, ' ');
}
