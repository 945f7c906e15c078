import { z } from 'zod';
import { linkSchema, spanSchema, time } from './schema.ts';

const activities = ['working', 'waiting', 'unknown'] as const;
const share = z.object({ name: z.string(), duration_ms: z.number() });

const segmentSchema = z
  .object({
    span_id: z.string(),
    attempt: z.number().int(),
    stage: z.string().nullable(),
    activity: z.enum(activities),
    is_gap: z.boolean().describe('whether that span had ended already, and what it caused had not begun'),
    from: time,
    to: time,
    duration_ms: z.number(),
  })
  .meta({ id: 'Segment', description: 'A stretch of the critical path' });

const traceSpanSchema = spanSchema.omit({ links: true, trace_id: true, otel: true }).extend({
  parent_attempt: z.number().int().nullable(),
  via: z
    .enum(['carries', 'caused_incident'])
    .nullable()
    .describe('by which link it was reached, where it belongs to another trace; null for what this trace caused'),
});

export const traceSummarySchema = z
  .object({
    trace_id: z.string(),
    root: spanSchema,
    spans: z.number().int().describe('how many it has; at most 1000 are counted'),
    operations: z.array(z.object({ operation_name: z.string(), count: z.number().int() })),
    is_error: z.boolean().describe('whether any of its spans failed'),
    state: z.enum(['open', 'finished']).describe('open while any of its spans is'),
    started_at: time.nullable(),
    finished_at: time.nullable(),
    deployed_at: time.nullable().describe('when it first was in production'),
    duration_ms: z.number().nullable().describe('to production where it got there, else to its end'),
  })
  .meta({ id: 'TraceSummary' });

export const traceSchema = z
  .object({
    trace_id: z.string(),
    started_at: time.nullable(),
    until: time.nullable().describe('the first deployment to production, else the last end, else now'),
    until_reason: z.enum(['deployed', 'finished', 'now']),
    spans: z.array(traceSpanSchema).describe('the root first, then by start'),
    links: z.array(
      linkSchema.extend({ from_span_id: z.string(), from_attempt: z.number().int(), is_parent: z.boolean() }),
    ),
    critical_path: z
      .array(segmentSchema)
      .describe('what the time was spent on, from the start to `until`, without gap or overlap'),
    time: z
      .object({
        total_ms: z.number(),
        by_activity: z.array(share),
        by_operation: z.array(share),
        by_stage: z.array(share),
      })
      .describe('the critical path, summed up'),
    is_truncated: z.boolean().describe('whether it has more spans than are told'),
  })
  .meta({ id: 'Trace', description: 'Spans tied together by cause' });
