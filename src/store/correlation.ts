import type { EpochMs } from '../domain/event.ts';
import type { Certainty, LinkKind, LinkReason, WantedAs } from '../domain/link.ts';
import type { Via } from '../domain/reference.ts';
import type { IdentityId } from './contract.ts';

/** One attempt of one identity; the ordinal 0 stands for what was told before there was any. */
export interface Place {
  readonly identityId: IdentityId;
  readonly ordinal: number;
}

/** A reference that an identity provides, by its key; of a run also which attempt it names. */
export interface Provision {
  readonly identityId: IdentityId;
  readonly key: string;
  readonly attempt: number | null;
}

/** A reference that is wanted. */
export interface Want extends Place {
  readonly key: string;
  readonly as: WantedAs;
  readonly via: Via;
  /** The position among what was mentioned together; the foremost first. */
  readonly rank: number;
  /**
   * Who says so: an event, for good; the texts and fields as they are at last; or what was computed for a deployment. Each
   * of the latter two is replaced as a whole.
   */
  readonly origin: 'told' | 'mentioned' | 'derived';
  /** The time of the attempt, where the reference is one to something that passes (a branch); else 0. */
  readonly at: EpochMs;
}

/** Finds what has exactly this key, or every key that begins with it. */
export interface KeyLookup {
  readonly key: string;
  readonly isPrefix?: boolean;
  /** Of who provides it only those of whom an attempt had begun and not ended at this time. */
  readonly inForceAt?: EpochMs;
}

/** Finds who wants this, or anything whose key begins with it; where it passes only those of a time. */
export interface WanterLookup extends Omit<KeyLookup, 'inForceAt'> {
  readonly between?: { readonly from: EpochMs; readonly to: EpochMs };
}

export interface Wanter extends Place {
  readonly as: WantedAs;
}

/** An identity that goes by a name, and from when to when that was its newest one. */
export interface NamedIdentity {
  readonly identityId: IdentityId;
  readonly validFrom: EpochMs;
  readonly validTo: EpochMs | null;
}

/** What may be linked to, as it is at a time. */
export interface Subject {
  readonly identityId: IdentityId;
  readonly key: string;
  readonly spanId: string;
  /** Of its last attempt; null where there is none: nothing that could be linked to. */
  readonly operation: string | null;
  /** Whether any of its attempts had begun and not ended then. */
  readonly isInForce: boolean;
}

/** What correlation has to know of an attempt. */
export interface AttemptState {
  readonly ordinal: number;
  readonly operation: string;
  readonly project: string;
  readonly startedAt: EpochMs | null;
  readonly finishedAt: EpochMs | null;
  readonly result: string | null;
}

/** An attempt that is to be linked. */
export interface Node extends Place, AttemptState {
  readonly key: string;
  readonly spanId: string;
  readonly isFirst: boolean;
}

export interface StoredLink extends Place {
  /** `ambiguous`: it may be any of several, so that it is no link; kept to be told. */
  readonly kind: LinkKind | 'ambiguous';
  readonly toId: IdentityId;
  /** Where the reference names one. */
  readonly toAttempt: number | null;
  readonly certainty: Certainty;
  readonly reason: LinkReason;
  /** Whether it is the cause that counts. */
  readonly isParent: boolean;
  /** Of a parent: lower is stronger. */
  readonly precedence: number;
  /** It would close a circle of causes, of which it is the weakest. */
  readonly isDropped: boolean;
}

/** A finished, successful deployment; what those of one service and environment carry follows from their order. */
export interface Deployment extends Place {
  /** The identity's key: the order of those that finished at one time. */
  readonly key: string;
  readonly service: string;
  readonly environment: string;
  readonly isProduction: boolean;
  readonly finishedAt: EpochMs;
  /** What was deployed, and of which repository; null where it is not told. */
  readonly commit: string | null;
  readonly scope: string | null;
  readonly base: DeploymentBase;
  readonly isRollback: boolean;
}

/**
 * Against what the changes of a deployment are counted: the deployment before (`known`), nothing (`first_deployment`),
 * or as far back as pushes are known (`base_unknown`), or told (`commits_truncated`); `no_sha` where it does not tell what
 * was deployed.
 */
export const deploymentBases = ['known', 'first_deployment', 'base_unknown', 'commits_truncated', 'no_sha'] as const;
export type DeploymentBase = (typeof deploymentBases)[number];

