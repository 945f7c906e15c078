import type { SourceTime } from '../_kit/time.ts';
import type { ImportedMergeRequestPayload, Note, StateEvent } from './import-schema.ts';
import { isDraft } from './merge-request.ts';
import type { User } from './schema.ts';

interface Moment {
  readonly at: SourceTime;
  readonly user: User;
}

interface Turn extends Moment {
  readonly state: 'closed' | 'reopened' | 'merged';
}

interface Drafting extends Moment {
  readonly isDraft: boolean;
}

/** A merge request's way between draft and ready, open and ended, as its events and GitLab's own notes tell it. */
export class Way {
  /** When it was closed, re-opened and merged, in this order. */
  readonly turns: readonly Turn[];
  /** When it was marked as a draft, and as ready. */
  readonly drafts: readonly Drafting[];
  /** Whether it was opened as a draft. */
  readonly wasDraft: boolean;

  constructor({ merge_request: change, notes, state_events }: ImportedMergeRequestPayload) {
    this.turns = turnsOf(change, state_events);
    this.drafts = notes.flatMap(draftingIn).toSorted(byTime);
    const [first] = this.drafts;
    this.wasDraft = first === undefined ? isDraft(change) : !first.isDraft;
  }

  get hasEnded(): boolean {
    const last = this.turns.at(-1)?.state;
    return last === 'closed' || last === 'merged';
  }

  isDraftAt({ at }: SourceTime): boolean {
    return this.drafts.findLast((drafting) => drafting.at.at <= at)?.isDraft ?? this.wasDraft;
  }

  /** In the words of its webhooks. */
  stateAt({ at }: SourceTime): 'opened' | 'closed' | 'merged' {
    const last = this.turns.findLast((turn) => turn.at.at <= at)?.state;
    return last === undefined || last === 'reopened' ? 'opened' : last;
  }
}

const byTime = (a: Moment, b: Moment) => a.at.at - b.at.at;

/** It tells its own last end as its webhooks do. Old ones ended before such events were kept. */
function turnsOf(
  { state, merged_at, closed_at }: ImportedMergeRequestPayload['merge_request'],
  events: readonly StateEvent[],
): readonly Turn[] {
  const turns = events.flatMap(turnIn).toSorted(byTime);
  const ended = state === 'merged' ? merged_at : state === 'closed' ? closed_at : undefined;
  if (ended === undefined || (state !== 'merged' && state !== 'closed')) return turns;
  const last = turns.at(-1);
  const isTold = last?.state === state;
  return [...(isTold ? turns.slice(0, -1) : turns), { state, at: ended, user: isTold ? last.user : null }];
}

function turnIn({ state, created_at: at, user }: StateEvent): Turn[] {
  return state === 'closed' || state === 'reopened' || state === 'merged' ? [{ state, at, user }] : [];
}

/**
 * GitLab makes a note of it: `marked this merge request as **draft**`, `… as **ready**`, in older versions `marked as a
 * **Work In Progress**` and `unmarked …`.
 *
 * Source: https://docs.gitlab.com/user/project/merge_requests/drafts/, and system_notes/merge_requests_service.rb in GitLab
 */
const DRAFTING = /^(?<un>un)?marked (?:this merge request )?as (?:a )?\*\*(?<word>draft|ready|work in progress)\*\*/i;

function draftingIn({ system, body, created_at: at, author: user }: Note): Drafting[] {
  const { un, word } = (system ? DRAFTING.exec(body ?? '')?.groups : undefined) ?? {};
  if (word === undefined) return [];
  return [{ isDraft: un === undefined && word.toLowerCase() !== 'ready', at, user }];
}
