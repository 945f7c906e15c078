import { z } from 'zod';
import { Ancestry, type Listed, type Told } from './ancestry.ts';
import type { ImportPage } from './contract.ts';

/** What was deployed at a time had been committed before: so much more than what was asked for is looked at. */
const BEFORE_DEPLOYED_MS = 30 * 86_400_000;

/** From when on commits are looked at where things since a time are asked for; null for all. In milliseconds since 1970. */
export function oldestCommit(since: number | null): number | null {
  return since === null ? null : since - BEFORE_DEPLOYED_MS;
}

export interface BranchCommit extends Listed {
  readonly committedAt: number;
}

/** How a vendor tells the commits of a branch. */
export interface BranchHistory<T extends BranchCommit> {
  /** The branch as it is now, `refs/heads/main`, and the commit at its head; null in a repository without any commit. */
  readonly branch: () => Promise<{ readonly ref: string; readonly head: string } | null>;
  /**
   * What a commit stands on, and itself, by when it was committed, the latest first: the page after a cursor, and the cursor of
   * the next one. Null where the vendor has the commit no more.
   */
  readonly list: (head: string, after: string | null) => Promise<CommitPage<T> | null>;
  readonly envelope: (told: Told<T>, ref: string) => object;
  /** {@link oldestCommit} */
  readonly oldest: number | null;
}

export interface CommitPage<T> {
  readonly commits: readonly T[];
  readonly next: string | null;
}

/**
 * `done`: the commit at the head of the branch when all that it stands on had been told; null before the first round. `head` and
 * `ref`: the same of this round, and the branch; null between rounds. `after`: the cursor of the page before.
 */
const positionSchema = z.object({
  done: z.string().nullable(),
  head: z.string().nullable(),
  ref: z.string().nullable(),
  after: z.string().nullable(),
});
type Position = z.output<typeof positionSchema>;

interface Round {
  readonly done: string | null;
  readonly head: string;
  readonly ref: string;
  readonly after: string | null;
}

/**
 * The commits of a branch by when they were committed, the latest first, from its head down to what the round before began with.
 * The list is that of one commit, so that what is pushed meanwhile moves nothing: the next round brings it.
 */
export async function* branchCommits<T extends BranchCommit>(
  history: BranchHistory<T>,
  position: string | null,
): AsyncIterable<ImportPage> {
  const stored: Position | null = position === null ? null : positionSchema.parse(JSON.parse(position));
  const round = (await resumed(history, stored)) ?? (await begun(history, stored?.done ?? null));
  if (round === null || round.head === round.done) return;
  yield* pagesFrom(round, history);
}

/** A round that was interrupted; null where there is none, or where the vendor has it no more, after a push by force. */
async function resumed<T extends BranchCommit>({ list }: BranchHistory<T>, stored: Position | null) {
  if (stored === null || stored.head === null || stored.ref === null) return null;
  const round: Round = { ...stored, head: stored.head, ref: stored.ref };
  return (await list(round.head, null)) === null ? null : round;
}

/** A round from the head of the branch; null in a repository without any commit. */
async function begun<T extends BranchCommit>({ branch }: BranchHistory<T>, done: string | null): Promise<Round | null> {
  const now = await branch();
  return now && { done, ...now, after: null };
}

async function* pagesFrom<T extends BranchCommit>(
  { done, head, ref, ...round }: Round,
  { list, envelope, oldest }: BranchHistory<T>,
): AsyncIterable<ImportPage> {
  const ancestry = new Ancestry<T>(done);
  for (let after = round.after; ; ) {
    const page = await list(head, after);
    if (page === null) return;
    const { commits, next: following } = page;
    const known = ancestry.take(commits, after);
    const isOld = commits.some(({ committedAt }) => oldest !== null && committedAt < oldest);
    const isLast = following === null || ((ancestry.hasSeenDone || isOld) && ancestry.isWhole);
    const told = isLast ? [...known, ...ancestry.rest()] : known;
    after = following;
    const next: Position = isLast
      ? { done: head, head: null, ref: null, after: null }
      : { done, head, ref, after: ancestry.cursor === undefined ? after : ancestry.cursor };
    yield { deliveries: told.map((one) => envelope(one, ref)), position: JSON.stringify(next), things: told.length };
    if (isLast) return;
  }
}
