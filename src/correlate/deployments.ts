import { canonical, compareText } from '../domain/canonical.ts';
import { mergeFacts } from '../domain/history.ts';
import { identityFromKey } from '../domain/identity.ts';
import { keyPrefix, referenceFromKey, referenceKey } from '../domain/reference.ts';
import { type Attempt, environmentOf, isProduction } from '../domain/span.ts';
import type { Ruling } from '../rules/ruling.ts';
import type { IdentityId, Transaction } from '../store/contract.ts';
import type { CorrelationStore, Deployment, LanePosition, Place, Want, Wanter } from '../store/correlation.ts';
import type { Difference, Folded } from './folded.ts';
import { type Push, walkBack } from './history.ts';
import { keyOfPlace, Places } from './places.ts';
import { isWholeCommit } from './references.ts';
import { serviceOf } from './service.ts';

/** A deployment of more than this is a new repository. */
const MAX_COMMITS = 5_000;
/** How much of what a first deployment stands on is noted; a branch that begins before that is not deployed later. */
const MAX_BELOW = 500;
/** Nobody goes back further than this. */
const MAX_COMPARED = 1_000;

interface Changes {
  readonly differences: readonly { readonly folded: Folded; readonly difference: Difference }[];
  /** Who wants something that has come or gone; a deployment whose history that is among them. */
  readonly wanters: readonly Wanter[];
  readonly byRules: boolean;
}

/** What differs: places whose wants have changed, and deployments that there are now, or are no longer. */
interface Settled {
  readonly places: readonly Place[];
  readonly moved: readonly Deployment[];
  /** Of these something else is told now than their links. */
  readonly retold: readonly IdentityId[];
}

/**
 * Decides what successful deployments carry: every commit that came since the deployment before of the same service and
 * environment, on its first deployment there. docs/traces.md, "What a deployment carries", is the specification.
 *
 * A fold over the deployments in order of their ends. One that changes, or a push that becomes known, only makes those
 * anew that depend on it: the one after it, and those that carry, or end their walk at, what it carries.
 */
export async function settleDeployments(
  transaction: Transaction,
  { differences, wanters, byRules }: Changes,
  ruling: Ruling,
): Promise<Settled> {
  const store = transaction.correlation;
  const settling = new Settling(transaction, ruling);
  for (const { folded, difference } of differences) {
    const { identityId } = folded;
    const gone = difference.removed.map((ordinal) => ({ identityId, ordinal }));
    for (const deployment of await store.findDeployments(gone)) await settling.remove(deployment);
    for (const attempt of folded.attempts) {
      const place = { identityId, ordinal: attempt.ordinal };
      if (attempt.operation !== 'deploy' && difference.was.get(attempt.ordinal)?.operation !== 'deploy') continue;
      await settling.note(place, await deploymentOf(store, place, attempt), { byRules });
    }
  }
  const histories = wanters.filter(isComputed);
  for (const deployment of await store.findDeployments(histories)) settling.again(deployment);
  await settling.settleAll();
  return { places: settling.changed.all, moved: settling.moved, retold: settling.retold };
}

type NewDeployment = Omit<Deployment, 'base' | 'isRollback' | 'key'>;

async function deploymentOf(store: CorrelationStore, place: Place, attempt: Attempt): Promise<NewDeployment | null> {
  const environment = environmentOf(attempt);
  const { operation, result, finishedAt } = attempt;
  if (operation !== 'deploy' || result !== 'success' || finishedAt === null || environment === null) return null;
  const [node] = await store.findNodes([place]);
  const wants = await store.findWants(node?.isFirst === true ? [place, { ...place, ordinal: 0 }] : [place]);
  const commits = wants
    .filter(({ as, origin }) => as === 'cause' && origin === 'told')
    .map(({ key }) => referenceFromKey(key))
    .filter(isWholeCommit)
    .sort((a, b) => compareText(canonical(a), canonical(b)));
  return {
    ...place,
    service: serviceOf(attempt),
    environment,
    isProduction: isProduction(attempt),
    finishedAt,
    commit: commits[0]?.value ?? null,
    scope: commits[0]?.scope ?? null,
  };
}

class Settling {
  readonly changed = new Places();
  readonly moved: Deployment[] = [];
  readonly retold: IdentityId[] = [];
  readonly #transaction: Transaction;
  readonly #store: CorrelationStore;
  readonly #ruling: Ruling;
  readonly #queue = new Map<string, Deployment>();

  constructor(transaction: Transaction, ruling: Ruling) {
    this.#transaction = transaction;
    this.#store = transaction.correlation;
    this.#ruling = ruling;
  }

  again(deployment: Deployment): void {
    this.#queue.set(keyOfPlace(deployment), deployment);
  }

