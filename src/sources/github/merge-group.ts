import type { Event } from '../../domain/event.ts';
import { tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { actor, operationOf, repositoryScope, repositoryTags } from './operation.ts';
import type { MergeGroupPayload } from './schema.ts';

/** `refs/heads/gh-readonly-queue/main/pr-104-929f8209…`: the branch that a merge queue makes for a pull request. */
const QUEUE_BRANCH = /^(?:refs\/heads\/)?gh-readonly-queue\/.+\/pr-(\d+)-[0-9a-f]+$/;

/** The pull request for which the merge queue made this branch; of several only the last is named. */
export function queuedPullRequest(branch: string | null | undefined): string | undefined {
  return QUEUE_BRANCH.exec(branch ?? '')?.[1];
}

/**
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#merge_group: a pull request was put into the merge
 * queue or has left it. It tells no time, so it counts when it arrived, and only adds to what is known: the commit that
 * the queue has made, by which its checks belong to the pull request.
 */
export function readMergeGroup(hook: MergeGroupPayload, delivery: Delivery): readonly Event[] | Ignored {
  const { action, merge_group, repository, sender } = hook;
  const { head_sha, head_ref } = merge_group;
  const number = queuedPullRequest(head_ref);
  if (number === undefined) return ignored('its branch names no pull request');
  const arrived = { at: delivery.receivedAt, precisionMs: 1 };
  const operation = operationOf('pull_request', repository, Number(number), delivery);
  return [
    tell(operation, arrived, arrived, {
      key: `merge_group:${head_sha}:${action}`,
      state: 'intermediary',
      ...actor(sender),
      tags: repositoryTags(repository),
      provides: [{ type: 'commit', scope: repositoryScope(delivery.instance, repository.id), value: head_sha }],
    }),
  ];
}
