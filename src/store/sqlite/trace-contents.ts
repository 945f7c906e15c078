import type { Database, Statement } from 'better-sqlite3';
import type { Attempt } from '../../domain/span.ts';
import type { DeploymentBase, Place } from '../correlation.ts';
import type { SpanLink, TraceLink, TraceSpan } from '../traces.ts';
import { type LinkRow, linkFromRow } from './correlation.ts';
import { type StageRow, stageFromRow } from './history.ts';
import { parseJson } from './json.ts';

export type NamedLinkRow = LinkRow & { readonly span_id: string };

/** A place in a trace: below what it stands, or by which link it was reached. */
export interface Grown extends Place {
  readonly parent: Place | null;
  readonly via: TraceSpan['via'];
}

interface SpanRow {
  readonly span_id: string;
  readonly source: string;
  readonly attempt: string;
  readonly base: DeploymentBase | null;
}

/** Of which place, by its number among those that were asked for. */
type Of<Row> = Row & { readonly place: number };

/** `?`: places as JSON, each `[identity, ordinal]`; they are gone through in this order. */
const PLACES = 'json_each(?) j CROSS JOIN';
const AT_PLACE = (table: string) => `${table}.identity_id = j.value ->> 0 AND ${table}.ordinal = j.value ->> 1`;

/** Reads what stands at the places of a trace, all of it at once: a trace may have thousands. */
export class TraceContents {
  readonly #spans: Statement<[string], Of<SpanRow>>;
  readonly #stages: Statement<[string], Of<StageRow>>;
  readonly #links: Statement<[string], Of<NamedLinkRow>>;

  constructor(database: Database) {
    this.#spans = database.prepare(
      `SELECT j.key AS place, i.span_id, s.source, s.attempt, d.base FROM ${PLACES} spans s ON ${AT_PLACE('s')}
       JOIN identities i ON i.id = s.identity_id
       LEFT JOIN deployments d ON d.identity_id = s.identity_id AND d.ordinal = s.ordinal ORDER BY j.key`,
    );
    this.#stages = database.prepare(
      `SELECT j.key AS place, g.key, g.name, g.category, g.started_at, g.finished_at
       FROM ${PLACES} stages g ON ${AT_PLACE('g')} ORDER BY j.key, g.number`,
    );
    this.#links = database.prepare(
      `SELECT j.key AS place, l.*, i.span_id FROM ${PLACES} links l ON ${AT_PLACE('l')} JOIN identities i ON i.id = l.to_id
       WHERE l.kind <> 'ambiguous' ORDER BY j.key, l.is_parent DESC, l.kind, i.span_id`,
    );
  }

  /** The spans at these places, in their order, and the links of which both ends are among them. */
  read(places: readonly Grown[]): { readonly spans: TraceSpan[]; readonly links: TraceLink[] } {
    const asked = JSON.stringify(places.map(({ identityId, ordinal }) => [identityId, ordinal]));
    const rows = this.#spans.all(asked);
    if (rows.length !== places.length) throw new RangeError('a place of a trace has no span');
    const stages = Map.groupBy(this.#stages.all(asked), ({ place }) => place);
    const spanIds = new Map(places.map(({ identityId }, place) => [identityId, rows[place]?.span_id ?? '']));
    const spans = rows.map(({ place, span_id: spanId, source, attempt, base }): TraceSpan => {
      const { parent = null, via = null } = places[place] ?? {};
      return {
        ...{ spanId, source, attempt: parseJson<Attempt>(attempt), base, via },
        stages: (stages.get(place) ?? []).map(stageFromRow),
        parent: parent === null ? null : { spanId: spanIds.get(parent.identityId) ?? '', attempt: parent.ordinal },
      };
    });
    const links = this.#links
      .all(asked)
      .filter(({ to_id }) => spanIds.has(to_id))
      .map((row): TraceLink => {
        const from = { spanId: spanIds.get(row.identity_id) ?? '', attempt: row.ordinal };
        return { ...spanLinkFromRow(row), from };
      });
    return { spans, links };
  }
}

export function spanLinkFromRow(row: NamedLinkRow): SpanLink {
  const { kind, toAttempt, certainty, reason, isParent, isDropped } = linkFromRow(row);
  if (kind === 'ambiguous') throw new RangeError('what is ambiguous is no link');
  return { kind, spanId: row.span_id, attempt: toAttempt, certainty, reason, isParent: isParent && !isDropped };
}
