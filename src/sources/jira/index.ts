import { own } from '../_kit/json.ts';
import { anyOf, authorization, hexHmac, urlToken } from '../_kit/signatures.ts';
import { defineSource, on } from '../define.ts';
import { ImportedIssue, ImportedSprint, ImportedVersion } from './import-schema.ts';
import { readImportedIssue } from './imported-issue.ts';
import { readImportedSprint } from './imported-sprint.ts';
import { readImportedVersion } from './imported-version.ts';
import { readIssue } from './issue.ts';
import { IssueHook, SprintHook, VersionHook } from './schema.ts';
import { readSprint } from './sprint.ts';
import { readVersion } from './version.ts';

const issue = on(IssueHook, readIssue);
const sprint = on(SprintHook, readSprint);

export const jira = defineSource({
  id: 'jira',
  title: 'Jira',
  tells: 'issues with the statuses of their board as stages; sprints; released versions',
  stability: 'beta',
  forms: false,
  keepHeaders: [
    'content-type',
    'user-agent',
    'x-atlassian-webhook-flow',
    'x-atlassian-webhook-identifier',
    'x-atlassian-webhook-retry',
  ],
  // Cloud, and Data Center from 10 on, sign with the secret; before, there was only what stands in the URL.
  verify: anyOf(hexHmac({ header: 'X-Hub-Signature', prefix: 'sha256=' }), authorization(), urlToken()),
  // The same for every retry.
  deliveryKey: ({ headers }) => headers['x-atlassian-webhook-identifier'] || undefined,
  hook: { from: 'the field webhookEvent', read: ({ payload }) => own(payload, 'webhookEvent') },
  action: ({ payload }) => own(payload, 'issue_event_type_name'),
  readers: {
    'jira:issue_created': issue,
    'jira:issue_updated': issue,
    'jira:issue_deleted': issue,
    sprint_created: sprint,
    sprint_started: sprint,
    sprint_updated: sprint,
    sprint_closed: sprint,
    sprint_deleted: sprint,
    'jira:version_released': on(VersionHook, readVersion),
  },
  imports: {
    issue: on(ImportedIssue, readImportedIssue),
    sprint: on(ImportedSprint, readImportedSprint),
    version: on(ImportedVersion, readImportedVersion),
  },
});
