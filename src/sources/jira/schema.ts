import { z } from 'zod';

import { own } from '../_kit/json.ts';
import { epoch, time, timeOrNone } from '../_kit/time.ts';

// Only what is read, of https://developer.atlassian.com/server/jira/platform/webhooks/ and
// https://developer.atlassian.com/cloud/jira/platform/webhooks/; everything else passes.

const text = z
  .string()
  .nullish()
  .transform((value) => value || undefined);

const named = z.object({ name: text }).nullish();

/** Cloud has account ids, Data Center names; both have what people read. */
const user = z.object({ name: text, displayName: text, accountId: text, accountType: text }).nullish().catch(undefined);

const status = z
  .object({ id: z.coerce.string(), name: text, statusCategory: z.object({ key: text }).nullish() })
  .nullish();

/** A change's item has a field called `toString`, so an item without it would answer with its own method. */
const changed = z.unknown().transform((item) => ({
  field: String(own(item, 'fieldId') ?? own(item, 'field') ?? '').toLowerCase(),
  from: textOf(own(item, 'from')),
  fromString: textOf(own(item, 'fromString')),
  to: textOf(own(item, 'to')),
}));

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const issue = z.object({
  id: z.coerce.string(),
  key: z.string().regex(/^[^\s-][^\s]*-\d+$/u),
  self: text,
  fields: z.looseObject({
    summary: text,
    created: time,
    updated: timeOrNone,
    statuscategorychangedate: timeOrNone,
    resolutiondate: timeOrNone,
    status,
    resolution: named,
    issuetype: z.object({ name: text, subtask: z.boolean().nullish() }).nullish(),
    priority: named,
    labels: z.array(z.string()).nullish(),
    creator: user,
    assignee: user,
    parent: z.object({ key: text }).nullish(),
  }),
});

/** `jira:issue_created`, `jira:issue_updated`, `jira:issue_deleted`. */
export const IssueHook = z.object({
  timestamp: epoch,
  webhookEvent: z.string(),
  issue_event_type_name: text,
  user,
  issue,
  changelog: z.object({ id: z.coerce.string(), items: z.array(changed).nullish() }).nullish(),
});

const sprint = z.object({
  id: z.number(),
  name: text,
  state: text,
  originBoardId: z.number().nullish(),
  startDate: timeOrNone,
  endDate: timeOrNone,
  completeDate: timeOrNone,
});

/** `sprint_created`, `sprint_started`, `sprint_updated`, `sprint_closed`, `sprint_deleted`. */
export const SprintHook = z.object({
  timestamp: epoch,
  webhookEvent: z.string(),
  sprint,
  oldValue: z.object({ state: text }).nullish(),
});

/** `jira:version_released` */
export const VersionHook = z.object({
  timestamp: epoch,
  version: z.object({
    id: z.coerce.string(),
    name: z.string(),
    projectId: z.coerce.string().nullish(),
    releaseDate: text,
    self: text,
  }),
});

export type User = z.output<typeof user>;
export type IssuePayload = z.output<typeof IssueHook>;
export type SprintPayload = z.output<typeof SprintHook>;
export type VersionPayload = z.output<typeof VersionHook>;
