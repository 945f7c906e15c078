import { identityFromKey, ownerOf, parseSpanId } from '../domain/identity.ts';
import { keyPrefix, referenceFromKey, referenceKey } from '../domain/reference.ts';
import type { IdentityId } from '../store/contract.ts';
import type {
  CorrelationStore,
  KeyLookup,
  NamedIdentity,
  Node,
  Provision,
  Subject,
  Want,
} from '../store/correlation.ts';
import { isShortCommit, timeOf } from './references.ts';
import type { Candidate } from './resolve.ts';

/** What more than this provide tells nothing, and links nobody. */
const MAX_PROVIDERS = 64;

/** Everybody who provides what an attempt wants. */
export async function candidatesFor(store: CorrelationStore, node: Node, wants: readonly Want[]): Promise<Candidate[]> {
  const direct = await candidatesOf(store, node, wants);
  const messages = direct.filter((candidate) => isMessage(candidate) && !isTakenByAnother(candidate, direct));
  const told = await Promise.all(messages.map((commit) => candidatesThrough(store, node, commit)));
  return [...direct, ...told.flat()];
}

/** A commit is no span; what its message names is wanted in its place. */
async function candidatesThrough(store: CorrelationStore, node: Node, commit: Candidate): Promise<Candidate[]> {
  const wants = await store.findWants([{ identityId: commit.subject.identityId, ordinal: 0 }]);
  const inherited = wants.filter(({ as }) => as === 'cause').map((want) => ({ ...want, as: commit.want.as }));
  const { value } = referenceFromKey(commit.want.key);
  const found = await candidatesOf(store, node, inherited);
  return found.map((candidate) => ({ ...candidate, through: value }));
}

function isMessage({ want, subject }: Candidate): boolean {
  return want.as !== 'history' && subject.operation === null && identityFromKey(subject.key).kind === 'commit';
}

/** A pull request that has made the commit knows more than its message. */
function isTakenByAnother({ want }: Candidate, all: readonly Candidate[]): boolean {
  return all.some((other) => other.want === want && other.subject.operation !== null);
}

async function candidatesOf(store: CorrelationStore, node: Node, wants: readonly Want[]): Promise<Candidate[]> {
  const provisions = await providersOf(store, wants, timeOf(node));
  const names = await namedBy(store, node, wants);
  const ids = new Set([
    ...[...provisions.values()].flat().map(({ identityId }) => identityId),
    ...[...names.values()].flat().map(({ identityId }) => identityId),
  ]);
  const at = timeOf(node);
  // The span itself too: a name that means it, or may mean it, means no other one.
  const asked = [...ids].map((identityId) => ({ identityId, at }));
  const subjects = new Map((await store.findSubjects(asked)).map((subject) => [subject.identityId, subject]));
  const candidates: Candidate[] = [];
  for (const want of wants) {
    for (const { identityId, attempt, key } of provisions.get(want) ?? []) {
      const subject = subjects.get(identityId);
      const isMerge = referenceFromKey(key).type === 'merge';
      if (subject !== undefined)
        candidates.push({ want, subject, attempt, isMerge, through: null, isAmbiguous: false });
    }
    candidates.push(...oneOf(node, want, names.get(want) ?? [], subjects));
  }
  return candidates;
}

/** Of several who go by a name the one of the same owner is meant, or none. */
function oneOf(
  node: Node,
  want: Want,
  named: readonly NamedIdentity[],
  subjects: ReadonlyMap<IdentityId, Subject>,
): Candidate[] {
  const found = named.flatMap(({ identityId }) => subjects.get(identityId) ?? []);
  const own = found.filter(({ spanId }) => ownerIn(spanId) === ownerIn(node.spanId));
  const meant = found.length > 1 && own.length > 0 ? own : found;
  return meant.map((subject) => ({
    want,
    subject,
    attempt: null,
    isMerge: false,
    through: null,
    isAmbiguous: meant.length > 1,
  }));
}

function ownerIn(spanId: string): string {
  return ownerOf(parseSpanId(spanId)?.scope ?? '');
}

