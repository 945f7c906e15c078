import { z } from 'zod';
import { results, stageCategories } from '../domain/event.ts';
import { certainties, linkKinds } from '../domain/link.ts';
import { traceModes } from '../domain/pin.ts';
import { vias } from '../domain/reference.ts';
import { healthStatuses, hintCodes } from '../domain/source-health.ts';
import { anomalies } from '../domain/span.ts';
import { rulesSchema, teamsSchema } from '../rules/schema.ts';
import { deliveryOutcomes } from '../store/contract.ts';
import { deploymentBases } from '../store/correlation.ts';

/** RFC 3339 in UTC with milliseconds. */
export const time = z.iso.datetime({ precision: 3 });

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const stage = z.object({
  key: z.string(),
  name: z.string(),
  category: z.enum(stageCategories).nullable(),
  started_at: time,
  finished_at: time.nullable().describe('null while it is the current stage, or when the end of the span is unknown'),
  duration_ms: z.number().nullable(),
});

export const linkSchema = z
  .object({
    kind: z.enum(linkKinds),
    span_id: z.string(),
    attempt: z.number().int().nullable().describe('where what made the link names one'),
    certainty: z.enum(certainties),
    reason: z
      .object({
        type: z.string().describe('what was named: `commit`, `pull_request`, `issue_key`, `span`, …'),
        value: z.string(),
        scope: z.string().describe('the repository or server in which that is unique; empty where it is so everywhere'),
        via: z.enum(vias).describe('where it was read'),
        through: z.string().nullable().describe('the commit in whose message it was read'),
      })
      .describe('the reference that made it'),
  })
  .meta({ id: 'Link', description: 'What one span has to do with another' });

export const spanSchema = z
  .object({
    span_id: z.string(),
    attempt: z.number().int().describe('1 for the first life; a re-opened or re-run operation has more'),
    trace_id: z.string().describe('the span_id of the root of its trace'),
    parent_span_id: z.string().nullable(),
    operation_name: z.string(),
    source: z.string(),
    project: z.string(),
    team: z.string().nullable(),
    environment: z.string().nullable(),
    title: z.string().nullable(),
    url: z.string().nullable(),
    actor: z.string().nullable(),
    state: z.enum(['open', 'finished']),
    is_error: z.boolean(),
    result: z.enum(results).nullable(),
    started_at: time.nullable(),
    finished_at: time.nullable(),
    duration_ms: z.number().nullable().describe('null unless start and end are known and in order; never negative'),
    stage: z.string().nullable().describe('the name of the current or last stage'),
    stages: z.array(stage),
    links: z.array(linkSchema),
    tags: z.record(z.string(), scalar),
    otel: z
      .object({ trace_id: z.string(), span_id: z.string() })
      .nullable()
      .describe('its ids in tracing backends, once it or something that refers to it was exported'),
    anomalies: z
      .array(z.enum([...anomalies, 'changed_after_export']))
      .describe('`changed_after_export`: tracing backends have it as it was before'),
  })
  .meta({ id: 'Span', description: 'One attempt of one operation, from its start to its end' });

const eventSchema = z.object({
  key: z.string(),
  state: z.string(),
  operation_name: z.string(),
  occurred_at: time,
  received_at: time,
  started_at: time.nullable(),
  is_error: z.boolean().nullable(),
  result: z.string().nullable(),
  stage: z.string().nullable(),
  actor: z.string().nullable(),
  delivery_ids: z.array(z.string()).describe('the deliveries that told it, by their id'),
});

export const verdictSchema = z
  .object({
    attempt: z.number().int(),
    is_failure: z.boolean().nullable().describe('null where nobody has said it, or somebody has taken it back'),
    is_rework: z.boolean().nullable(),
    author: z.string().describe('who spoke last'),
    reason: z.string(),
    said_at: time,
  })
  .meta({ id: 'Verdict', description: 'What people have said of a deployment' });

