import type { Event } from '../../domain/event.ts';
import { isDeletion, tellPush } from '../_kit/push.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { operationOf, placeIn, projectTags } from './operation.ts';
import { namedByCommit } from './references.ts';
import type { PushPayload } from './schema.ts';

/**
 * https://docs.gitlab.com/user/project/integrations/webhook_events/#push-events: at most 20 commits of a push are sent,
 * and no time of the push itself, so it was when it arrived.
 */
export function readPush(hook: PushPayload, delivery: Delivery): readonly Event[] | Ignored {
  const { ref, before, after, checkout_sha, project, commits, total_commits_count } = hook;
  if (isDeletion(hook)) return ignored('the branch or tag is gone');
  const sent = commits ?? [];
  const place = placeIn(delivery.instance, project);
  const push = {
    ref,
    before,
    after,
    head: checkout_sha ?? after,
    at: { at: delivery.receivedAt, precisionMs: 1 },
    actor: hook.user_username ?? hook.user_name,
    forced: null,
    truncated: (total_commits_count ?? 0) > sent.length,
    commits: sent,
  };
  return tellPush(push, {
    scope: place.scope,
    operation: (kind, id) => operationOf(kind, project, id, delivery),
    tags: projectTags(project),
    named: (commit) => namedByCommit(commit, place),
  });
}
