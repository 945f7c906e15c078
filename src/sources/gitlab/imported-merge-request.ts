import type { Event } from '../../domain/event.ts';
import { defined } from '../_kit/json.ts';
import { byKey, type Operation, prove, tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { approvalsIn } from './approvals.ts';
import type { ImportedMergeRequestPayload } from './import-schema.ts';
import { readCommit } from './imported-commit.ts';
import {
  approvalTelling,
  closeTelling,
  detailsOf,
  enters,
  mergeRequestOf,
  noteTelling,
  provenMerge,
  reopenKey,
  stages,
} from './merge-request.ts';
import { actor, proveOpened, second } from './operation.ts';
import { Way } from './way.ts';

/** A merge request with its whole way, what was said of it, and its commits. */
export function readImportedMergeRequest(imported: ImportedMergeRequestPayload, delivery: Delivery): readonly Event[] {
  const { project, commits, merge_commits } = imported;
  const all = [...commits, ...merge_commits];
  return [...byKey(lifeOf(imported, delivery)), ...all.flatMap((commit) => readCommit(commit, project, delivery))];
}

function lifeOf(imported: ImportedMergeRequestPayload, delivery: Delivery): Event[] {
  const { project, merge_request: change } = imported;
  const { updated_at, author, labels } = change;
  const operation = mergeRequestOf(change, project, delivery);
  const details = detailsOf(change, project, author, delivery.instance);
  const way = new Way(imported);
  return [
    ...livesOf(imported, way, operation),
    ...draftsOf(way, operation),
    ...notesOf(imported, way, operation),
    // As it is now. A webhook tells the same with what has changed, which the API does not keep.
    tell(operation, updated_at, updated_at, {
      ...details,
      facts: { ...details.facts, labels, ...sizeOf(imported) },
      key: `seen@${updated_at.at}`,
      state: 'intermediary',
    }),
  ];
}

/** With its opening alone one that has ended nobody knows when would seem to be open. */
function livesOf({ merge_request: change }: ImportedMergeRequestPayload, way: Way, operation: Operation): Event[] {
  if (change.state !== 'opened' && change.state !== 'locked' && !way.hasEnded) return [];
  const stage = way.wasDraft ? stages.draft : stages.awaitingReview;
  return [
    { ...proveOpened(operation, change.created_at), ...actor(change.author), stage },
    ...way.turns.map(({ state, at, user }) => {
      switch (state) {
        case 'reopened': {
          const as = way.isDraftAt(at) ? stages.draft : stages.awaitingReview;
          return prove(operation, at, { key: reopenKey(at), state: 'start', reopens: true, stage: as, ...actor(user) });
        }
        case 'merged':
          return prove(operation, at, { ...provenMerge(at), ...actor(user) });
        default:
          return prove(operation, at, { ...closeTelling(at), ...actor(user) });
      }
    }),
  ];
}

function draftsOf(way: Way, operation: Operation): Event[] {
  return way.drafts.map(({ isDraft, at, user }) =>
    prove(operation, at, {
      key: `${isDraft ? 'draft' : 'ready'}@${second(at)}`,
      ...enters({ state: way.stateAt(at) }, isDraft ? stages.draft : stages.awaitingReview),
      ...actor(user),
    }),
  );
}

/** What people said of it: comments, and approvals, of which GitLab itself makes a note. */
function notesOf(imported: ImportedMergeRequestPayload, way: Way, operation: Operation): Event[] {
  const { merge_request: change, notes, approvals_required } = imported;
  const comments = notes.filter(({ system }) => !system);
  return [
    ...comments.map(({ id, author, created_at: at }) => {
      const isOwn = author?.id !== undefined && author.id === change.author_id;
      const asOf = { isOwn, isDraft: way.isDraftAt(at), by: author, state: way.stateAt(at) };
      return prove(operation, at, {
        ...noteTelling(id, asOf),
        ...{ facts: { review_state: 'commented' }, ...actor(author) },
      });
    }),
    ...approvalsIn(notes, approvals_required ?? 0).map(({ action, user, at }) => {
      const state = way.stateAt(at);
      const telling =
        action === 'reset'
          ? { key: `approvals_reset@${second(at)}`, ...enters({ state }, stages.review) }
          : approvalTelling(action, user, at, { state });
      return prove(operation, at, { ...telling, ...actor(user) });
    }),
  ];
}

function sizeOf({ merge_request, commits, diff_stats }: ImportedMergeRequestPayload): NonNullable<Event['facts']> {
  return {
    commits: commits.length,
    ...defined({
      comments: merge_request.user_notes_count ?? undefined,
      additions: diff_stats?.additions,
      deletions: diff_stats?.deletions,
      changed_files: diff_stats?.fileCount,
    }),
  };
}
