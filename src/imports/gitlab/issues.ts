import { z } from 'zod';
import { changedSince } from './changed-since.ts';
import { toldProject } from './project.ts';
import { unless, userSchema, without } from './resource.ts';
import { stateEventsOf } from './state-events.ts';

const issueSchema = z.looseObject({ id: z.number(), iid: z.number(), updated_at: z.string(), author: userSchema });

/** Of the signed-in user, or of no use. */
const LEFT_OUT = ['subscribed', 'assignee', 'assignees', 'closed_by', 'references', 'time_stats'];

/** Issues with every time at which they were closed and re-opened: one request for each. */
export const issues = unless(
  ({ issues_access_level }) => issues_access_level === 'disabled',
  changedSince({
    ...{ name: 'issues', schema: issueSchema, query: { scope: 'all', state: 'all' }, size: 50, requestsEach: 1 },
    tell: (asked) => async () => async (issue) => ({
      ...{ import: 'issue', project: toldProject(asked.project), issue: without(issue, LEFT_OUT) },
      state_events: await stateEventsOf(asked, 'issues', issue.iid),
    }),
  }),
);
