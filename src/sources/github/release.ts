import * as otel from '../../domain/conventions.ts';
import type { Event } from '../../domain/event.ts';
import type { Reference } from '../../domain/reference.ts';
import { defined } from '../_kit/json.ts';
import { tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { actor, operationOf, repositoryScope, repositoryTags } from './operation.ts';
import type { ReleasePayload } from './schema.ts';

/** Of a release that is gone there is nothing to measure. */
const GONE = ['deleted', 'unpublished'];

/**
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#release
 *
 * Several hooks fire for one publication, and each proves it; `created_at` is the date of the commit, not of the release.
 */
export function readRelease(
  { action, release, repository, sender }: ReleasePayload,
  delivery: Delivery,
): readonly Event[] | Ignored {
  const { id, tag_name, published_at, draft } = release;
  if (GONE.includes(action)) return ignored('the release is gone');
  if (published_at === undefined || draft === true) return ignored('the release is not published yet');
  const operation = operationOf('release', repository, id, delivery, tag_name);
  const telling = { key: 'published', state: 'end', result: 'done', startedAt: published_at.at } as const;
  const by = actor(release.author ?? sender);
  return [
    tell(operation, published_at, published_at, {
      ...telling,
      ...by,
      ...detailsOf({ release, repository }, delivery.instance),
    }),
  ];
}

function detailsOf(
  { release, repository }: Pick<ReleasePayload, 'release' | 'repository'>,
  instance: string,
): Partial<Event> {
  const { tag_name, name, html_url, prerelease, target_commitish } = release;
  const scope = repositoryScope(instance, repository.id);
  const isSha = /^[0-9a-f]{40}$/.test(target_commitish ?? '');
  return {
    ...defined({ title: name || tag_name, url: html_url ?? undefined }),
    tags: { ...repositoryTags(repository), [otel.VCS_REF_HEAD_NAME]: tag_name, [otel.VCS_REF_HEAD_TYPE]: 'tag' },
    facts: { tag: tag_name, prerelease: prerelease === true, target: target_commitish ?? null },
    wants: [
      { type: 'tag', scope, value: tag_name },
      ...(isSha ? [{ type: 'commit', scope, value: String(target_commitish) } satisfies Reference] : []),
    ],
  };
}
