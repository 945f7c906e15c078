import type { Certainty, LinkKind, LinkReason } from '../domain/link.ts';
import type { Pin } from '../domain/pin.ts';
import type { Attempt, FoldedAttempt, StageSpan } from '../domain/span.ts';
import type { DeliveryId } from './contract.ts';
import type { DeploymentBase } from './correlation.ts';

/** A link as it goes out from one span to another. */
export interface SpanLink {
  readonly kind: LinkKind;
  readonly spanId: string;
  /** Where what made the link names one; else the whole operation is meant. */
  readonly attempt: number | null;
  readonly certainty: Certainty;
  readonly reason: LinkReason;
  /** Whether it is the cause that counts. */
  readonly isParent: boolean;
}

/** Where a span stands. */
export interface TracePlace {
  /** The span id of the root. */
  readonly traceId: string;
  readonly parentSpanId: string | null;
  readonly links: readonly SpanLink[];
  /** Its ids in tracing backends; null until they were given out. */
  readonly otel: Pin | null;
}

export interface LinkedAttempt extends FoldedAttempt {
  readonly place: TracePlace;
}

/** A link with the deliveries that told both of its ends. */
export interface ExplainedLink extends SpanLink {
  readonly fromAttempt: number;
  readonly wantedIn: readonly DeliveryId[];
  readonly providedIn: readonly DeliveryId[];
}

/** A link that comes in from another span. */
export interface IncomingLink {
  readonly kind: LinkKind;
  readonly spanId: string;
  readonly attempt: number;
  readonly certainty: Certainty;
}

/** All about how one span is linked. */
export interface SpanLinks {
  readonly links: readonly ExplainedLink[];
  /** The first of them; there may be very many. */
  readonly incoming: readonly IncomingLink[];
  /** Names that may be any of several spans, so that they lead to none. */
  readonly ambiguous: readonly { readonly key: string; readonly spanIds: readonly string[] }[];
  /** What it wants and nothing provides, yet. */
  readonly waiting: readonly Pick<LinkReason, 'key' | 'via'>[];
  readonly deployments: readonly {
    readonly attempt: number;
    readonly base: DeploymentBase;
    readonly isRollback: boolean;
    readonly commits: number;
  }[];
}

/** A span of a trace. */
export interface TraceSpan {
  readonly spanId: string;
  readonly source: string;
  readonly attempt: Attempt;
  readonly stages: readonly StageSpan[];
  /** The parent's span id and attempt; null for a root, and for what is not of the tree. */
  readonly parent: { readonly spanId: string; readonly attempt: number } | null;
  /** Of a successful deployment, against what its commits are counted. */
  readonly base: DeploymentBase | null;
  /** By which link it was reached, where it belongs to another tree. */
  readonly via: 'carries' | 'caused_incident' | null;
}

export interface TraceLink extends SpanLink {
  readonly from: { readonly spanId: string; readonly attempt: number };
}

export interface StoredTrace {
  readonly traceId: string;
  /** The root first, then by start. */
  readonly spans: readonly TraceSpan[];
  /** Links of which both ends are in the trace. */
  readonly links: readonly TraceLink[];
  /** Whether there is more than the limit let through. */
  readonly isTruncated: boolean;
}