export const spanDetailSchema = spanSchema
  .extend({
    names: z.array(z.object({ name: z.string(), valid_from: time })).describe('every name that leads here'),
    attempts: z.array(spanSchema).describe('all its lives, the first one first'),
    events: z.array(eventSchema).describe('the newest 500 events, the latest last'),
    linked: z
      .array(
        linkSchema.extend({
          from_attempt: z.number().int(),
          is_parent: z.boolean().describe('whether it is the cause that counts'),
          wanted_in: z.array(z.string()).describe('the deliveries that name the reference'),
          provided_in: z.array(z.string()).describe('the deliveries that say whose it is'),
        }),
      )
      .describe('the links of all its attempts, and which deliveries made them'),
    linked_from: z
      .array(
        z.object({
          kind: z.enum(linkKinds),
          span_id: z.string(),
          attempt: z.number().int(),
          certainty: z.enum(certainties),
        }),
      )
      .describe('links of other spans to this one; the first 500'),
    ambiguous: z
      .array(z.object({ name: z.string(), span_ids: z.array(z.string()) }))
      .describe('names in it that may mean any of several spans, and so make no link'),
    waiting_for: z
      .array(z.object({ type: z.string(), value: z.string(), scope: z.string(), via: z.enum(vias) }))
      .describe('what it names and nothing here is, yet'),
    deployed: z
      .array(
        z.object({
          attempt: z.number().int(),
          base: z.enum(deploymentBases).describe('against what its commits are counted'),
          is_rollback: z.boolean(),
          commits: z.number().int().describe('that came with it and with no deployment before'),
        }),
      )
      .describe('of a successful deployment: what it brought'),
    verdicts: z.array(verdictSchema).describe('of deployments: what people have said, the last word on each attempt'),
  })
  .meta({ id: 'SpanDetail', description: 'A span with all its lives and everything behind them' });

export const deliverySchema = z
  .object({
    id: z.string().describe('our number of it'),
    delivery_id: z.string().describe("the sender's id of it, or the one it was given"),
    source: z.string(),
    instance: z.string(),
    channel: z.string(),
    received_at: time,
    authenticity: z.string().describe('how it proved where it comes from; unsigned where no secret is set'),
    kind: z.string().describe("the sender's word for what it tells"),
    outcome: z.enum(deliveryOutcomes),
    reason: z.string().nullable(),
    events: z.number().int(),
    body_bytes: z.number().int(),
  })
  .meta({ id: 'Delivery', description: 'One webhook request as it arrived' });

export const deliveryDetailSchema = deliverySchema
  .extend({
    headers: z.record(z.string(), z.string()),
    span_ids: z.array(z.string()).describe('the spans that its events belong to'),
    body: z.string().nullable().describe('the body as received; null where it is not shown'),
    body_status: z
      .enum(['shown', 'withheld', 'removed'])
      .describe('`withheld`: raw bodies are for the scope `admin`; `removed`: by retention, or never kept'),
  })
  .meta({ id: 'DeliveryDetail', description: 'A delivery with its raw body and its spans' });

export const sourceSchema = z
  .object({
    id: z.string(),
    instance: z.string(),
    title: z.string(),
    stability: z.string(),
    url: z.string().describe('the URL to paste into the sender'),
    secret: z.enum(['set', 'not_set']),
    last_delivery_at: time.nullable(),
    health: z.object({
      status: z
        .enum(healthStatuses)
        .describe('`waiting`: nothing has come yet; `failing`: nothing that comes is taken'),
      hints: z
        .array(z.object({ code: z.enum(hintCodes), message: z.string() }))
        .describe('what is off, and what to do'),
    }),
    deliveries: z.object({ accepted: z.number(), ignored: z.number(), dead_letter: z.number() }),
    last_reasons: z
      .object({ ignored: z.string().nullable(), dead_letter: z.string().nullable() })
      .describe('why the last one was ignored, and why the last dead letter could not be read'),
    refused: z
      .object({ count: z.number(), last_at: time.nullable(), last_reason: z.string().nullable() })
      .describe('since the server was started; refused requests are not stored'),
  })
  .meta({ id: 'Source', description: 'One event source, or one of its instances' });

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable() });
}

const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
};

const instant = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 time such as 2026-03-01T09:30:00Z' })
  .transform((text) => Date.parse(text));

export const spanQuerySchema = z.object({
  operation: z.string().optional().describe('issue, pull_request, build, …; `stage` lists stages as items'),
  source: z.string().optional(),
  project: z.string().optional(),
  team: z.string().optional(),
  environment: z.string().optional(),
  state: z.enum(['open', 'finished']).optional(),
  is_error: z.enum(['true', 'false']).optional(),
  result: z.enum(results).optional(),
  from: instant.optional().describe('began (or ended, where the start is unknown) at or after'),
  to: instant.optional().describe('began before'),
  q: z.string().min(1).max(200).optional().describe('a part of the title or the span id'),
  ...pageQuery,
});

export const deliveryQuerySchema = z.object({
  source: z.string().optional(),
  instance: z.string().optional(),
  outcome: z.enum(deliveryOutcomes).optional(),
  kind: z.string().optional(),
  from: instant.optional().describe('received at or after'),
  to: instant.optional().describe('received before'),
  ...pageQuery,
});

const jobState = z.enum(['running', 'done', 'cancelled', 'failed']);

