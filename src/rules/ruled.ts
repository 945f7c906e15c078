import { all, type Condition } from './condition.ts';
import type { Conditions } from './schema.ts';

/** A rule ready to be asked, and where it stands. */
export type Ruled<T> = T & { readonly by: string; readonly holds: Condition };

export function named<T extends { readonly when: Conditions }>(rules: readonly T[], list: string): Ruled<T>[] {
  return rules.map((rule, index) => ({ ...rule, by: `${list}[${index}]`, holds: all(rule.when) }));
}
