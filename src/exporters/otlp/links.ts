import { own } from '../../domain/conventions.ts';
import { parseTraceparent } from '../../domain/trace-context.ts';
import type { ExportPlace, ExportSubject } from '../../store/exports.ts';
import { defined } from './attributes.ts';
import type { Lineage, Pinning } from './pinning.ts';
import type { RecordLink, SpanRecord } from './record.ts';

/** OpenTelemetry's limit: https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits */
const MAX_LINKS = 128;
/** As custom HTTP keeps what it was told. */
const TRACEPARENT = 'traceparent';

/**
 * The links of a span to others:
 * - its own, each with its kind and how sure it is;
 * - to what caused it, where that is in another trace: of its own in mode `staged` (`caused_by`), or because it was found
 *   after the ids had been given out (`late_parent`);
 * - to what it caused and was exported, in another trace, before that was known (`caused`);
 * - to its life before (`previous_attempt`);
 * - of an incident, to the deployment that caused it (`after_deployment`): that was exported long before;
 * - to the span in which its sender was when it told of it (`traceparent`), be that ours or another program's.
 */
export function linksOf(subject: ExportSubject, pinning: Pinning): Pick<SpanRecord, 'links' | 'droppedLinks'> {
  const { lineage, links, linksBeyond, previous, children, deployments } = subject;
  const parent = pinning.parentOf(lineage);
  const all: Link[] = [
    ...links.flatMap(({ link, lineage: other }) => {
      if (link.isParent && parent !== null) return [];
      const kind = link.isParent && !pinning.isApart(lineage) ? 'late_parent' : link.kind;
      return linkTo(other, kind, link.certainty);
    }),
    ...linkTo(previous, 'previous_attempt'),
    ...deployments.flatMap((deployment) => linkTo(deployment, 'after_deployment')),
    ...children.flatMap((child) => lateChild(child, lineage, pinning)),
  ];
  const ours = all.slice(0, MAX_LINKS).map((link) => recordOf(link, pinning));
  const known = new Set([pinning.idsOf(lineage).spanId, parent?.spanId, ...ours.map(({ spanId }) => spanId)]);
  const told = linkToTeller(subject).filter(({ spanId }) => !known.has(spanId));
  return {
    links: [...told, ...ours].slice(0, MAX_LINKS),
    droppedLinks: Math.max(0, told.length + all.length - MAX_LINKS) + linksBeyond,
  };
}

/** What its sender was in, by the ids that the backend has of it; it need not have any of ours to find it. */
function linkToTeller({ attempt: { tags } }: ExportSubject): RecordLink[] {
  const told = Object.hasOwn(tags, TRACEPARENT) ? parseTraceparent(String(tags[TRACEPARENT])) : null;
  if (told === null) return [];
  const { traceId, spanId } = told;
  return [{ traceId, spanId, attributes: defined({ [own.linkKind]: 'traceparent' }) }];
}

interface Link {
  readonly to: Lineage;
  readonly kind: string;
  readonly certainty: string | null;
}

function linkTo(to: readonly ExportPlace[], kind: string, certainty: string | null = null): Link[] {
  return isLineage(to) ? [{ to, kind, certainty }] : [];
}

function recordOf({ to, kind, certainty }: Link, pinning: Pinning): RecordLink {
  const { traceId, spanId } = pinning.idsOf(to);
  const attributes = defined({
    [own.linkKind]: kind,
    [own.linkCertainty]: certainty,
    [own.linkSpanId]: to[0].spanId,
  });
  return { traceId, spanId, attributes };
}

function lateChild(child: ExportPlace, parent: Lineage, pinning: Pinning): Link[] {
  // Where each piece of work has its own trace, the child has the link already.
  if (pinning.isApart([child, ...parent])) return [];
  return child.pin === null || child.pin.traceId === pinning.idsOf(parent).traceId
    ? []
    : linkTo([child, ...parent], 'caused');
}

function isLineage(places: readonly ExportPlace[]): places is Lineage {
  return places.length > 0;
}
