import { compareText } from '../domain/canonical.ts';
import type { EpochMs, Event } from '../domain/event.ts';
import { mergeFacts } from '../domain/history.ts';
import { identityKey } from '../domain/identity.ts';
import { keyPrefix, referenceFromKey } from '../domain/reference.ts';
import type { IdentityId, Transaction } from '../store/contract.ts';

/**
 * A push: the commits that it brought onto a branch, the oldest first, and what the branch stood on before. What an import tells
 * of one commit (which it stands on, and what it brought besides as a merge) is read as a push of that commit alone.
 */
export interface Push {
  readonly key: string;
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly commits: readonly string[];
  readonly at: EpochMs;
  /** Whether the sender left commits out. */
  readonly isTruncated: boolean;
  /** Whether it is the word of the repository itself: a push may have thrown away what the branch stood on before. */
  readonly isAncestry: boolean;
}

/** Pushes that contain one commit; more than these are mirrors and release branches. */
const MAX_PUSHES = 512;

/**
 * The push that brought a commit, and not one that found it there, as the push does that begins a branch on it. Of several
 * the one that ended with it: what a branch stood on when it was deployed is not changed by what it is merged into later.
 * Then what the repository tells, where that is whole. Then one on the same branch where that is asked for, else on the main
 * branch; and always the same, in whatever order they came.
 */
async function pushOf(
  transaction: Transaction,
  commit: string,
  { scope, ref }: { readonly scope: string | null; readonly ref: string | null },
): Promise<Push | null> {
  const key = keyPrefix('push', commit, { whole: true });
  const found = (await transaction.correlation.findProviders([{ key, isPrefix: true }], MAX_PUSHES)).get(key) ?? [];
  const inPlace = found.filter((one) => referenceFromKey(one.key).scope === scope);
  const meant = inPlace.length > 0 ? inPlace : found;
  const pushes = await readPushes(
    transaction,
    meant.map(({ identityId }) => identityId),
  );
  return (
    pushes.sort((a, b) => compareRanks(rankOf(a, commit, ref), rankOf(b, commit, ref)) || compareFacts(a, b))[0] ?? null
  );
}

/** The smallest counts, the foremost first. */
function rankOf(push: Push, commit: string, asked: string | null): readonly boolean[] {
  const { commits, ref, after, isAncestry, isTruncated } = push;
  const isMain = /^refs\/heads\/(main|master)$/.test(ref);
  return [!commits.includes(commit), after !== commit, isTruncated, !isAncestry, ref !== asked, !isMain];
}

function compareRanks(a: readonly boolean[], b: readonly boolean[]): number {
  const at = a.findIndex((one, index) => one !== b[index]);
  return at === -1 ? 0 : Number(a[at]) - Number(b[at]);
}

function compareFacts(a: Push, b: Push): number {
  return a.at - b.at || compareText(a.key, b.key) || compareText(a.before, b.before);
}

async function readPushes(transaction: Transaction, identityIds: readonly IdentityId[]): Promise<Push[]> {
  const told = await transaction.findObservations(identityIds);
  return [...told.values()].flatMap((observations) => mergeFacts(observations).flatMap(pushFrom));
}

function pushFrom({ identity, facts, occurredAt }: Event): Push[] {
  const { ref, before, after, commits, truncated } = facts ?? {};
  if (typeof ref !== 'string' || typeof before !== 'string' || typeof after !== 'string') return [];
  return [
    {
      key: identityKey(identity),
      ref,
      before,
      after,
      commits: Array.isArray(commits) ? commits : [],
      at: occurredAt,
      isTruncated: truncated === true,
      isAncestry: identity.kind === 'commit',
    },
  ];
}

/** A branch that was begun stood on this before. */
const NOTHING = /^0+$/;

/** Commits from one back into the past, along one branch, as pushes tell them. */
interface Step {
  readonly commit: string;
  /** The push that brought it; null where none is known that did. */
  readonly push: Push | null;
}

/**
 * Walks back from a commit, the commit itself first, until pushes are no longer known. Nothing is walked that is not
 * asked for.
 */
export async function* walkBack(transaction: Transaction, from: string, scope: string | null): AsyncGenerator<Step> {
  const seen = new Set<string>();
  let commit = from;
  let ref: string | null = null;
  while (!NOTHING.test(commit) && !seen.has(commit)) {
    const push: Push | null = await pushOf(transaction, commit, { scope, ref });
    seen.add(commit);
    yield { commit, push };
    if (push === null) return;
    ref = push.ref;
    const at = push.commits.indexOf(commit);
    const earlier = at === -1 ? push.commits.filter((one) => one !== push.after) : push.commits.slice(0, at);
    for (const one of earlier.toReversed()) {
      if (seen.has(one)) continue;
      seen.add(one);
      yield { commit: one, push };
    }
    commit = push.before;
  }
}
