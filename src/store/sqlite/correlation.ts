import type { Database, Statement } from 'better-sqlite3';
import type { IdentityId, Revision } from '../contract.ts';
import type {
  AttemptState,
  CorrelationStore,
  Deployment,
  Incident,
  KeyLookup,
  LanePosition,
  NamedIdentity,
  Node,
  Place,
  Provision,
  StoredLink,
  Subject,
  Want,
  Wanter,
  WanterLookup,
} from '../correlation.ts';
import { LATEST_REVISION } from './columns.ts';

export interface LinkRow {
  readonly identity_id: number;
  readonly ordinal: number;
  readonly kind: StoredLink['kind'];
  readonly to_id: number;
  readonly to_attempt: number | null;
  readonly certainty: StoredLink['certainty'];
  readonly key: string;
  readonly via: StoredLink['reason']['via'];
  readonly through: string | null;
  readonly is_parent: number;
  readonly precedence: number;
  readonly is_dropped: number;
}

interface WantRow {
  readonly key: string;
  readonly identity_id: number;
  readonly ordinal: number;
  readonly wanted_as: Want['as'];
  readonly via: Want['via'];
  readonly origin: Want['origin'];
  readonly rank: number;
  readonly at: number;
}

type WanterRow = Pick<WantRow, 'identity_id' | 'ordinal' | 'wanted_as'>;

interface StateRow {
  readonly ordinal: number;
  readonly operation: string;
  readonly project: string;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly result: string | null;
}

interface DeploymentRow {
  readonly identity_id: number;
  readonly ordinal: number;
  readonly key: string;
  readonly service: string;
  readonly environment: string;
  readonly is_production: number;
  readonly finished_at: number;
  readonly commit_sha: string | null;
  readonly scope: string | null;
  readonly base: Deployment['base'];
  readonly is_rollback: number;
}

interface IncidentRow {
  readonly identity_id: number;
  readonly ordinal: number;
  readonly service: string;
  readonly started_at: number;
}

interface ProvisionRow {
  readonly key: string;
  readonly identity_id: number;
  readonly attempt: number | null;
}

const STATE = 's.ordinal, s.operation, s.project, s.started_at, s.finished_at, s.result';
/** Nothing that a key may go on with stands behind it. */
export const LAST = '\u{10FFFF}';
const IN_LANE = 'SELECT * FROM deployments WHERE service = ? AND environment = ?';
const IN_PRODUCTION = 'SELECT * FROM deployments WHERE is_production = 1 AND service = ?';

/** Prepared once for the writer's connection. */
export class CorrelationStatements {
  readonly addProvision: Statement<[string, number, number | null]>;
  readonly provisionsOf: Statement<[number], ProvisionRow>;
  readonly dropProvision: Statement<[string, number]>;
  readonly providers: Statement<[string, number], ProvisionRow>;
  readonly providersInForce: Statement<[string, number, number, number], ProvisionRow>;
  readonly isDeployedBefore: Statement<unknown[], number>;
  readonly providersFrom: Statement<[string, string, number], ProvisionRow>;
  readonly wantsOf: Statement<[number, number], WantRow>;
  readonly allWantsOf: Statement<[number], WantRow>;
  readonly dropWant: Statement<unknown[]>;
  readonly saveWant: Statement<unknown[]>;
  readonly wanters: Statement<[string], WanterRow>;
  readonly wantersFrom: Statement<[string, string], WanterRow>;
  readonly wantersBetween: Statement<[string, number, number], WanterRow>;
  readonly named: Statement<[string], { identity_id: number; valid_from: number; valid_to: number | null }>;
  readonly namesOf: Statement<[number], string>;
  readonly attempts: Statement<[number, number], StateRow>;
  readonly node: Statement<[number, number], StateRow & { key: string; span_id: string }>;
  readonly firstNode: Statement<[number], StateRow & { key: string; span_id: string }>;
  readonly hasEarlier: Statement<[number, number], number>;
  readonly subject: Statement<
    [number, number, number],
    { key: string; span_id: string; operation: string | null; in_force: number }
  >;
  readonly linksOf: Statement<[number, number], LinkRow>;
  readonly parentLinksOf: Statement<[number], LinkRow>;
  readonly dropLinks: Statement<[number, number]>;
  readonly addLink: Statement<unknown[]>;
  readonly children: Statement<[number, number, number], number>;
  readonly latestRevision: Statement<[], Revision>;
  readonly touch: Statement<[number, number]>;
  readonly addRetrace: Statement<[number]>;
  readonly retrace: Statement<[], { identity_id: number; after_id: number }>;
  readonly moveRetrace: Statement<[number, number]>;
  readonly dropRetrace: Statement<[number]>;
  readonly saveDeployment: Statement<unknown[]>;
  readonly dropDeployment: Statement<[number, number]>;
  readonly deployment: Statement<[number, number], DeploymentRow>;
  readonly deploymentBefore: Statement<unknown[], DeploymentRow>;
  readonly deploymentAfter: Statement<unknown[], DeploymentRow>;
  readonly productionBefore: Statement<unknown[], DeploymentRow>;
  readonly productionAfter: Statement<unknown[], DeploymentRow>;
  readonly lastInProduction: Statement<[string, number, number], DeploymentRow>;
  readonly saveIncident: Statement<[number, number, string, number]>;
  readonly dropIncident: Statement<[number, number]>;
  readonly incident: Statement<[number, number], IncidentRow>;
  readonly incidents: Statement<[string, number, number], IncidentRow>;