  /** Takes in what an attempt has become, as a deployment. */
  async note(place: Place, now: NewDeployment | null, { byRules }: { readonly byRules: boolean }): Promise<void> {
    const [before] = await this.#store.findDeployments([place]);
    if (now === null) {
      if (before !== undefined) await this.remove(before);
      return;
    }
    if (before !== undefined && isSame(before, now)) {
      if (byRules) this.again(before);
      return;
    }
    if (before !== undefined) await this.remove(before);
    const [subject] = await this.#store.findSubjects([{ identityId: place.identityId, at: 0 }]);
    const deployment: Deployment = { ...now, key: subject?.key ?? '', base: 'no_sha', isRollback: false };
    await this.#store.saveDeployments([deployment]);
    this.moved.push(deployment);
    this.retold.push(deployment.identityId);
    this.again(deployment);
    await this.#queueNext(deployment);
  }

  async remove(deployment: Deployment): Promise<void> {
    await this.#store.removeDeployments([deployment]);
    this.#queue.delete(keyOfPlace(deployment));
    this.moved.push(deployment);
    this.retold.push(deployment.identityId);
    await this.#replaceDerived(deployment, []);
    await this.#queueNext(deployment);
  }

  async #queueNext(deployment: Deployment): Promise<void> {
    const next = await this.#store.findNextTo(deployment, 'after');
    if (next !== null) this.again(next);
  }

  /** The earliest first: what is later depends on it, and never the other way round. */
  async settleAll(): Promise<void> {
    for (;;) {
      const [first] = [...this.#queue.values()].sort(compareDeployments);
      if (first === undefined) return;
      this.#queue.delete(keyOfPlace(first));
      await this.#settle(first);
    }
  }

  async #settle(deployment: Deployment): Promise<void> {
    const { base, isRollback, wants } = await this.#changesOf(deployment);
    if (base !== deployment.base || isRollback !== deployment.isRollback) {
      await this.#store.saveDeployments([{ ...deployment, base, isRollback }]);
      this.retold.push(deployment.identityId);
    }
    await this.#replaceDerived(deployment, wants);
  }

  /** Puts what was computed in place of what was, and looks again at who depends on the difference. */
  async #replaceDerived(deployment: Deployment, wants: readonly Want[]): Promise<void> {
    const { identityId, ordinal } = deployment;
    const before = (await this.#store.findWants([{ identityId, ordinal }])).filter(
      ({ origin }) => origin === 'derived',
    );
    const text = ({ key, as }: Want) => `${as} ${key}`;
    const [was, is] = [new Set(before.map(text)), new Set(wants.map(text))];
    const remove = before.filter((want) => !is.has(text(want)));
    const add = wants.filter((want) => !was.has(text(want)));
    if (remove.length === 0 && add.length === 0) return;
    await this.#store.saveWants({ remove, add });
    this.changed.add([deployment]);
    if ([...remove, ...add].some(({ as }) => as === 'carries')) this.retold.push(identityId);
    await this.#queueDependents(deployment, [...remove, ...add]);
  }

  async #queueDependents(deployment: Deployment, changed: readonly Want[]): Promise<void> {
    const commits = changed.map(({ key }) => referenceFromKey(key)).filter(({ type }) => type === 'commit');
    const keys = commits.flatMap(({ value, scope }) => [
      referenceKey({ type: 'commit', value, scope }),
      referenceKey({ type: 'push', value, scope }),
    ]);
    const wanters = await this.#store.findWanters([...new Set(keys)].map((key) => ({ key })));
    const dependents = await this.#store.findDeployments(wanters.filter(isComputed));
    for (const one of dependents) if (isLater(one, deployment)) this.again(one);
  }

  async #changesOf(deployment: Deployment): Promise<{
    readonly base: Deployment['base'];
    readonly isRollback: boolean;
    readonly wants: Want[];
  }> {
    const { commit } = deployment;
    if (commit === null) return { base: 'no_sha', isRollback: false, wants: [] };
    const derive = (type: 'commit' | 'push', value: string, as: 'carries' | 'history'): Want => ({
      identityId: deployment.identityId,
      ordinal: deployment.ordinal,
      key: referenceKey({ type, value, scope: deployment.scope ?? '' }),
      as,
      via: 'field',
      rank: 0,
      origin: 'derived',
      at: 0,
    });
    const deployed = [derive('commit', commit, 'history'), derive('push', commit, 'history')];
    const before = await this.#store.findNextTo(deployment, 'before');
    if (before === null)
      return {
        base: 'first_deployment',
        isRollback: false,
        wants: unique([...deployed, ...(await this.#below(deployment, derive))]),
      };
    if (await this.#isCovered(deployment, commit)) {
      const { isRollback, wants } = await this.#comparison(commit, before, derive);
      return { base: 'known', isRollback, wants: unique([...deployed, ...wants]) };
    }
    const walked = await this.#walk(deployment, derive);
    return { base: walked.base, isRollback: false, wants: unique([...deployed, ...walked.wants]) };
  }

  /** All that the first deployment stands on was there before, and is nothing that a later one brought. */
  async #below({ commit, scope }: Deployment, derive: Derive): Promise<Want[]> {
    const wants: Want[] = [];
    let last = commit ?? '';
    for await (const step of walkBack(this.#transaction, last, scope)) {
      last = step.commit;
      wants.push(derive('commit', last, 'history'));
      if (wants.length >= MAX_BELOW) return wants;
    }
    return [...wants, derive('push', last, 'history')];
  }

  /** Back from what was deployed, to what had been deployed there before. */
  async #walk(deployment: Deployment, derive: Derive): Promise<{ base: Deployment['base']; wants: Want[] }> {
    const { commit: deployed, scope } = deployment;
    const wants: Want[] = [];
    let push: Push | null = null;
    let last = deployed ?? '';
    let isTruncated = false;
    for await (const step of walkBack(this.#transaction, last, scope)) {
      const isNextPush = step.push === null || step.push.key !== push?.key;
      push = step.push;
      last = step.commit;
      const isCovered = await this.#isCovered(deployment, last);
      // Inside of a push a commit may have been deployed from its own branch, and those before it may not.
      if (isNextPush && isCovered) {
        const base = isTruncated ? 'commits_truncated' : 'known';
        return { base, wants: [...wants, derive('push', last, 'history')] };
      }
      isTruncated ||= push?.isTruncated === true;
      wants.push(isCovered ? derive('push', last, 'history') : await this.#carriedBy(deployment, last, derive));
      if (wants.length >= MAX_COMMITS) break;
    }
    return { base: 'base_unknown', wants: [...wants, derive('push', last, 'history')] };
  }

  async #carriedBy(deployment: Deployment, commit: string, derive: Derive): Promise<Want> {
    return derive('commit', commit, (await this.#isOf(deployment, commit)) ? 'carries' : 'history');
  }

  /** Whether a commit came with an earlier deployment of the same service and environment. */
  async #isCovered(deployment: Deployment, commit: string): Promise<boolean> {
    const key = referenceKey({ type: 'commit', value: commit, scope: deployment.scope ?? '' });
    return await this.#store.isDeployedBefore(deployment, key);
  }

  /** Whether what is deployed now was in what was deployed before, so that this goes back to it; and what that hangs on. */
  async #comparison(
    commit: string,
    before: Deployment,
    derive: Derive,
  ): Promise<{ readonly isRollback: boolean; readonly wants: Want[] }> {
    const wants: Want[] = [];
    if (before.commit === null || before.commit === commit) return { isRollback: false, wants };
    for await (const step of walkBack(this.#transaction, before.commit, before.scope)) {
      if (step.commit === commit) return { isRollback: true, wants };
      wants.push(derive('push', step.commit, 'history'));
      if (wants.length >= MAX_COMPARED) break;
    }
    return { isRollback: false, wants };
  }

  /** In a repository of several services a commit belongs to those whose files it changes. */
  async #isOf({ service }: Deployment, commit: string): Promise<boolean> {
    if (!this.#ruling.knowsService(service)) return true;
    const key = keyPrefix('commit', commit, { whole: true });
    const provisions = (await this.#store.findProviders([{ key, isPrefix: true }], MAX_PROVIDERS)).get(key) ?? [];
    const subjects = await this.#store.findSubjects(provisions.map(({ identityId }) => ({ identityId, at: 0 })));
    const commits = subjects.filter((subject) => identityFromKey(subject.key).kind === 'commit');
    const told = await this.#transaction.findObservations(commits.map(({ identityId }) => identityId));
    // An import knows no files, and takes nothing back that a push has told of them.
    const facts = [...told.values()].flatMap(mergeFacts).filter((event) => event.facts?.paths !== undefined);
    const services = facts.map((event) => this.#ruling.servicesIn(event));
    return services.length === 0 || services.some((some) => some.has(service) || some.has(null));
  }
}

const MAX_PROVIDERS = 64;

type Derive = (type: 'commit' | 'push', value: string, as: 'carries' | 'history') => Want;

function isComputed({ as }: Wanter): boolean {
  return as === 'carries' || as === 'history';
}

function compareDeployments(a: LanePosition, b: LanePosition): number {
  return a.finishedAt - b.finishedAt || compareText(a.key, b.key) || a.ordinal - b.ordinal;
}

/** Of the same service and environment, and after it. */
function isLater(one: Deployment, than: Deployment): boolean {
  const isSameLane = one.service === than.service && one.environment === than.environment;
  return isSameLane && compareDeployments(one, than) > 0;
}

function isSame(before: Deployment, now: NewDeployment): boolean {
  return (
    before.service === now.service &&
    before.environment === now.environment &&
    before.isProduction === now.isProduction &&
    before.finishedAt === now.finishedAt &&
    before.commit === now.commit &&
    before.scope === now.scope
  );
}

function unique(wants: readonly Want[]): Want[] {
  return [...new Map(wants.map((want) => [`${want.as} ${want.key}`, want])).values()];
}
