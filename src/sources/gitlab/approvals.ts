import type { SourceTime } from '../_kit/time.ts';
import type { Note } from './import-schema.ts';
import type { Approval } from './merge-request.ts';
import type { User } from './schema.ts';

/** An approval, its withdrawal, or the withdrawal of all because something was pushed. */
export interface Approved {
  readonly action: Approval | 'reset';
  readonly user: User;
  readonly at: SourceTime;
}

/**
 * When a merge request was approved, as the notes tell it that GitLab makes of that. Whether it was approved enough by it, as
 * its webhooks say, follows from how many approvals it needs; where none is needed, the first one is enough.
 *
 * Source: https://docs.gitlab.com/user/project/merge_requests/approvals/, and the notes in system_notes/merge_requests_service.rb
 */
export function approvalsIn(notes: readonly Note[], required: number): Approved[] {
  const approvers = new Approvers(Math.max(1, required));
  return notes
    .filter(({ system }) => system)
    .toSorted((a, b) => a.created_at.at - b.created_at.at)
    .flatMap(({ body = '', author: user, created_at: at }) => {
      const action = approvers.after(body, user?.username ?? '');
      return action === null ? [] : [{ action, user, at }];
    });
}

/** Who has approved at a time. */
class Approvers {
  readonly #needed: number;
  readonly #names = new Set<string>();

  constructor(needed: number) {
    this.#needed = needed;
  }

  get #areEnough(): boolean {
    return this.#names.size >= this.#needed;
  }

  /** What a note of GitLab's means after all that were before it; null where it is of something else. */
  after(body: string, by: string): Approved['action'] | null {
    const wereEnough = this.#areEnough;
    if (body === 'approved this merge request') {
      this.#names.add(by);
      return this.#areEnough ? 'approved' : 'approval';
    }
    if (body === 'unapproved this merge request') {
      this.#names.delete(by);
      return wereEnough ? 'unapproved' : 'unapproval';
    }
    if (!body.startsWith('reset approvals from ')) return null;
    for (const [, name = ''] of body.matchAll(/@([\w.-]*\w)/g)) this.#names.delete(name);
    return wereEnough && !this.#areEnough ? 'reset' : null;
  }
}
