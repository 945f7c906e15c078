import { z } from 'zod';

import { time } from '../_kit/time.ts';
import { changed, id, issue, sprint, status, user, VersionHook } from './schema.ts';

// What an import brings: what Jira's API gave, in an envelope that says what it is. The API tells issues, sprints and versions
// as its webhooks do, and the changelog of an issue item by item as they do.

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-changelog-get */
const history = z.object({ id, author: user, created: time, items: z.array(changed) });

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/, with the whole changelog. */
export const ImportedIssue = z.object({
  /** Where people find it; not where it was fetched from, which may be a gateway. */
  site: z.string(),
  issue,
  changelog: z.array(history),
  /** Those in which it is or was and that there still are: a changelog tells no categories. */
  statuses: z.array(status.unwrap().unwrap()),
});

/** https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-sprint-get */
export const ImportedSprint = z.object({ sprint });

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/ */
export const ImportedVersion = z.object({
  version: VersionHook.shape.version,
  /** In which its dates are meant, as far as is known: the one of who imports. */
  time_zone: z.string(),
});

export type History = z.output<typeof history>;
export type ImportedIssuePayload = z.output<typeof ImportedIssue>;
export type ImportedSprintPayload = z.output<typeof ImportedSprint>;
export type ImportedVersionPayload = z.output<typeof ImportedVersion>;
