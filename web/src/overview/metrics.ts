import type { Schemas } from '../api/client.ts';
import type { Unit } from '../format/number.ts';

export type DoraNumbers = Schemas['DoraNumbers'];
export type DoraGroup = Schemas['Dora']['groups'][number];

type Numbers = DoraGroup['numbers'];

export interface Metric {
  readonly key: keyof DoraNumbers;
  readonly title: string;
  readonly unit: Unit;
  readonly isLowBetter: boolean;
  readonly value: (numbers: Numbers) => number | null;
  /** What is compared with the period before: a count knows no median of its weeks there. */
  readonly compared: (numbers: Numbers) => number | null;
  readonly kind: 'line' | 'bars';
  readonly says: string;
}

const median =
  (key: 'change_lead_time' | 'failed_deployment_recovery_time') =>
  (numbers: Numbers): number | null =>
    numbers[key].p50;
const ratio =
  (key: 'change_fail_rate' | 'deployment_rework_rate') =>
  (numbers: Numbers): number | null =>
    numbers[key].value;

/** DORA's five, as the overview shows them. */
export const metrics: readonly Metric[] = [
  {
    ...{ key: 'change_lead_time', title: 'Change lead time', unit: 'ms', isLowBetter: true, kind: 'line' },
    ...{ value: median('change_lead_time'), compared: median('change_lead_time') },
    says: 'median, commit to production',
  },
  {
    ...{ key: 'deployment_frequency', title: 'Deployments', unit: 'count', isLowBetter: false, kind: 'bars' },
    value: ({ deployment_frequency: { value } }) => value,
    compared: ({ deployment_frequency: { value } }) => value,
    says: 'successful, to production',
  },
  {
    ...{ key: 'change_fail_rate', title: 'Change fail rate', unit: 'ratio', isLowBetter: true, kind: 'line' },
    ...{ value: ratio('change_fail_rate'), compared: ratio('change_fail_rate') },
    says: 'of all deployments',
  },
  {
    ...{ key: 'failed_deployment_recovery_time', title: 'Recovery time', unit: 'ms', isLowBetter: true, kind: 'line' },
    value: median('failed_deployment_recovery_time'),
    compared: median('failed_deployment_recovery_time'),
    says: 'median, failed to recovered',
  },
  {
    ...{ key: 'deployment_rework_rate', title: 'Rework rate', unit: 'ratio', isLowBetter: true, kind: 'line' },
    ...{ value: ratio('deployment_rework_rate'), compared: ratio('deployment_rework_rate') },
    says: 'unplanned deployments',
  },
];

export function bandOf(numbers: Numbers, key: keyof DoraNumbers): string | null {
  const number = numbers[key];
  return 'band' in number ? number.band : null;
}

export interface Change {
  /** By how much: a part of the value before, or, of ratios, points of a hundred. */
  readonly by: number;
  readonly text: string;
  /** Null where there is no difference worth a word. */
  readonly isBetter: boolean | null;
}

const LEAST = 0.02;
/** From three times on people think in times, not in percent. */
const TIMES = 2;

/** How a number differs from that of the period before; null where one of the two is not known. */
export function changeOf(metric: Metric, group: Pick<DoraGroup, 'numbers' | 'previous'>): Change | null {
  const now = metric.compared(group.numbers);
  const before = group.previous === null ? null : metric.compared(group.previous);
  if (now === null || before === null) return null;
  const isPoints = metric.unit === 'ratio';
  if (!isPoints && before === 0) return null;
  const by = isPoints ? now - before : (now - before) / before;
  if (!isPoints && by >= TIMES)
    return { by, text: `×${Math.round((by + 1) * 10) / 10}`, isBetter: !metric.isLowBetter };
  const rounded = Math.round(Math.abs(by) * 1_000) / 10;
  const text = `${by < 0 ? '−' : '+'}${rounded >= 10 ? Math.round(rounded) : rounded}${isPoints ? ' pts' : '%'}`;
  if (Math.abs(by) < LEAST / (isPoints ? 2 : 1)) return { by, text: 'no change', isBetter: null };
  return { by, text, isBetter: by < 0 === metric.isLowBetter };
}