  constructor(database: Database) {
    this.addProvision = database.prepare(
      'INSERT INTO provided (key, identity_id, attempt) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.provisionsOf = database.prepare('SELECT * FROM provided WHERE identity_id = ? ORDER BY key');
    this.dropProvision = database.prepare('DELETE FROM provided WHERE key = ? AND identity_id = ?');
    this.providers = database.prepare('SELECT * FROM provided WHERE key = ? ORDER BY identity_id LIMIT ?');
    this.providersInForce = database.prepare(
      `SELECT p.* FROM provided p WHERE p.key = ? AND EXISTS (SELECT 1 FROM spans s WHERE s.identity_id = p.identity_id
         AND s.started_at <= ? AND (s.finished_at IS NULL OR s.finished_at >= ?)) ORDER BY p.identity_id LIMIT ?`,
    );
    this.isDeployedBefore = database
      .prepare<unknown[], number>(
        `SELECT 1 FROM wanted w JOIN deployments d ON d.identity_id = w.identity_id AND d.ordinal = w.ordinal
         WHERE w.key = ? AND w.wanted_as IN ('carries', 'history') AND d.service = ? AND d.environment = ?
           AND (d.finished_at, d.key, d.ordinal) < (?, ?, ?) LIMIT 1`,
      )
      .pluck();
    this.providersFrom = database.prepare(
      'SELECT * FROM provided WHERE key >= ? AND key < ? ORDER BY key, identity_id LIMIT ?',
    );
    this.wantsOf = database.prepare('SELECT * FROM wanted WHERE identity_id = ? AND ordinal = ?');
    this.allWantsOf = database.prepare('SELECT * FROM wanted WHERE identity_id = ?');
    this.dropWant = database.prepare(
      `DELETE FROM wanted WHERE key = ? AND identity_id = ? AND ordinal = ? AND wanted_as = ? AND via = ? AND origin = ?`,
    );
    this.saveWant = database.prepare(
      `INSERT INTO wanted (key, identity_id, ordinal, wanted_as, via, origin, rank, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET rank = excluded.rank, at = excluded.at`,
    );
    this.wanters = database.prepare('SELECT DISTINCT identity_id, ordinal, wanted_as FROM wanted WHERE key = ?');
    this.wantersFrom = database.prepare(
      'SELECT DISTINCT identity_id, ordinal, wanted_as FROM wanted WHERE key >= ? AND key < ?',
    );
    this.wantersBetween = database.prepare(
      'SELECT DISTINCT identity_id, ordinal, wanted_as FROM wanted WHERE key = ? AND at > 0 AND at BETWEEN ? AND ?',
    );
    this.named = database.prepare(
      `SELECT n.identity_id, n.valid_from, (SELECT min(later.valid_from) FROM names later
         WHERE later.identity_id = n.identity_id AND later.valid_from > n.valid_from) AS valid_to
       FROM names n WHERE n.name = ?`,
    );
    this.namesOf = database.prepare<[number], string>('SELECT name FROM names WHERE identity_id = ?').pluck();
    this.attempts = database.prepare(
      `SELECT ${STATE} FROM spans s WHERE s.identity_id = ? ORDER BY s.ordinal DESC LIMIT ?`,
    );
    this.node = database.prepare(
      `SELECT ${STATE}, i.key, i.span_id FROM spans s JOIN identities i ON i.id = s.identity_id
       WHERE s.identity_id = ? AND s.ordinal = ?`,
    );
    this.firstNode = database.prepare(
      `SELECT ${STATE}, i.key, i.span_id FROM spans s JOIN identities i ON i.id = s.identity_id
       WHERE s.identity_id = ? ORDER BY s.ordinal LIMIT 1`,
    );
    this.hasEarlier = database
      .prepare<[number, number], number>('SELECT 1 FROM spans WHERE identity_id = ? AND ordinal < ? LIMIT 1')
      .pluck();
    this.subject = database.prepare(
      `SELECT i.key, i.span_id,
         (SELECT operation FROM spans WHERE identity_id = i.id ORDER BY ordinal DESC LIMIT 1) AS operation,
         EXISTS (SELECT 1 FROM spans WHERE identity_id = i.id AND started_at <= ?
           AND (finished_at IS NULL OR finished_at >= ?)) AS in_force
       FROM identities i WHERE i.id = ?`,
    );
    this.linksOf = database.prepare('SELECT * FROM links WHERE identity_id = ? AND ordinal = ? ORDER BY kind, to_id');
    this.parentLinksOf = database.prepare('SELECT * FROM links WHERE identity_id = ? AND is_parent = 1');
    this.dropLinks = database.prepare('DELETE FROM links WHERE identity_id = ? AND ordinal = ?');
    this.addLink = database.prepare(
      `INSERT INTO links (identity_id, ordinal, kind, to_id, to_attempt, certainty, key, via, through, is_parent,
         precedence, is_dropped) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.children = database
      .prepare<[number, number, number], number>(
        `SELECT DISTINCT identity_id FROM links
         WHERE to_id = ? AND kind = 'caused_by' AND identity_id > ? AND is_parent = 1 AND is_dropped = 0
         ORDER BY identity_id LIMIT ?`,
      )
      .pluck();
    this.latestRevision = database.prepare<[], Revision>(LATEST_REVISION).pluck();
    this.touch = database.prepare('UPDATE identities SET revision = ? WHERE id = ?');
    this.addRetrace = database.prepare(
      'INSERT INTO retraces (identity_id, after_id) VALUES (?, 0) ON CONFLICT DO UPDATE SET after_id = 0',
    );
    this.retrace = database.prepare('SELECT identity_id, after_id FROM retraces ORDER BY identity_id LIMIT 1');
    this.moveRetrace = database.prepare('UPDATE retraces SET after_id = ? WHERE identity_id = ?');
    this.dropRetrace = database.prepare('DELETE FROM retraces WHERE identity_id = ?');
    this.saveDeployment = database.prepare(
      `INSERT OR REPLACE INTO deployments (identity_id, ordinal, key, service, environment, is_production, finished_at,
         commit_sha, scope, base, is_rollback) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.dropDeployment = database.prepare('DELETE FROM deployments WHERE identity_id = ? AND ordinal = ?');
    this.deployment = database.prepare('SELECT * FROM deployments WHERE identity_id = ? AND ordinal = ?');
    this.deploymentBefore = database.prepare(
      `${IN_LANE} AND (finished_at, key, ordinal) < (?, ?, ?) ORDER BY finished_at DESC, key DESC, ordinal DESC LIMIT 1`,
    );
    this.deploymentAfter = database.prepare(
      `${IN_LANE} AND (finished_at, key, ordinal) > (?, ?, ?) ORDER BY finished_at, key, ordinal LIMIT 1`,
    );
    this.productionBefore = database.prepare(
      `${IN_PRODUCTION} AND (finished_at, key, ordinal) < (?, ?, ?)
       ORDER BY finished_at DESC, key DESC, ordinal DESC LIMIT 1`,
    );
    this.productionAfter = database.prepare(
      `${IN_PRODUCTION} AND (finished_at, key, ordinal) > (?, ?, ?) ORDER BY finished_at, key, ordinal LIMIT 1`,
    );
    this.lastInProduction = database.prepare(
      `SELECT * FROM deployments WHERE is_production = 1 AND service = ? AND finished_at BETWEEN ? AND ?
       ORDER BY finished_at DESC, key DESC, ordinal DESC LIMIT 1`,
    );
    this.saveIncident = database.prepare(
      'INSERT OR REPLACE INTO incidents (identity_id, ordinal, service, started_at) VALUES (?, ?, ?, ?)',
    );
    this.dropIncident = database.prepare('DELETE FROM incidents WHERE identity_id = ? AND ordinal = ?');
    this.incident = database.prepare('SELECT * FROM incidents WHERE identity_id = ? AND ordinal = ?');
    this.incidents = database.prepare('SELECT * FROM incidents WHERE service = ? AND started_at BETWEEN ? AND ?');
  }
}

export class SqliteCorrelation implements CorrelationStore {
  readonly #sql: CorrelationStatements;

  constructor(statements: CorrelationStatements) {
    this.#sql = statements;
  }

  async addProvisions(provisions: readonly Provision[]): Promise<Provision[]> {
    return provisions.filter(
      ({ key, identityId, attempt }) => this.#sql.addProvision.run(key, identityId, attempt).changes > 0,
    );
  }

  async replaceProvisions(identityId: IdentityId, provisions: readonly Provision[]): Promise<string[]> {
    const wanted = new Map(provisions.map((provision) => [provision.key, provision]));
    const gone = this.#sql.provisionsOf
      .all(identityId)
      .filter(({ key, attempt }) => !wanted.has(key) || wanted.get(key)?.attempt !== attempt);
    for (const { key } of gone) this.#sql.dropProvision.run(key, identityId);
    const added = await this.addProvisions([...wanted.values()]);
    return [...new Set([...gone, ...added].map(({ key }) => key))];
  }

  async findProvisions(identityIds: readonly IdentityId[]): Promise<Provision[]> {
    return identityIds.flatMap((id) => this.#sql.provisionsOf.all(id).map(provisionFromRow));
  }

  async findProviders(lookups: readonly KeyLookup[], limit: number): Promise<Map<string, Provision[]>> {
    const found = new Map<string, Provision[]>();
    for (const { key, isPrefix, inForceAt } of lookups) {
      const rows =
        inForceAt !== undefined
          ? this.#sql.providersInForce.all(key, inForceAt, inForceAt, limit)
          : isPrefix
            ? this.#sql.providersFrom.all(key, `${key}${LAST}`, limit)
            : this.#sql.providers.all(key, limit);
      if (rows.length > 0) found.set(key, rows.map(provisionFromRow));
    }
    return found;
  }

  async findWants(places: readonly Place[]): Promise<Want[]> {
    return places.flatMap(({ identityId, ordinal }) => this.#sql.wantsOf.all(identityId, ordinal).map(wantFromRow));
  }

  async findAllWants(identityIds: readonly IdentityId[]): Promise<Want[]> {
    return identityIds.flatMap((id) => this.#sql.allWantsOf.all(id).map(wantFromRow));
  }

  async saveWants({ remove, add }: { remove: readonly Want[]; add: readonly Want[] }): Promise<void> {
    for (const { key, identityId, ordinal, as, via, origin } of remove)
      this.#sql.dropWant.run(key, identityId, ordinal, as, via, origin);
    for (const { key, identityId, ordinal, as, via, origin, rank, at } of add)
      this.#sql.saveWant.run(key, identityId, ordinal, as, via, origin, rank, at);
  }

  async findWanters(lookups: readonly WanterLookup[]): Promise<Wanter[]> {
    return lookups.flatMap(({ key, isPrefix, between }) => {
      const rows =
        between !== undefined
          ? this.#sql.wantersBetween.all(key, between.from, between.to)
          : isPrefix
            ? this.#sql.wantersFrom.all(key, `${key}${LAST}`)
            : this.#sql.wanters.all(key);
      return rows.map(({ identity_id, ordinal, wanted_as }) => ({ identityId: identity_id, ordinal, as: wanted_as }));
    });
  }

  async findNames(names: readonly string[]): Promise<Map<string, NamedIdentity[]>> {
    const found = new Map<string, NamedIdentity[]>();
    for (const name of names) {
      const rows = this.#sql.named.all(name);
      if (rows.length === 0) continue;
      found.set(
        name,
        rows.map(({ identity_id, valid_from, valid_to }) => ({
          identityId: identity_id,
          validFrom: valid_from,
          validTo: valid_to,
        })),
      );
    }
    return found;
  }

  async namesOf(identityIds: readonly IdentityId[]): Promise<string[]> {
    return identityIds.flatMap((id) => this.#sql.namesOf.all(id));
  }

  async findAttempts(identityId: IdentityId, limit: number): Promise<AttemptState[]> {
    return this.#sql.attempts.all(identityId, limit).map(stateFromRow);
  }

  async findNodes(places: readonly Place[]): Promise<Node[]> {
    return places.flatMap(({ identityId, ordinal }) => {
      const row = ordinal === 0 ? this.#sql.firstNode.get(identityId) : this.#sql.node.get(identityId, ordinal);
      if (row === undefined) return [];
      const isFirst = this.#sql.hasEarlier.get(identityId, row.ordinal) === undefined;
      return [{ ...stateFromRow(row), identityId, key: row.key, spanId: row.span_id, isFirst }];
    });
  }

  async findSubjects(asked: readonly { identityId: IdentityId; at: number }[]): Promise<Subject[]> {
    return asked.flatMap(({ identityId, at }) => {
      const row = this.#sql.subject.get(at, at, identityId);
      if (row === undefined) return [];
      const { key, span_id, operation, in_force } = row;
      return [{ identityId, key, spanId: span_id, operation, isInForce: in_force === 1 }];
    });
  }

  async findLinks(places: readonly Place[]): Promise<StoredLink[]> {
    return places.flatMap(({ identityId, ordinal }) => this.#sql.linksOf.all(identityId, ordinal).map(linkFromRow));
  }

  async findParentLinks(identityIds: readonly IdentityId[]): Promise<StoredLink[]> {
    return identityIds.flatMap((id) => this.#sql.parentLinksOf.all(id).map(linkFromRow));
  }

  async replaceLinks({ identityId, ordinal }: Place, links: readonly StoredLink[]): Promise<void> {
    this.#sql.dropLinks.run(identityId, ordinal);
    for (const link of links) {
      const { kind, toId, toAttempt, certainty, reason, isParent, precedence, isDropped } = link;
      this.#sql.addLink.run(
        identityId,
        ordinal,
        kind,
        toId,
        toAttempt,
        certainty,
        reason.key,
        reason.via,
        reason.through,
        isParent ? 1 : 0,
        precedence,
        isDropped ? 1 : 0,
      );
    }
  }

  async findChildren(identityIds: readonly IdentityId[], limit: number): Promise<IdentityId[]> {
    const found: IdentityId[] = [];
    for (const id of identityIds) {
      found.push(...this.#sql.children.all(id, 0, limit - found.length));
      if (found.length >= limit) break;
    }
    return found;
  }

  async touch(identityIds: readonly IdentityId[]): Promise<void> {
    let revision = this.#sql.latestRevision.get() ?? 0;
    for (const id of identityIds) {
      revision += 1;
      this.#sql.touch.run(revision, id);
    }
  }

  async addRetraces(identityIds: readonly IdentityId[]): Promise<void> {
    for (const id of identityIds) this.#sql.addRetrace.run(id);
  }

  async takeRetraced(limit: number): Promise<IdentityId[] | null> {
    const retrace = this.#sql.retrace.get();
    if (retrace === undefined) return null;
    const children = this.#sql.children.all(retrace.identity_id, retrace.after_id, limit);
    const last = children.at(-1);
    if (last === undefined || children.length < limit) this.#sql.dropRetrace.run(retrace.identity_id);
    else this.#sql.moveRetrace.run(last, retrace.identity_id);
    return children;
  }

  async saveDeployments(deployments: readonly Deployment[]): Promise<void> {
    for (const one of deployments)
      this.#sql.saveDeployment.run(
        one.identityId,
        one.ordinal,
        one.key,
        one.service,
        one.environment,
        one.isProduction ? 1 : 0,
        one.finishedAt,
        one.commit,
        one.scope,
        one.base,
        one.isRollback ? 1 : 0,
      );
  }

  async removeDeployments(places: readonly Place[]): Promise<void> {
    for (const { identityId, ordinal } of places) this.#sql.dropDeployment.run(identityId, ordinal);
  }

  async findDeployments(places: readonly Place[]): Promise<Deployment[]> {
    return places.flatMap(({ identityId, ordinal }) => {
      const row = this.#sql.deployment.get(identityId, ordinal);
      return row === undefined ? [] : [deploymentFromRow(row)];
    });
  }

  async isDeployedBefore(
    { service, environment, finishedAt, key: name, ordinal }: LanePosition,
    key: string,
  ): Promise<boolean> {
    return this.#sql.isDeployedBefore.get(key, service, environment, finishedAt, name, ordinal) !== undefined;
  }

  async findNextTo(
    { service, environment, finishedAt, key, ordinal }: LanePosition,
    which: 'before' | 'after',
  ): Promise<Deployment | null> {
    const statement = which === 'before' ? this.#sql.deploymentBefore : this.#sql.deploymentAfter;
    const row = statement.get(service, environment, finishedAt, key, ordinal);
    return row === undefined ? null : deploymentFromRow(row);
  }

  async findNextInProduction(
    { service, finishedAt, key, ordinal }: Omit<LanePosition, 'environment'>,
    which: 'before' | 'after',
  ): Promise<Deployment | null> {
    const statement = which === 'before' ? this.#sql.productionBefore : this.#sql.productionAfter;
    const row = statement.get(service, finishedAt, key, ordinal);
    return row === undefined ? null : deploymentFromRow(row);
  }

  async findLastDeployment(service: string, { from, to }: { from: number; to: number }): Promise<Deployment | null> {
    const row = this.#sql.lastInProduction.get(service, from, to);
    return row === undefined ? null : deploymentFromRow(row);
  }

  async saveIncidents(incidents: readonly Incident[]): Promise<void> {
    for (const { identityId, ordinal, service, startedAt } of incidents)
      this.#sql.saveIncident.run(identityId, ordinal, service, startedAt);
  }

  async removeIncidents(places: readonly Place[]): Promise<void> {
    for (const { identityId, ordinal } of places) this.#sql.dropIncident.run(identityId, ordinal);
  }

  async findIncidentsAt(places: readonly Place[]): Promise<Incident[]> {
    return places.flatMap(({ identityId, ordinal }) => {
      const row = this.#sql.incident.get(identityId, ordinal);
      return row === undefined ? [] : [incidentFromRow(row)];
    });
  }

  async findIncidents(service: string, { from, to }: { from: number; to: number }): Promise<Incident[]> {
    return this.#sql.incidents.all(service, from, to).map(incidentFromRow);
  }
}

function provisionFromRow({ key, identity_id, attempt }: ProvisionRow): Provision {
  return { key, identityId: identity_id, attempt };
}

function wantFromRow({ key, identity_id, ordinal, wanted_as, via, origin, rank, at }: WantRow): Want {
  return { key, identityId: identity_id, ordinal, as: wanted_as, via, origin, rank, at };
}

function stateFromRow(row: StateRow): AttemptState {
  const { ordinal, operation, project, started_at, finished_at, result } = row;
  return { ordinal, operation, project, startedAt: started_at, finishedAt: finished_at, result };
}

export function linkFromRow(row: LinkRow): StoredLink {
  return {
    identityId: row.identity_id,
    ordinal: row.ordinal,
    kind: row.kind,
    toId: row.to_id,
    toAttempt: row.to_attempt,
    certainty: row.certainty,
    reason: { key: row.key, via: row.via, through: row.through },
    isParent: row.is_parent === 1,
    precedence: row.precedence,
    isDropped: row.is_dropped === 1,
  };
}

function incidentFromRow({ identity_id, ordinal, service, started_at }: IncidentRow): Incident {
  return { identityId: identity_id, ordinal, service, startedAt: started_at };
}

function deploymentFromRow(row: DeploymentRow): Deployment {
  return {
    identityId: row.identity_id,
    ordinal: row.ordinal,
    key: row.key,
    service: row.service,
    environment: row.environment,
    isProduction: row.is_production === 1,
    finishedAt: row.finished_at,
    commit: row.commit_sha,
    scope: row.scope,
    base: row.base,
    isRollback: row.is_rollback === 1,
  };
}
