import { compareText } from '../domain/canonical.ts';

/** That one identity's attempt has another identity as its parent. */
export interface Edge {
  readonly child: string;
  readonly ordinal: number;
  readonly parent: string;
  /** Lower is stronger. */
  readonly precedence: number;
}

/**
 * Which edges close a circle of causes and have to go, so that every span has a root: from each circle the weakest, and
 * of equally weak ones that of the smallest child. Pure, and the same whatever the order of the edges.
 */
export function edgesToDrop(edges: readonly Edge[]): Set<Edge> {
  const kept = new Set(edges);
  const dropped = new Set<Edge>();
  for (;;) {
    const inCircle = [...kept].filter((edge) => leadsTo(edge.parent, edge.child, kept));
    const weakest = inCircle.sort(byWeakness)[0];
    if (weakest === undefined) return dropped;
    kept.delete(weakest);
    dropped.add(weakest);
  }
}

function byWeakness(a: Edge, b: Edge): number {
  return b.precedence - a.precedence || compareText(a.child, b.child) || a.ordinal - b.ordinal;
}

function leadsTo(from: string, to: string, edges: ReadonlySet<Edge>): boolean {
  const seen = new Set([from]);
  const open = [from];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    if (current === to) return true;
    for (const { child, parent } of edges) {
      if (child !== current || seen.has(parent)) continue;
      seen.add(parent);
      open.push(parent);
    }
  }
  return false;
}
