import { z } from 'zod';

import { type EventState, type StageCategory, stageCategories, type TagValue } from '../../domain/event.ts';
import { parseTraceparent } from '../../domain/trace-context.ts';
import { parseEpoch, parseTime, type SourceTime } from '../_kit/time.ts';

/** The states a sender may give as `action`; the model's own word `state` also knows `unknown`. */
const actions = ['start', 'transition', 'intermediary', 'end', 'unknown'] as const satisfies EventState[];

/** Each field's own word, and other words for the same: the model's, and older ones. */
export const words = {
  id: ['id'],
  namespace: ['namespace'],
  type: ['type', 'operation_name'],
  action: ['action', 'state'],
  parent_id: ['parent_id', 'parent_span_id', 'parentId'],
  error: ['error', 'is_error'],
  time: ['time', 'occurred_at'],
  started_at: ['started_at'],
  stage: ['stage'],
  title: ['title'],
  url: ['url'],
  commit: ['commit'],
  branch: ['branch'],
  environment: ['environment'],
  trace_id: ['trace_id'],
  traceparent: ['traceparent'],
  tracestate: ['tracestate'],
  metadata: ['metadata', 'tags'],
} as const satisfies Record<string, readonly string[]>;

export type Field = keyof typeof words;

const text = (length: number) =>
  z
    .string({ error: `must be a text of 1 to ${length} characters` })
    .trim()
    .min(1, `must be a text of 1 to ${length} characters`)
    .max(length, `must be a text of 1 to ${length} characters`)
    // Half a surrogate pair has no UTF-8: in a store two ids that differ in nothing else would be one.
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must hold no control characters and no half characters');

const id = z.union([text(256), z.number().int().transform(String)], {
  error: 'must be a text of 1 to 256 characters without control characters, or a whole number',
});

const moment = z.unknown().transform((value, context): SourceTime => {
  const parsed = parseTime(value) ?? parseEpoch(value);
  if (parsed !== undefined) return parsed;
  context.addIssue({
    code: 'custom',
    message: 'must be an RFC 3339 time such as 2026-03-02T09:00:00Z, or seconds or milliseconds since 1970',
  });
  return z.NEVER;
});

const stage = z.union(
  [
    text(128).transform((name): { key: string; name: string; category?: StageCategory } => ({ key: name, name })),
    z
      .object({ key: text(128).optional(), name: text(128), category: z.enum(stageCategories).optional() })
      .transform(({ key, name, category }) => ({
        key: key ?? name,
        name,
        ...(category === undefined ? {} : { category }),
      })),
  ],
  {
    error: `must be a text of 1 to 128 characters, or {"key", "name", "category"} with the category one of ${stageCategories.join(', ')}`,
  },
);

const MAX_ENTRIES = 64;

const metadata = z
  .record(
    text(128),
    z.union([z.string().max(1024), z.number(), z.boolean(), z.null()], {
      error: 'must be a text of up to 1024 characters, a number, true, false or null',
    }),
    { error: 'must be an object of texts, numbers, true, false and null' },
  )
  .refine((entries) => Object.keys(entries).length <= MAX_ENTRIES, `must have at most ${MAX_ENTRIES} entries`)
  .transform((entries): Record<string, TagValue | null> => entries);

const webUrl = text(2048).refine(isWebUrl, 'must be a URL that begins with http:// or https://');

function isWebUrl(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

const traceparent = text(256).refine(
  (value) => parseTraceparent(value) !== null,
  'must be a traceparent as W3C Trace Context has it, such as 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
);

/** One custom event by its own words; the other words are put in their place before. */
export const CustomEvent = z
  .object({
    id,
    namespace: text(256),
    type: text(64),
    action: z.enum(actions, { error: `must be one of ${actions.slice(0, 4).join(', ')}` }),
    parent_id: text(1024).optional(),
    error: z.boolean({ error: 'must be true or false' }).optional(),
    time: moment.optional(),
    started_at: moment.optional(),
    stage: stage.optional(),
    title: text(1024).optional(),
    url: webUrl.optional(),
    commit: text(256).optional(),
    branch: text(512).optional(),
    environment: text(256).optional(),
    trace_id: text(1024).optional(),
    traceparent: traceparent.optional(),
    tracestate: text(2048).optional(),
    metadata: metadata.optional(),
  })
  .refine(({ action, stage: entered }) => action !== 'transition' || entered !== undefined, {
    path: ['stage'],
    error: 'must say which stage begins',
  });

export type CustomEvent = z.output<typeof CustomEvent>;
