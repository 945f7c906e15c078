import type { Database, Statement } from 'better-sqlite3';
import type { Event } from '../../domain/event.ts';
import { referenceFromKey, referenceKey } from '../../domain/reference.ts';
import type { DeliveryId } from '../contract.ts';
import type { DeploymentBase, Place } from '../correlation.ts';
import type { ExplainedLink, IncomingLink, SpanLink, SpanLinks, StoredTrace, TracePlace } from '../traces.ts';
import { LAST, type LinkRow, linkFromRow } from './correlation.ts';
import type { Histories } from './history.ts';
import { Pins } from './pins.ts';
import { type Grown, type NamedLinkRow, spanLinkFromRow, TraceContents } from './trace-contents.ts';

/** A chain of causes is never as long; a store that says otherwise must not hold a reader for ever. */
const MAX_DEPTH = 2_000;
const MAX_INCOMING = 500;
const MAX_EXPLAINED = 500;

type ObservedOf = Histories['observedOf'];

/** Reads each only once. */
function memoized<T>(read: (identityId: number) => T): (identityId: number) => T {
  const known = new Map<number, T>();
  return (identityId) => {
    const value = known.get(identityId) ?? read(identityId);
    known.set(identityId, value);
    return value;
  };
}

interface Target {
  readonly link: SpanLink;
  readonly to: Place | null;
}

/** Reads how spans hang together; part of a reader, inside of whose snapshot it is called. */
export class Traces {
  readonly #histories: Histories;
  readonly #pins: Pins;
  readonly #contents: TraceContents;
  readonly #spanId: Statement<[number], string>;
  readonly #identity: Statement<[string], { id: number; key: string }>;
  readonly #attemptKey: Statement<[number, number], string>;
  readonly #links: Statement<[number, number], NamedLinkRow>;
  readonly #allLinks: Statement<[number], NamedLinkRow>;
  readonly #parent: Statement<[number, number], Pick<LinkRow, 'to_id' | 'to_attempt'>>;
  readonly #children: Statement<[number], Pick<LinkRow, 'identity_id' | 'ordinal' | 'to_attempt'>>;
  readonly #carriers: Statement<[number], Pick<LinkRow, 'identity_id' | 'ordinal'>>;
  readonly #incidents: Statement<[number, number], Pick<LinkRow, 'to_id' | 'to_attempt'>>;
  readonly #allIncoming: Statement<[number, number], NamedLinkRow>;
  readonly #inForce: Statement<[number, number], number>;
  readonly #named: Statement<[number, number], number>;
  readonly #first: Statement<[number], number>;
  readonly #at: Statement<[number, number], number>;
  readonly #ordinals: Statement<[number], number>;
  readonly #waiting: Statement<[number], { key: string; via: SpanLink['reason']['via'] }>;
  readonly #deployments: Statement<
    [number],
    { attempt: number; base: DeploymentBase; is_rollback: number; commits: number }
  >;
  readonly #providers: Statement<[string, string], number>;