async function namedBy(
  store: CorrelationStore,
  node: Node,
  wants: readonly Want[],
): Promise<Map<Want, NamedIdentity[]>> {
  const wanted = wants.flatMap((want) => {
    const { type, value } = referenceFromKey(want.key);
    return type === 'span' ? [{ want, value }] : [];
  });
  if (wanted.length === 0) return new Map();
  const found = await store.findNames(wanted.map(({ value }) => value));
  const at = timeOf(node);
  return new Map(wanted.map(({ want, value }) => [want, validAt(found.get(value) ?? [], at)]));
}

/** A name may have gone from one repository to another; where only one ever had it, the time does not matter. */
function validAt(named: readonly NamedIdentity[], at: number): NamedIdentity[] {
  const valid = named.filter(({ validFrom, validTo }) => validFrom <= at && (validTo === null || at < validTo));
  return named.length > 1 && valid.length > 0 ? valid : [...named];
}

async function providersOf(
  store: CorrelationStore,
  wants: readonly Want[],
  at: number,
): Promise<Map<Want, Provision[]>> {
  const asked = wants.map((want) => ({ want, lookups: lookupsOf(want, at) }));
  const found = await store.findProviders(
    [...new Map(asked.flatMap(({ lookups }) => lookups.map((lookup) => [lookup.key, lookup]))).values()],
    MAX_PROVIDERS + 1,
  );
  const providers = new Map<Want, Provision[]>();
  for (const { want, lookups } of asked) {
    const all = lookups.flatMap(({ key }) => found.get(key) ?? []);
    providers.set(want, all.length > MAX_PROVIDERS ? [] : await meantBy(store, want, all));
  }
  return providers;
}

function lookupsOf({ key }: Want, at: number): KeyLookup[] {
  const reference = referenceFromKey(key);
  const { type, value, scope } = reference;
  if (type === 'span') return [];
  // A branch may have been very many pull requests'.
  if (type === 'branch') return [{ key, inForceAt: at }];
  if (type !== 'commit') return [{ key }];
  const isShort = isShortCommit(reference);
  return (['commit', 'merge'] as const).map((one) =>
    isRepository(scope) && !isShort
      ? { key: referenceKey({ type: one, value, scope }) }
      : { key: keyPrefix(one, value, { whole: !isShort }), isPrefix: true },
  );
}

/** A repository by its id; an address, or nothing, finds the commit wherever it is. */
function isRepository(scope: string): boolean {
  return scope !== '' && !scope.includes('/');
}

async function meantBy(store: CorrelationStore, want: Want, found: readonly Provision[]): Promise<Provision[]> {
  const wanted = referenceFromKey(want.key);
  if (wanted.type !== 'commit' || found.length === 0) return [...found];
  const inPlace = isRepository(wanted.scope)
    ? found.filter(({ key }) => referenceFromKey(key).scope === wanted.scope)
    : await atAddress(store, wanted.scope, found);
  // The first characters of several commits name none of them.
  return isShortCommit(wanted) && hasSeveralCommits(inPlace) ? [] : inPlace;
}

/** A commit of which the first characters are known is the same as one that begins so. */
function hasSeveralCommits(found: readonly Provision[]): boolean {
  const commits = [...new Set(found.map(({ key }) => referenceFromKey(key).value))];
  const apart = commits.filter((one) => !commits.some((other) => other !== one && other.startsWith(one)));
  return apart.length > 1;
}

/** Of those in several repositories, as mirrors are, the one at this address. */
async function atAddress(store: CorrelationStore, address: string, found: readonly Provision[]): Promise<Provision[]> {
  if (address === '' || new Set(found.map(({ key }) => referenceFromKey(key).scope)).size < 2) return [...found];
  const all = await store.findProvisions([...new Set(found.map(({ identityId }) => identityId))]);
  const there = new Set(
    all.filter(({ key }) => referenceFromKey(key).scope === address).map(({ identityId }) => identityId),
  );
  const own = found.filter(({ identityId }) => there.has(identityId));
  return own.length > 0 ? own : [...found];
}
