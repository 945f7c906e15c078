import { configure } from 'safe-stable-stringify';

const stringify = configure({ deterministic: true, circularValue: Error, strict: true });

/** JSON with sorted keys: equal values have equal texts. Throws for what JSON cannot hold (NaN, cycles). */
export function canonical(value: unknown): string {
  return stringify(value) ?? 'null';
}

/** Code-unit order, the same on every machine (unlike a locale's). */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
