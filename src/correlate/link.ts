import { canonical } from '../domain/canonical.ts';
import type { IdentityId } from '../store/contract.ts';
import type { CorrelationStore, Node, Place, StoredLink } from '../store/correlation.ts';
import { candidatesFor } from './candidates.ts';
import { type Edge, edgesToDrop } from './cycles.ts';
import { incidentsAfter } from './incidents.ts';
import { keyOfPlace } from './places.ts';
import { linksOf } from './resolve.ts';

/** More below one span are told of their new trace later, so that one delivery never waits for a million others. */
const MAX_RETRACED = 200;
/** A chain of causes that is longer is followed no further. */
const MAX_ANCESTORS = 2_000;

interface Changed {
  /** Identities that have a new revision in this transaction anyway. */
  readonly fed: readonly IdentityId[];
  /** Of these something else is told now than their links. */
  readonly retold: readonly IdentityId[];
  /** These have another attempt than before, or one at another time. */
  readonly relived: readonly IdentityId[];
}

/** Forms the links of these places anew; what differs is written and fed on. */
export async function linkPlaces(
  store: CorrelationStore,
  places: readonly Place[],
  { fed, retold, relived }: Changed,
): Promise<void> {
  const touched = new Set<IdentityId>(retold);
  const moved = new Map<IdentityId, Set<IdentityId>>();
  const nodes = new Map((await store.findNodes(places)).map((node) => [keyOfPlace(node), node]));
  for (const place of places.filter(({ ordinal }) => ordinal > 0))
    if (!nodes.has(keyOfPlace(place))) await replaceWhereOther(store, place, [], { touched, moved });
  for (const node of nodes.values())
    await replaceWhereOther(store, node, await linksFor(store, node), { touched, moved });
  const turned = await dropCircles(store, moved);
  for (const id of turned) touched.add(id);
  const divided = await dividedAmong(store, relived);
  for (const id of await below(store, [...new Set([...moved.keys(), ...turned, ...divided])])) touched.add(id);
  const known = new Set(fed);
  await store.touch([...touched].filter((id) => !known.has(id)));
}

async function linksFor(store: CorrelationStore, node: Node): Promise<StoredLink[]> {
  const { identityId, ordinal, isFirst } = node;
  const places = [{ identityId, ordinal }, ...(isFirst ? [{ identityId, ordinal: 0 }] : [])];
  const wants = await store.findWants(places);
  const links = wants.length === 0 ? [] : linksOf(node, await candidatesFor(store, node, wants));
  return [...links, ...(await incidentsAfter(store, node))];
}

async function replaceWhereOther(
  store: CorrelationStore,
  { identityId, ordinal }: Place,
  links: readonly StoredLink[],
  { touched, moved }: { touched: Set<IdentityId>; moved: Map<IdentityId, Set<IdentityId>> },
): Promise<void> {
  const place = { identityId, ordinal };
  const before = await store.findLinks([place]);
  // Whether a parent has to go for a circle is decided of all of them together.
  const after = links.map((link) => ({ ...link, isDropped: before.some((one) => one.isDropped && isSame(one, link)) }));
  if (textOf(before) === textOf(after)) return;
  await store.replaceLinks(place, after);
  touched.add(identityId);
  const [was, is] = [parentIn(before), parentIn(after)];
  // How strong it is decides where a circle is cut.
  if (was?.toId === is?.toId && was?.precedence === is?.precedence) return;
  const reached = moved.get(identityId) ?? new Set();
  for (const link of [was, is]) if (link !== undefined) reached.add(link.toId);
  moved.set(identityId, reached);
}

function isSame(one: StoredLink, other: StoredLink): boolean {
  return one.isParent && other.isParent && one.toId === other.toId;
}

function textOf(links: readonly StoredLink[]): string {
  return links.map(canonical).sort().join('\n');
}

function parentIn(links: readonly StoredLink[]): StoredLink | undefined {
  return links.find(({ isParent }) => isParent);
}

