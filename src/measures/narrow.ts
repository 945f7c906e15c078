import { wrongParameter } from '../domain/app-error.ts';
import type { Parameter, Query } from './columns/contract.ts';
import type { Measure, Question } from './measure.ts';
import type { Dimension, MeasureFilter, Period } from './window.ts';

/**
 * The conditions that narrow the items of a measure to a period and a filter. Throws an AppError `invalid_parameter` where it
 * cannot be filtered so.
 */
export function conditionsOf(measure: Measure, filter: MeasureFilter): string {
  const inWindow = measure.isStock === true ? ['"at" < $to'] : ['"at" >= $from', '"at" < $to'];
  const given = Object.entries(filter) as [Dimension, string][];
  return [...inWindow, ...given.map(([name, value]) => condition(measure, name, value))].join(' AND ');
}

function condition(measure: Measure, name: Dimension, value: string): string {
  requireDimension(measure, name, name);
  const isUnknown = `"${name}" IS NULL`;
  if (value === '') return isUnknown;
  const isAsked = `"${name}" = $of_${name}`;
  return measure.orUnknown === name ? `(${isAsked} OR ${isUnknown})` : isAsked;
}

/** Throws an AppError `invalid_parameter` that names the parameter, where a measure does not know the dimension. */
export function requireDimension({ name, dimensions }: Measure, dimension: Dimension, parameter: string): void {
  if (dimensions.includes(dimension)) return;
  throw wrongParameter(parameter, `${name} knows no ${dimension}; it knows ${dimensions.join(', ')}`);
}

/** A query with those parameters that it names, of all that there are. */
export function queryOf(sql: string, { from, to }: Period, question: Question, more: Query['parameters'] = {}): Query {
  const filters = Object.entries(question.filter).map(([name, value]) => [`of_${name}`, value]);
  const all: Record<string, Parameter> = {
    ...{ from, to, now: question.now, operation: question.filter.operation ?? null },
    ...question.options,
    ...Object.fromEntries(filters),
    ...more,
  };
  const named = new Set([...sql.matchAll(/\$([a-z_]+)/g)].map(([, name = '']) => name));
  return { sql, parameters: Object.fromEntries(Object.entries(all).filter(([name]) => named.has(name))) };
}
