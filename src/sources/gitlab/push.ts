import type { Event } from '../../domain/event.ts';
import { isDeletion, tellCommitted, tellPush } from '../_kit/push.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { pushPlaceOf } from './references.ts';
import type { PushPayload } from './schema.ts';

/**
 * https://docs.gitlab.com/user/project/integrations/webhook_events/#push-events: at most 20 commits of a push are sent,
 * and no time of the push itself, so it was when it arrived. The time of a commit is when it was committed, says `hook_attrs` of
 * commits in GitLab (app/models/commit.rb); until an import tells when it was authored, that is taken for it.
 */
export function readPush(hook: PushPayload, delivery: Delivery): readonly Event[] | Ignored {
  const { ref, before, after, checkout_sha, project, commits, total_commits_count } = hook;
  if (isDeletion(hook)) return ignored('the branch or tag is gone');
  const sent = commits ?? [];
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
  const place = pushPlaceOf(project, delivery);
  return [
    ...tellPush(push, place),
    ...sent.flatMap(({ id, timestamp }) => (timestamp === undefined ? [] : [tellCommitted(id, timestamp, place)])),
  ];
}
