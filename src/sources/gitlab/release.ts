import * as otel from '../../domain/conventions.ts';
import type { Event } from '../../domain/event.ts';
import type { Reference } from '../../domain/reference.ts';
import { defined } from '../_kit/json.ts';
import { tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { operationOf, projectScope, projectTags } from './operation.ts';
import type { ReleasePayload } from './schema.ts';

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#release-events */
export function readRelease(hook: ReleasePayload, delivery: Delivery): readonly Event[] | Ignored {
  const { id, action, tag, name, url, created_at, released_at, commit, project } = hook;
  const at = released_at ?? created_at;
  if (action === 'delete') return ignored('the release is gone');
  if (at === undefined) return ignored('a release that tells no time');
  const operation = operationOf('release', project, id, delivery, tag);
  const scope = projectScope(delivery.instance, project.id);
  return [
    tell(operation, at, at, {
      key: 'published',
      state: 'end',
      result: 'done',
      startedAt: at.at,
      ...defined({ title: name ?? tag, url }),
      tags: { ...projectTags(project), [otel.VCS_REF_HEAD_NAME]: tag, [otel.VCS_REF_HEAD_TYPE]: 'tag' },
      facts: { tag },
      wants: [
        { type: 'tag', scope, value: tag },
        ...(commit?.id === undefined ? [] : [{ type: 'commit', scope, value: commit.id } satisfies Reference]),
      ],
    }),
  ];
}
