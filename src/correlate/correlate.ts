import { referenceFromKey, referenceKey } from '../domain/reference.ts';
import type { Ruling } from '../rules/ruling.ts';
import type { IdentityId, NewName, Transaction } from '../store/contract.ts';
import type {
  AttemptState,
  CorrelationStore,
  Place,
  Provision,
  Want,
  Wanter,
  WanterLookup,
} from '../store/correlation.ts';
import { settleDeployments } from './deployments.ts';
import { type Difference, differenceOf, type Folded, type Window, windowOf } from './folded.ts';
import { besides, noteIncidents } from './incidents.ts';
import { linkPlaces } from './link.ts';
import { Places } from './places.ts';
import { mentionedWants, provisionsOf, timeOf, toldWants, wantersOf, wantersOfName } from './references.ts';

/** The attempts as they were before the folds were saved; only of these can what changed be told. */
export type StatesBefore = ReadonlyMap<IdentityId, readonly AttemptState[]>;

/** An event that comes in order touches the last attempt, and at most ends it to begin another. */
const TOUCHED_IN_ORDER = 2;

export async function statesBefore(
  { correlation }: Transaction,
  folds: readonly { readonly identityId: IdentityId; readonly whole: boolean }[],
): Promise<StatesBefore> {
  const states = new Map<IdentityId, readonly AttemptState[]>();
  for (const { identityId, whole } of folds)
    states.set(identityId, await correlation.findAttempts(identityId, whole ? -1 : TOUCHED_IN_ORDER));
  return states;
}

export interface Correlating {
  readonly before: StatesBefore;
  /** Names that identities have got or lost. */
  readonly names: readonly Pick<NewName, 'identityId' | 'name'>[];
  /** Identities that have a new revision in this transaction anyway. */
  readonly fed: readonly IdentityId[];
  /** Whether rules may have changed, so that what depends on them is looked at again though nothing else has. */
  readonly byRules: boolean;
}

/**
 * Forms, changes and takes back the links that follow from what was folded, in the transaction of the fold.
 *
 * All links together are a pure function of all references: it makes no difference in which order they come, how they are
 * grouped, or how often. Only those are looked at that can differ, and only what differs is written and fed on.
 */
export async function correlate(
  transaction: Transaction,
  folds: readonly Folded[],
  { before, names, fed, byRules }: Correlating,
  ruling: Ruling,
): Promise<void> {
  const store = transaction.correlation;
  const places = new Places();
  const lookups: WanterLookup[] = [];
  const retold: IdentityId[] = [];
  const differences = folds.map((folded) => ({
    folded,
    difference: differenceOf(before.get(folded.identityId) ?? [], folded),
  }));
  for (const { folded, difference } of differences) {
    const provided = await provide(store, folded);
    lookups.push(...provided.flatMap((key) => lookupsOfProvided(key, folded)), ...pushedIn(folded).flatMap(wantersOf));
    const wanting = await want(store, folded);
    places.add(wanting);
    retold.push(...wanting.filter(({ ordinal }) => ordinal === 0).map(({ identityId }) => identityId));
    for (const ordinal of [...difference.moved, ...difference.removed])
      places.add([{ identityId: folded.identityId, ordinal }]);
    lookups.push(...(await lookupsFor(store, folded.identityId, difference)));
  }
  lookups.push(...(await lookupsByName(store, names)));
  const wanters = await wantersThrough(store, lookups, retold);
  places.add(wanters);
  const settled = await settleDeployments(transaction, { differences, wanters, byRules }, ruling);
  places.add(settled.places);
  places.add(await noteIncidents(store, differences));
  places.add(await besides(store, settled.moved));
  const relived = differences
    .filter(({ difference }) => [...difference.moved, ...difference.removed].some((ordinal) => ordinal > 1))
    .map(({ folded }) => folded.identityId);
  await linkPlaces(store, places.all, { fed, retold: settled.retold, relived });
}

/** Notes what an identity provides; answers with what came or went. */
async function provide(store: CorrelationStore, { identityId, whole, landed }: Folded): Promise<string[]> {
  const provisions = provisionsOf(identityId, landed);
  if (whole) return store.replaceProvisions(identityId, provisions);
  if (provisions.length === 0) return [];
  return (await store.addProvisions(provisions)).map(({ key }) => key);
}

/**
 * What was pushed. A branch may come to stand on a commit several times, each time from another one, and leads on from
 * there though it provides no more than before.
 */
function pushedIn({ landed }: Folded): string[] {
  const provided = landed.flatMap(({ event }) => event.provides ?? []);
  return provided.filter(({ type }) => type === 'push').map(referenceKey);
}

