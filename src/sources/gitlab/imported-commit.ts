import type { Event } from '../../domain/event.ts';
import { tellCommit, tellCommitted, tellStanding } from '../_kit/push.ts';
import type { Delivery } from '../contract.ts';
import type { ImportedBranchCommitPayload, ImportedCommit } from './import-schema.ts';
import { pushPlaceOf } from './references.ts';
import type { Project } from './schema.ts';

/** A commit of the default branch, and what it stands on. */
export function readBranchCommit(imported: ImportedBranchCommitPayload, delivery: Delivery): readonly Event[] {
  const { project, ref, commit, brought, truncated } = imported;
  const { id, committed_date: at, parent_ids } = commit;
  const standing = { id, at, ref, parent: parent_ids[0], brought, truncated };
  return [...readCommit(commit, project, delivery), tellStanding(standing, pushPlaceOf(project, delivery))];
}

/** As a push tells it, and with the times that no push tells. */
export function readCommit(commit: ImportedCommit, project: Project, delivery: Delivery): Event[] {
  const { id, message, authored_date, committed_date, web_url: url, author_name: name } = commit;
  const place = pushPlaceOf(project, delivery);
  return [
    ...tellCommit({ id, message, timestamp: authored_date, url, author: { name } }, place),
    ...(committed_date === undefined ? [] : [tellCommitted(id, committed_date, place)]),
  ];
}
