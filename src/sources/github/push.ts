import type { Event } from '../../domain/event.ts';
import { isDeletion, tellPush } from '../_kit/push.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { pushPlaceOf } from './references.ts';
import type { PushPayload } from './schema.ts';

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#push: "The maximum number of commits is 2048". */
const MAX_COMMITS = 2_048;

export function readPush(hook: PushPayload, delivery: Delivery): readonly Event[] | Ignored {
  const { ref, before, after, forced, repository, sender, head_commit, commits } = hook;
  if (isDeletion(hook)) return ignored('the branch or tag is gone');
  const push = {
    ref,
    before,
    after,
    head: head_commit?.id ?? after,
    at: repository.pushed_at ?? { at: delivery.receivedAt, precisionMs: 1 },
    actor: sender?.login,
    forced: forced === true,
    truncated: (commits ?? []).length >= MAX_COMMITS,
    commits: commits ?? [],
  };
  return tellPush(push, pushPlaceOf(repository, delivery));
}
