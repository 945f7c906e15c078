import * as otel from '../../domain/conventions.ts';
import type { Event, Result } from '../../domain/event.ts';
import type { Reference } from '../../domain/reference.ts';
import { defined } from '../_kit/json.ts';
import { tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { actor, operationOf, repositoryScope, repositoryTags } from './operation.ts';
import type { StatusPayload } from './schema.ts';

const endings: Readonly<Record<string, Result>> = { success: 'success', failure: 'failure', error: 'error' };

/**
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#status: what another CI says of a commit, in the older
 * way. Each context of a commit is a build; after its end `pending` begins another attempt.
 */
export function readStatus(hook: StatusPayload, delivery: Delivery): readonly Event[] {
  const { id, sha, context, state, description, target_url, created_at, repository, sender } = hook;
  const operation = operationOf('status', repository, `${sha}:${context}`, delivery, `${sha.slice(0, 12)}/${context}`);
  const scope = repositoryScope(delivery.instance, repository.id);
  const telling = {
    key: `status:${id}`,
    ...tellingOf(state),
    ...defined({ title: context || description || undefined, url: target_url || undefined }),
    ...actor(sender),
    tags: {
      ...repositoryTags(repository),
      [otel.CICD_PIPELINE_TASK_NAME]: context,
      // Each status of it has another id; of a commit there is one run of this name.
      [otel.CICD_PIPELINE_TASK_RUN_ID]: context,
      ...defined({ [otel.CICD_PIPELINE_TASK_RUN_URL_FULL]: target_url || undefined }),
      [otel.VCS_REF_HEAD_REVISION]: sha,
    },
    facts: { job: context },
    wants: [{ type: 'commit', scope, value: sha } satisfies Reference],
  };
  return [tell(operation, created_at, created_at, telling)];
}

/** The latest status is the one that counts, whether the CI posted that it began again or not. */
function tellingOf(state: string): Pick<Event, 'state' | 'result' | 'replacesEnd'> {
  const result = Object.hasOwn(endings, state) ? endings[state] : undefined;
  if (result !== undefined) return { state: 'end', result, replacesEnd: true };
  return { state: state === 'pending' ? 'start' : 'intermediary' };
}