/** Notes what attempts want; answers with those whose wants have changed. */
async function want(store: CorrelationStore, folded: Folded): Promise<Place[]> {
  const { identityId, whole, attempts, landed } = folded;
  const ordinals = [...new Set([...landed.map(({ ordinal }) => ordinal), ...attempts.map(({ ordinal }) => ordinal)])];
  const stored = whole
    ? await store.findAllWants([identityId])
    : await store.findWants(ordinals.map((ordinal) => ({ identityId, ordinal })));
  const wanted = ordinals.flatMap((ordinal) => wantedAt(folded, ordinal));
  const known = new Map(stored.map((one) => [identityOf(one), one]));
  const next = new Map(wanted.map((one) => [identityOf(one), one]));
  const moved = movedInTime(folded, stored);
  const add = [...next.values(), ...moved].filter((one) => isNews(known.get(identityOf(one)), one));
  const remove = stored.filter((one) => isTakenBack(one, next, folded));
  if (add.length > 0 || remove.length > 0) await store.saveWants({ remove, add });
  return [...add, ...remove];
}

function wantedAt({ identityId, attempts, landed }: Folded, ordinal: number): Want[] {
  const place = { identityId, ordinal };
  const events = landed.flatMap((one) => (one.ordinal === ordinal ? [one.event] : []));
  const attempt = attempts.find((one) => one.ordinal === ordinal);
  const at = attempt === undefined ? (events[0]?.occurredAt ?? 0) : timeOf(attempt);
  return [...toldWants(place, events, at), ...(attempt === undefined ? [] : mentionedWants(place, attempt, at))];
}

/** What passes is wanted at the time of the attempt, wherever that is now. */
function movedInTime({ attempts, whole }: Folded, stored: readonly Want[]): Want[] {
  if (whole) return [];
  return stored.flatMap((one) => {
    const attempt = attempts.find(({ ordinal }) => ordinal === one.ordinal);
    return one.at > 0 && attempt !== undefined && one.origin === 'told' ? [{ ...one, at: timeOf(attempt) }] : [];
  });
}

function identityOf({ key, ordinal, as, via, origin }: Want): string {
  return [key, ordinal, as, via, origin].join('\n');
}

function isNews(known: Want | undefined, one: Want): boolean {
  return known === undefined || known.rank !== one.rank || known.at !== one.at;
}

function isTakenBack(one: Want, next: ReadonlyMap<string, Want>, { whole, attempts }: Folded): boolean {
  if (one.origin === 'derived' || next.has(identityOf(one))) return false;
  if (whole) return true;
  return one.origin === 'mentioned' && attempts.some(({ ordinal }) => ordinal === one.ordinal);
}

/** Who may be linked in another way because of what this has become. */
async function lookupsFor(
  store: CorrelationStore,
  identityId: IdentityId,
  { isAnother, times }: Difference,
): Promise<WanterLookup[]> {
  if (!isAnother && times.length === 0) return [];
  const provisions = await store.findProvisions([identityId]);
  if (isAnother) {
    const names = await store.namesOf([identityId]);
    return [...provisions.flatMap(({ key }) => wantersOf(key)), ...names.map(wantersOfName)];
  }
  return provisions.flatMap((provision) => lookupsInTime(provision, times));
}

/** A commit or a pull request may be several's, and a branch is one's for a time. */
function lookupsInTime({ key }: Provision, times: readonly Window[]): WanterLookup[] {
  const { type } = referenceFromKey(key);
  if (type === 'branch') return times.map((between) => ({ key, between }));
  return ['commit', 'merge', 'pull_request'].includes(type) ? wantersOf(key) : [];
}

async function lookupsByName(
  store: CorrelationStore,
  names: readonly Pick<NewName, 'identityId' | 'name'>[],
): Promise<WanterLookup[]> {
  if (names.length === 0) return [];
  // A new name ends the time of the one before, and of that several may have gone by.
  const others = await store.namesOf([...new Set(names.map(({ identityId }) => identityId))]);
  return [...new Set([...names.map(({ name }) => name), ...others])].map(wantersOfName);
}

/** Who wants any of this; and who wants a commit whose message does, or now names something else. */
async function wantersThrough(
  store: CorrelationStore,
  lookups: readonly WanterLookup[],
  retold: readonly IdentityId[],
): Promise<Wanter[]> {
  const unique = [...new Map(lookups.map((lookup) => [JSON.stringify(lookup), lookup])).values()];
  const wanters = await store.findWanters(unique);
  // What was wanted before any attempt is mostly a commit's message: nobody looks for spans below what is one.
  const messages = [...retold, ...wanters.filter(({ ordinal }) => ordinal === 0).map(({ identityId }) => identityId)];
  if (messages.length === 0) return wanters;
  const provisions = await store.findProvisions([...new Set(messages)]);
  const commits = provisions.filter(({ key }) => referenceFromKey(key).type === 'commit');
  return [...wanters, ...(await store.findWanters(commits.flatMap(({ key }) => wantersOf(key))))];
}

/** A branch is wanted by very many; only those of the times at which it is this one's may be linked otherwise. */
function lookupsOfProvided(key: string, { attempts, whole }: Folded): WanterLookup[] {
  if (referenceFromKey(key).type !== 'branch' || whole || attempts.length === 0) return wantersOf(key);
  return attempts.flatMap((attempt) => windowOf(attempt) ?? []).map((between) => ({ key, between }));
}
