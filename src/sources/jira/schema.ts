import { z } from 'zod';

import { own } from '../_kit/json.ts';
import { time, timeOrEpoch, timeOrNone } from '../_kit/time.ts';
import { proseOf } from './document.ts';

// Only what is read, of https://developer.atlassian.com/server/jira/platform/webhooks/ and
// https://developer.atlassian.com/cloud/jira/platform/webhooks/; everything else passes.

const text = z
  .string()
  .nullish()
  .transform((value) => value || undefined);

/** Text or a number, in different versions. */
export const id = z.union([z.string().min(1), z.number()]).transform(String);

/** Early servers write the name alone. */
const named = z
  .union([z.object({ name: text }), z.string().transform((name) => ({ name: name || undefined }))])
  .nullish();

/** Cloud has account ids, Data Center names; both have what people read. */
export const user = z
  .object({ name: text, key: text, displayName: text, accountId: text, accountType: text })
  .nullish()
  .catch(undefined);

export const status = z.object({ id, name: text, statusCategory: z.object({ key: text }).nullish() }).nullish();

/** A change's item has a field called `toString`, so an item without it would answer with its own method. */
export const changed = z.unknown().transform((item) => ({
  names: namesIn(item),
  /** What people call the field, in lower case. */
  field: textOf(own(item, 'field'))?.toLowerCase(),
  from: textOf(own(item, 'from')),
  fromString: textOf(own(item, 'fromString')),
  to: textOf(own(item, 'to')),
  toText: textOf(own(item, 'toString')),
}));

/**
 * What it is of: Cloud tells the id of a field and its name, which differ (`issuekey` is called `Key`), Data Center the name.
 * A field of the team's own may be called Status; of those only the rank is known, whose id differs from Jira to Jira.
 */
function namesIn(item: unknown): readonly string[] {
  const name = textOf(own(item, 'field'))?.toLowerCase() ?? '';
  const given = textOf(own(item, 'fieldId'))?.toLowerCase() ?? '';
  const isOwn = own(item, 'fieldtype') === 'custom' && name !== 'rank';
  return isOwn ? [given] : [given, name];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** `PAY-12`, of a project's key that an administrator may have allowed to be unusual. */
const key = z
  .string()
  .max(255)
  .regex(/^[^\s-]\S*-\d+$/u);

export function isKey(text: unknown): text is string {
  return key.safeParse(text).success;
}

const linked = z.object({ key: text }).nullish();

export const issue = z.object({
  id,
  key,
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
    description: z.unknown().transform(proseOf).optional(),
    parent: linked,
    issuelinks: z
      .array(z.object({ inwardIssue: linked, outwardIssue: linked }))
      .nullish()
      .catch(undefined),
  }),
});

/** `jira:issue_created`, `jira:issue_updated`, `jira:issue_deleted`. */
export const IssueHook = z.object({
  timestamp: timeOrEpoch,
  webhookEvent: z.string(),
  issue_event_type_name: text,
  user,
  issue,
  changelog: z.object({ id: id.nullish(), items: z.array(changed).nullish() }).nullish(),
});

export const sprint = z.object({
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
  timestamp: timeOrEpoch,
  webhookEvent: z.string(),
  sprint,
  oldValue: z.object({ state: text }).nullish(),
});

/** `jira:version_released` */
export const VersionHook = z.object({
  timestamp: timeOrEpoch,
  version: z.object({
    id,
    name: z.string(),
    projectId: id.nullish(),
    releaseDate: text,
    self: text,
  }),
});

export type User = z.output<typeof user>;
export type Changed = z.output<typeof changed>;
export type IssuePayload = z.output<typeof IssueHook>;
export type SprintPayload = z.output<typeof SprintHook>;
export type VersionPayload = z.output<typeof VersionHook>;