const spanCounts = z.object({
  added: z.number().int(),
  changed: z.number().int(),
  removed: z.number().int(),
  complete: z.boolean().describe('false when there are more than are counted (10,000)'),
});

const spanChanges = z
  .array(
    z.object({
      span_id: z.string(),
      change: z.enum(['added', 'changed', 'removed']),
      differences: z.array(
        z.object({
          attempt: z.number().int(),
          field: z.string().describe('a field of the span; of tags each by itself: `tags.vcs.ref.head.name`'),
          before: z.unknown().describe('null where there was nothing'),
          after: z.unknown().describe('null where there is nothing'),
        }),
      ),
    }),
  )
  .describe('the first 100');

export const replaySchema = z
  .object({
    id: z.string(),
    state: jobState,
    dry_run: z.boolean().describe('whether it only tells what would change'),
    started_at: time,
    finished_at: time.nullable(),
    error: z.string().nullable().describe('why it failed; null unless it did'),
    deliveries: z.object({
      total: z.number().int().describe('how many there are to read; what arrives meanwhile is not among them'),
      read: z.number().int(),
      changed: z.number().int().describe('how many mean something else than before'),
      without_body: z.number().int().describe('how many have lost their body to retention; their events stay'),
    }),
    spans: spanCounts,
    changes: spanChanges,
  })
  .meta({ id: 'Replay', description: 'Stored deliveries, read again' });

export const replayBodySchema = z
  .strictObject({
    source: z.string().optional(),
    instance: z.string().optional(),
    outcome: z.enum(deliveryOutcomes).optional().describe('`dead_letter` reads again what could not be read'),
    kind: z.string().optional(),
    from: instant.optional().describe('received at or after'),
    to: instant.optional().describe('received before'),
    dry_run: z.boolean().default(false).describe('tell what would change, and change nothing'),
  })
  .describe('Which deliveries to read again; all of them where nothing is given');

export const ruleCheckSchema = z
  .object({
    id: z.string(),
    state: jobState,
    dry_run: z.boolean().describe('false while the rules in force are applied'),
    started_at: time,
    finished_at: time.nullable(),
    error: z.string().nullable().describe('why it failed; null unless it did'),
    operations: z.object({ total: z.number().int(), read: z.number().int() }),
    spans: spanCounts,
    decisions: z
      .array(
        z.object({
          decides: z.string().describe('operation, environment, tier, service, team, bot or stage'),
          value: z.string(),
          by: z.string().describe('the rule: `rules.deploys[0]`, `defaults.environments[3]`, or `the sender`'),
          spans: z.number().int(),
        }),
      )
      .describe('what each rule has decided, the most frequent first'),
    changes: spanChanges,
  })
  .meta({ id: 'RuleCheck', description: 'What rules decide for the stored spans' });

export const ruleCheckBodySchema = z
  .strictObject({
    rules: rulesSchema.default(rulesSchema.parse({})),
    teams: teamsSchema.default([]),
  })
  .describe('The rules to look at, as the configuration file has them');

export const rulesInForceSchema = z.object({
  rules: rulesSchema,
  teams: teamsSchema,
  defaults: rulesSchema.nullable().describe('the built-in rules that follow; null where they are switched off'),
  applied: z.boolean().describe('whether all spans are folded by these rules yet'),
});

export const exportSchema = z
  .object({
    name: z.string().describe('names its position'),
    url: z.string().nullable().describe('null where the configuration names it no longer'),
    mode: z.enum(traceModes).nullable(),
    state: z
      .enum(['starting', 'waiting', 'sending', 'retrying', 'stopped', 'not_configured'])
      .describe('`waiting`: all that is to be sent was sent; `retrying`: it is away, and nothing is lost'),
    position: z.number().int().describe('up to here in the change feed everything was sent'),
    latest: z.number().int().describe('the newest position of the change feed'),
    behind: z
      .number()
      .int()
      .describe('operations that have changed since its position; the newest wait for their causes'),
    exported: z.number().int().describe('spans that it has taken, ever'),
    rejected: z.number().int().describe('of these, those that it says it has dropped, without saying which'),
    changed_after_export: z.number().int().describe('of these, those that say something else by now'),
    last_success_at: time.nullable(),
    last_error: z.object({ at: time, message: z.string() }).nullable().describe('since the server was started'),
    next_attempt_at: time.nullable(),
    parked: z.object({
      count: z.number().int().describe('spans that it has refused for good'),
      latest: z
        .array(
          z.object({
            span_id: z.string().describe('of a stage, that of the stage'),
            parked_at: time,
            reason: z.string().describe('what it answered'),
          }),
        )
        .describe('the latest 50'),
    }),
  })
  .meta({ id: 'Export', description: 'A tracing backend, and how far it has got' });