/** Decides anew which parents close a circle, among all that can be reached from what has got another parent. */
async function dropCircles(
  store: CorrelationStore,
  moved: ReadonlyMap<IdentityId, ReadonlySet<IdentityId>>,
): Promise<IdentityId[]> {
  if (moved.size === 0) return [];
  const links = await ancestry(
    store,
    [...moved].flatMap(([id, reached]) => [id, ...reached]),
  );
  if (!hasCircle(links)) return [];
  const ids = [...new Set(links.flatMap(({ identityId, toId }) => [identityId, toId]))];
  const keys = new Map(
    (await store.findSubjects(ids.map((identityId) => ({ identityId, at: 0 })))).map((one) => [
      one.identityId,
      one.key,
    ]),
  );
  const edges = new Map(links.map((link): [Edge, StoredLink] => [edgeOf(link, keys), link]));
  const dropped = edgesToDrop([...edges.keys()]);
  const turned = [...edges].filter(([edge, { isDropped }]) => dropped.has(edge) !== isDropped);
  for (const [edge, link] of turned) {
    const all = await store.findLinks([link]);
    await store.replaceLinks(
      link,
      all.map((one) => (one.isParent ? { ...one, isDropped: dropped.has(edge) } : one)),
    );
  }
  return turned.map(([, { identityId }]) => identityId);
}

function edgeOf({ identityId, ordinal, toId, precedence }: StoredLink, keys: ReadonlyMap<IdentityId, string>): Edge {
  return { child: keys.get(identityId) ?? '', ordinal, parent: keys.get(toId) ?? '', precedence };
}

async function ancestry(store: CorrelationStore, from: readonly IdentityId[]): Promise<StoredLink[]> {
  const found: StoredLink[] = [];
  const seen = new Set<IdentityId>();
  let open = [...new Set(from)];
  while (open.length > 0 && seen.size < MAX_ANCESTORS) {
    for (const id of open) seen.add(id);
    const links = await store.findParentLinks(open);
    found.push(...links);
    open = [...new Set(links.map(({ toId }) => toId))].filter((id) => !seen.has(id));
  }
  return found;
}

/** A circle that was cut before has a dropped link; a new one leads back to where it began. */
function hasCircle(links: readonly StoredLink[]): boolean {
  if (links.some(({ isDropped }) => isDropped)) return true;
  const left = new Map<IdentityId, StoredLink[]>(Map.groupBy(links, ({ identityId }) => identityId));
  const isDone = (id: IdentityId) => !left.has(id);
  let before = -1;
  while (left.size !== before) {
    before = left.size;
    for (const [id, own] of left) if (own.every(({ toId }) => isDone(toId))) left.delete(id);
  }
  return left.size > 0;
}

/** Those whose attempts are in several traces: what is below belongs to that of the attempt at its time. */
async function dividedAmong(store: CorrelationStore, identityIds: readonly IdentityId[]): Promise<IdentityId[]> {
  const divided: IdentityId[] = [];
  for (const id of identityIds) {
    const parents = await store.findParentLinks([id]);
    if (parents.length === 0) continue;
    const attempts = await store.findAttempts(id, parents.length + 1);
    if (new Set(parents.map(({ toId }) => toId)).size > 1 || attempts.length > parents.length) divided.push(id);
  }
  return divided;
}

/** Everything below these has come into another trace. */
async function below(store: CorrelationStore, from: readonly IdentityId[]): Promise<IdentityId[]> {
  const seen = new Set(from);
  let open = [...from];
  while (open.length > 0) {
    const found = await store.findChildren(open, MAX_RETRACED + 1);
    const children = [...new Set(found)].filter((id) => !seen.has(id));
    if (seen.size + children.length > MAX_RETRACED + from.length) {
      await store.addRetraces(open);
      break;
    }
    for (const id of children) seen.add(id);
    open = children;
  }
  return [...seen];
}

/**
 * Touches some of what is below spans that have come into another trace, where these were too many at once. Answers
 * whether there is more.
 */
export async function retraceSome(store: CorrelationStore, limit: number): Promise<boolean> {
  const children = await store.takeRetraced(limit);
  if (children === null) return false;
  await store.touch(children);
  await store.addRetraces(children);
  return true;
}
