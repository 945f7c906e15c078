const BARS = '▁▂▃▄▅▆▇█';

/** Values as bars next to each other, from 0 to the greatest; a dot for one that is not known. */
export function sparkline(values: readonly (number | null)[]): string {
  const greatest = Math.max(...values.map((value) => value ?? 0), Number.MIN_VALUE);
  return values
    .map((value) => (value === null ? '·' : BARS[Math.round((Math.max(0, value) / greatest) * (BARS.length - 1))]))
    .join('');
}
