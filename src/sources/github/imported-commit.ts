import type { Event } from '../../domain/event.ts';
import { tellCommit, tellCommitted, tellStanding } from '../_kit/push.ts';
import type { Delivery } from '../contract.ts';
import type { ImportedBranchCommitPayload, ImportedCommit } from './import-schema.ts';
import { pushPlaceOf } from './references.ts';
import type { Repository } from './schema.ts';

/** A commit of the default branch, and what it stands on. */
export function readBranchCommit(imported: ImportedBranchCommitPayload, delivery: Delivery): readonly Event[] {
  const { repository, ref, commit, brought, truncated } = imported;
  const { oid, committedDate, parents } = commit;
  const standing = { id: oid, at: committedDate, ref, parent: parents[0]?.oid, brought, truncated };
  return [...readCommit(commit, repository, delivery), tellStanding(standing, pushPlaceOf(repository, delivery))];
}

/** As a push tells it, and with the time that no push tells. */
export function readCommit(commit: ImportedCommit, repository: Repository, delivery: Delivery): Event[] {
  const { oid, message, authoredDate, committedDate, url, author } = commit;
  const place = pushPlaceOf(repository, delivery);
  const by = { name: author?.name, username: author?.user?.login };
  return [
    ...tellCommit({ id: oid, message, timestamp: authoredDate, url, author: by }, place),
    ...(committedDate === undefined ? [] : [tellCommitted(oid, committedDate, place)]),
  ];
}
