import type { components } from '../api/schema.gen.ts';
import { duration } from './duration.ts';

export type Unit = components['schemas']['Measured']['unit'];

const integer = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });

/** A number as people read it; a dash where nothing is known, which is not zero. */
export function amount(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined) return '–';
  switch (unit) {
    case 'ms':
      return duration(value);
    case 'ratio':
      return percent.format(value);
    case 'per_week':
      return `${oneDigit.format(value)}/week`;
    case 'ms_per_line':
      return `${duration(value)}/line`;
    case 'ms_per_comment':
      return `${duration(value)}/comment`;
    case 'days':
      return `${oneDigit.format(value)} days`;
    default:
      return Number.isInteger(value) ? integer.format(value) : oneDigit.format(value);
  }
}

export function count(value: number): string {
  return integer.format(value);
}

export function share(value: number): string {
  return percent.format(value);
}

/** `1 trace`, `1,204 traces`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${integer.format(value)} ${value === 1 ? one : many}`;
}

export function bytes(value: number): string {
  if (value < 1_024) return `${value} B`;
  const kib = value / 1_024;
  return kib < 1_024 ? `${oneDigit.format(kib)} KiB` : `${oneDigit.format(kib / 1_024)} MiB`;
}