  constructor(database: Database, histories: Histories) {
    this.#histories = histories;
    this.#pins = new Pins(database);
    this.#contents = new TraceContents(database);
    this.#spanId = database.prepare<[number], string>('SELECT span_id FROM identities WHERE id = ?').pluck();
    this.#identity = database.prepare('SELECT id, key FROM identities WHERE span_id = ?');
    this.#attemptKey = database
      .prepare<[number, number], string>("SELECT attempt ->> '$.key' FROM spans WHERE identity_id = ? AND ordinal = ?")
      .pluck();
    const named = 'SELECT l.*, i.span_id FROM links l JOIN identities i';
    this.#links = database.prepare(
      `${named} ON i.id = l.to_id WHERE l.identity_id = ? AND l.ordinal = ? AND l.kind <> 'ambiguous'
       ORDER BY l.is_parent DESC, l.kind, i.span_id`,
    );
    this.#allLinks = database.prepare(
      `${named} ON i.id = l.to_id WHERE l.identity_id = ? ORDER BY l.ordinal, l.is_parent DESC, l.kind, i.span_id`,
    );
    this.#parent = database.prepare(
      'SELECT to_id, to_attempt FROM links WHERE identity_id = ? AND ordinal = ? AND is_parent = 1 AND is_dropped = 0',
    );
    this.#children = database.prepare(
      `SELECT identity_id, ordinal, to_attempt FROM links
       WHERE to_id = ? AND kind = 'caused_by' AND is_parent = 1 AND is_dropped = 0`,
    );
    this.#carriers = database.prepare("SELECT identity_id, ordinal FROM links WHERE to_id = ? AND kind = 'carries'");
    this.#incidents = database.prepare(
      "SELECT to_id, to_attempt FROM links WHERE identity_id = ? AND ordinal = ? AND kind = 'caused_incident'",
    );
    this.#allIncoming = database.prepare(
      `${named} ON i.id = l.identity_id WHERE l.to_id = ? AND l.kind <> 'ambiguous'
       ORDER BY l.kind, l.identity_id, l.ordinal LIMIT ?`,
    );
    this.#inForce = database
      .prepare<[number, number], number>(
        'SELECT ordinal FROM spans WHERE identity_id = ? AND started_at <= ? ORDER BY ordinal DESC LIMIT 1',
      )
      .pluck();
    this.#named = database
      .prepare<[number, number], number>('SELECT ordinal FROM spans WHERE identity_id = ? AND ordinal = ?')
      .pluck();
    this.#first = database.prepare<[number], number>('SELECT min(ordinal) FROM spans WHERE identity_id = ?').pluck();
    this.#at = database
      .prepare<[number, number], number>('SELECT at FROM spans WHERE identity_id = ? AND ordinal = ?')
      .pluck();
    this.#ordinals = database
      .prepare<[number], number>('SELECT ordinal FROM spans WHERE identity_id = ? ORDER BY ordinal')
      .pluck();
    this.#waiting = database.prepare(
      `SELECT DISTINCT w.key, w.via FROM wanted w WHERE w.identity_id = ? AND w.wanted_as NOT IN ('carries', 'history')
         AND NOT EXISTS (SELECT 1 FROM links l WHERE l.identity_id = w.identity_id AND l.key = w.key)
         AND NOT EXISTS (SELECT 1 FROM provided p WHERE p.key = w.key AND p.identity_id <> w.identity_id)
       ORDER BY w.rank, w.key`,
    );
    this.#deployments = database.prepare(
      `SELECT d.ordinal AS attempt, d.base, d.is_rollback, (SELECT count(*) FROM wanted w
         WHERE w.identity_id = d.identity_id AND w.ordinal = d.ordinal AND w.wanted_as = 'carries') AS commits
       FROM deployments d WHERE d.identity_id = ? ORDER BY d.ordinal`,
    );
    this.#providers = database
      .prepare<[string, string], number>('SELECT identity_id FROM provided WHERE key >= ? AND key < ? LIMIT 64')
      .pluck();
  }

  placeOf(identityId: number, ordinal: number): TracePlace {
    const place = { identityId, ordinal };
    const lineage = this.lineageOf(place);
    const parent = lineage[1];
    const root = lineage.at(-1) ?? place;
    return {
      traceId: this.#spanId.get(root.identityId) ?? '',
      parentSpanId: parent === undefined ? null : (this.#spanId.get(parent.identityId) ?? null),
      links: this.#links.all(identityId, ordinal).map(spanLinkFromRow),
      otel: this.#pins.shownFor(identityId, this.#attemptKey.get(identityId, ordinal) ?? ''),
    };
  }

  /** The place, what caused it, and so on up to the root. */
  lineageOf(place: Place): Place[] {
    const lineage = [place];
    while (lineage.length <= MAX_DEPTH) {
      const parent = this.parentOf(lineage.at(-1) ?? place);
      if (parent === null) break;
      lineage.push(parent);
    }
    return lineage;
  }

  /** The first of its links, each with the attempt that is meant (null where the other one has none); and how many more. */
  targetsOf({ identityId, ordinal }: Place, limit: number): { readonly targets: Target[]; readonly beyond: number } {
    const at = this.#at.get(identityId, ordinal) ?? 0;
    const rows = this.#links.all(identityId, ordinal);
    const targets = rows.slice(0, limit).map((row) => {
      const hasAttempts = this.#first.get(row.to_id) !== null;
      const to = { identityId: row.to_id, ordinal: this.#attemptMeant(row.to_id, row.to_attempt, at) };
      return { link: spanLinkFromRow(row), to: hasAttempts ? to : null };
    });
    return { targets, beyond: rows.length - targets.length };
  }

  parentOf({ identityId, ordinal }: Place): Place | null {
    const link = this.#parent.get(identityId, ordinal);
    if (link === undefined) return null;
    const at = this.#at.get(identityId, ordinal) ?? 0;
    return { identityId: link.to_id, ordinal: this.#attemptMeant(link.to_id, link.to_attempt, at) };
  }

  /** The attempt that a reference names, or that was the newest at the time of who refers to it. */
  #attemptMeant(identityId: number, named: number | null, at: number): number {
    const exact = named === null ? undefined : this.#named.get(identityId, named);
    return exact ?? this.#inForce.get(identityId, at) ?? this.#first.get(identityId) ?? 1;
  }

  explain(spanId: string): SpanLinks {
    const id = this.#identity.get(spanId)?.id;
    if (id === undefined) return { links: [], incoming: [], ambiguous: [], waiting: [], deployments: [] };
    const rows = this.#allLinks.all(id);
    const observedOf = memoized((identityId: number) => this.#histories.observedOf(identityId));
    const explained = rows.filter(({ kind }) => kind !== 'ambiguous').slice(0, MAX_EXPLAINED);
    const links = explained.map((row) => this.#explained(id, row, observedOf));
    const unclear = Map.groupBy(
      rows.filter(({ kind }) => kind === 'ambiguous'),
      ({ key }) => key,
    );
    return {
      links,
      incoming: this.#allIncoming.all(id, MAX_INCOMING).map(incomingFromRow),
      ambiguous: [...unclear].map(([key, several]) => ({ key, spanIds: several.map(({ span_id }) => span_id) })),
      waiting: withoutParts(this.#waiting.all(id)),
      deployments: this.#deployments
        .all(id)
        .map(({ is_rollback, ...row }) => ({ ...row, isRollback: is_rollback === 1 })),
    };
  }

  #explained(identityId: number, row: NamedLinkRow, observedOf: ObservedOf): ExplainedLink {
    const link = spanLinkFromRow(row);
    const { key, through } = link.reason;
    const own = through === null ? [identityId] : this.#commits(through);
    return {
      ...link,
      fromAttempt: row.ordinal,
      wantedIn: own.flatMap((id) =>
        this.#deliveriesOf(observedOf(id), ({ wants, mentions }) => [...(wants ?? []), ...(mentions ?? [])], key),
      ),
      providedIn: this.#deliveriesOf(observedOf(row.to_id), ({ provides }) => provides ?? [], key),
    };
  }

  #commits(sha: string): number[] {
    const key = referenceKey({ type: 'commit', value: sha, scope: '' });
    return this.#providers.all(key, `${key}${LAST}`);
  }

  /** The deliveries in which an identity tells this reference, or one whose name is longer or whose commit is whole. */
  #deliveriesOf(
    observed: ReturnType<ObservedOf>,
    read: (event: Event) => readonly Reference[],
    key: string,
  ): DeliveryId[] {
    const wanted = referenceFromKey(key);
    const found = observed
      .filter(({ event }) => read(event).some((one) => isMeant(one, wanted)))
      .flatMap(({ deliveryIds }) => deliveryIds);
    return [...new Set(found)].sort((a, b) => a - b);
  }

  /** The whole tree below the root of a span's trace, and what its changes led to. */
  trace(spanId: string, limit: number): StoredTrace | null {
    const identity = this.#identity.get(spanId);
    if (identity === undefined) return null;
    const places = this.#ordinals.all(identity.id).map((ordinal) => ({ identityId: identity.id, ordinal }));
    const last = places.at(-1);
    if (last === undefined) return null;
    // What is a root with any of its lives has a trace of its own.
    const root = places.find((place) => this.parentOf(place) === null) ?? this.lineageOf(last).at(-1) ?? last;
    const growing = new Growing(limit);
    this.#growTree(root, growing);
    this.#growVia(growing);
    const traceId = this.#spanId.get(root.identityId) ?? '';
    return { traceId, ...this.#contents.read(growing.all), isTruncated: growing.isFull };
  }

  #growTree(root: Place, growing: Growing): void {
    for (const ordinal of this.#ordinals.all(root.identityId)) {
      const place = { identityId: root.identityId, ordinal };
      if (this.parentOf(place) === null) growing.add({ ...place, parent: null, via: null });
    }
    const childrenOf = memoized((identityId: number) => this.#children.all(identityId));
    for (const place of growing) {
      for (const row of childrenOf(place.identityId)) {
        const child = { identityId: row.identity_id, ordinal: row.ordinal };
        const at = this.#at.get(child.identityId, child.ordinal) ?? 0;
        if (this.#attemptMeant(place.identityId, row.to_attempt, at) !== place.ordinal) continue;
        growing.add({ ...child, parent: place, via: null });
      }
    }
  }

  /** Deployments that carry a change of this trace, and incidents that came after one of them: not what else they carry. */
  #growVia(growing: Growing): void {
    for (const { identityId } of growing.all) {
      for (const row of this.#carriers.all(identityId))
        growing.add({ identityId: row.identity_id, ordinal: row.ordinal, parent: null, via: 'carries' });
    }
    for (const { identityId, ordinal } of growing.all) {
      for (const row of this.#incidents.all(identityId, ordinal))
        growing.add({ identityId: row.to_id, ordinal: row.to_attempt ?? 1, parent: null, via: 'caused_incident' });
    }
  }
}

type Reference = Pick<NonNullable<Event['wants']>[number], 'type' | 'scope' | 'value'>;

function isMeant(one: Reference, wanted: Reference): boolean {
  if (wanted.type === 'commit' && one.type === 'merge') return one.value.startsWith(wanted.value);
  if (one.type !== wanted.type) return false;
  if (one.type === 'span' || one.type === 'commit') return one.value.startsWith(wanted.value);
  return referenceKey(one) === referenceKey(wanted);
}

/** Of a token's names only the whole one: its shorter parts are no names that anybody has written. */
function withoutParts<T extends { readonly key: string }>(waiting: readonly T[]): T[] {
  return waiting.filter(({ key }) => {
    const { type, value } = referenceFromKey(key);
    if (type !== 'span') return true;
    return !waiting.some((other) => other.key !== key && referenceFromKey(other.key).value.startsWith(value));
  });
}

/** A set of places that may grow while it is being walked through. */
class Growing {
  isFull = false;
  readonly #limit: number;
  readonly #byKey = new Map<string, Grown>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(place: Grown): void {
    const key = `${place.identityId} ${place.ordinal}`;
    if (this.#byKey.has(key)) return;
    if (this.#byKey.size >= this.#limit) {
      this.isFull = true;
      return;
    }
    this.#byKey.set(key, place);
  }

  /** As they are now. */
  get all(): Grown[] {
    return [...this.#byKey.values()];
  }

  /** Those too that are added on the way. */
  [Symbol.iterator](): Iterator<Grown> {
    return this.#byKey.values();
  }
}

function incomingFromRow(row: NamedLinkRow): IncomingLink {
  const { kind, certainty, ordinal } = linkFromRow(row);
  if (kind === 'ambiguous') throw new RangeError('what is ambiguous is no link');
  return { kind, spanId: row.span_id, attempt: ordinal, certainty };
}