/** Where a deployment stands among those of its service and environment. */
export type LanePosition = Pick<Deployment, 'service' | 'environment' | 'finishedAt' | 'key' | 'ordinal'>;

export interface Incident extends Place {
  readonly service: string;
  readonly startedAt: EpochMs;
}

/**
 * The index by which references meet, and the links that formed. Part of a transaction: every operation takes a batch, as
 * those do.
 */
export interface CorrelationStore {
  /** Adds what is new, and answers with it. */
  addProvisions(provisions: readonly Provision[]): Promise<Provision[]>;
  /** Puts these in place of all that an identity provides; answers with the keys that came or went. */
  replaceProvisions(identityId: IdentityId, provisions: readonly Provision[]): Promise<string[]>;
  findProvisions(identityIds: readonly IdentityId[]): Promise<Provision[]>;
  /** Who provides this, at most `limit` for each lookup; those whom nothing answers are absent. */
  findProviders(lookups: readonly KeyLookup[], limit: number): Promise<Map<string, Provision[]>>;

  findWants(places: readonly Place[]): Promise<Want[]>;
  findAllWants(identityIds: readonly IdentityId[]): Promise<Want[]>;
  saveWants(change: { readonly remove: readonly Want[]; readonly add: readonly Want[] }): Promise<void>;
  findWanters(lookups: readonly WanterLookup[]): Promise<Wanter[]>;

  /** Who goes or went by these names; unknown ones are absent. */
  findNames(names: readonly string[]): Promise<Map<string, NamedIdentity[]>>;
  namesOf(identityIds: readonly IdentityId[]): Promise<string[]>;

  /** The attempts of an identity, the last first; at most `limit`. */
  findAttempts(identityId: IdentityId, limit: number): Promise<AttemptState[]>;
  /** Of places without an attempt there is no answer; the ordinal 0 stands for the first attempt. */
  findNodes(places: readonly Place[]): Promise<Node[]>;
  findSubjects(asked: readonly { readonly identityId: IdentityId; readonly at: EpochMs }[]): Promise<Subject[]>;

  findLinks(places: readonly Place[]): Promise<StoredLink[]>;
  findParentLinks(identityIds: readonly IdentityId[]): Promise<StoredLink[]>;
  /** Puts these links in place of all that a place has. */
  replaceLinks(place: Place, links: readonly StoredLink[]): Promise<void>;
  /** Whose parent these are, at most `limit`. */
  findChildren(identityIds: readonly IdentityId[], limit: number): Promise<IdentityId[]>;

  /** Gives identities the next revisions, for what is known of them has changed. */
  touch(identityIds: readonly IdentityId[]): Promise<void>;
  /** Notes that the traces of everything below these have changed, to be touched later. */
  addRetraces(identityIds: readonly IdentityId[]): Promise<void>;
  /** The next up to `limit` spans right below one of these; null where nothing is left to do. */
  takeRetraced(limit: number): Promise<IdentityId[] | null>;

  saveDeployments(deployments: readonly Deployment[]): Promise<void>;
  removeDeployments(places: readonly Place[]): Promise<void>;
  findDeployments(places: readonly Place[]): Promise<Deployment[]>;
  /** Whether a deployment before this one, of the same service and environment, has the commit of this key. */
  isDeployedBefore(deployment: LanePosition, key: string): Promise<boolean>;
  /** Of the same service and environment: the one before or after it in time. */
  findNextTo(deployment: LanePosition, which: 'before' | 'after'): Promise<Deployment | null>;
  /** Of the same service and in production, whatever the environment: the one before or after it in time. */
  findNextInProduction(
    deployment: Omit<LanePosition, 'environment'>,
    which: 'before' | 'after',
  ): Promise<Deployment | null>;
  /** The last one in production of a service to finish in a span of time. */
  findLastDeployment(
    service: string,
    between: { readonly from: EpochMs; readonly to: EpochMs },
  ): Promise<Deployment | null>;

  saveIncidents(incidents: readonly Incident[]): Promise<void>;
  removeIncidents(places: readonly Place[]): Promise<void>;
  findIncidentsAt(places: readonly Place[]): Promise<Incident[]>;
  /** Those of a service that began in a span of time. */
  findIncidents(service: string, between: { readonly from: EpochMs; readonly to: EpochMs }): Promise<Incident[]>;
}
