import { z } from 'zod';
import { exclusionReasons } from '../../measures/measured.ts';
import { buckets, dimensions } from '../../measures/window.ts';
import { time } from '../schema.ts';

/** RFC 3339 in UTC with milliseconds. */

const trust = {
  missing: z
    .enum(['nothing_in_window', 'all_excluded', 'not_enough'])
    .nullable()
    .describe('why there is no number; null where there is one'),
  unit: z.enum(['ms', 'count', 'ratio', 'per_week', 'ms_per_line', 'ms_per_comment', 'lines', 'days']),
  n: z.number().int().describe('of how many items it is made'),
  is_few: z.boolean().describe('of fewer than five: look at the items rather than at the number'),
  excluded: z
    .array(
      z.object({
        reason: z.enum(exclusionReasons),
        count: z.number().int(),
        example: z.string().describe('the span_id of the first one'),
      }),
    )
    .describe('what is left out, and why'),
  items: z.string().describe('the path that lists the items behind it, and with `&reason=` those left out for one'),
};

export const measuredSchema = z
  .object({ value: z.number().nullable().describe('never 0 for what is not known'), ...trust })
  .meta({ id: 'Measured', description: 'One number, with what it takes to trust it' });

const number = z.number().nullable();

export const distributionSchema = z
  .object({
    ...{ mean: number, min: number, p50: number, p75: number, p85: number, p90: number, p95: number, p99: number },
    max: number,
    histogram: z
      .array(
        z.object({
          up_to: z.number().nullable().describe('above the bound before, and up to this; null: above all of them'),
          count: z.number().int(),
        }),
      )
      .nullable()
      .describe('null for parts of the window, for the period before, and for what is no time'),
    ...trust,
  })
  .meta({ id: 'Distribution', description: 'How values are spread; percentiles are exact, and interpolated' });

export const asOfSchema = z
  .object({ at: time, revision: z.number().int() })
  .describe('everything is counted that was known by then, up to this revision of the change feed');

const period = { from: time, to: time };

export const windowSchema = z.object({
  ...period,
  time_zone: z.string(),
  per: z.enum(buckets).nullable(),
});

const definitionSchema = z.object({
  text: z.string(),
  docs: z.string().describe('where it is defined exactly, in the documentation'),
});

/** An answer with numbers: in all, for each group, each of them also for the period before and for each bucket. */
export function answerSchema<T extends z.ZodType>(id: string, numbers: T) {
  const portion = {
    numbers,
    previous: numbers.nullable().describe('those of `compared_with`'),
    buckets: z
      .array(
        z.object({
          label: z.string().describe('2026-03-29, 2026-W13, 2026-03'),
          ...period,
          is_whole: z.boolean().describe('false of one that the window cuts'),
          numbers,
        }),
      )
      .describe('the days, ISO weeks or months of the window, all of them'),
  };
  return z
    .object({
      as_of: asOfSchema,
      window: windowSchema,
      compared_with: z
        .object(period)
        .nullable()
        .describe('the months or days before where the window is made of whole ones, else the same time before'),
      definitions: z
        .record(z.string(), definitionSchema)
        .describe('what each number means, by its name, or its path where it stands within another'),
      total: z.object(portion),
      groups: z
        .array(
          z.object({
            group: z.partialRecord(z.enum(dimensions), z.string()).describe('empty texts: where it is not known'),
            ...portion,
          }),
        )
        .describe('the largest first'),
      groups_left_out: z.number().int().describe('how many smaller groups there are; they are in the total'),
    })
    .meta({ id });
}
