import type { Database, Statement } from 'better-sqlite3';
import { emptyTail, type Tail } from '../../domain/fold.ts';
import type { IdentityId, NewIdentity, NewName, Revision, StoredIdentity, Transaction } from '../contract.ts';
import { LATEST_REVISION } from './columns.ts';
import { parseJson } from './json.ts';

/** Every statement of the writing side, prepared once for the connection. */
export class IdentityStatements {
  readonly findIdentity: Statement<[string], { id: number; span_id: string; tail: string }>;
  readonly hasSpanId: Statement<[string], number>;
  readonly addIdentity: Statement<[string, string, string]>;
  readonly addName: Statement<[string, number, number]>;
  readonly namesSince: Statement<[number], { name: string; valid_from: number }>;
  readonly dropNames: Statement<[number]>;
  readonly saveTail: Statement<[string, number]>;
  readonly saveTold: Statement<[string, number, number]>;
  readonly latestRevision: Statement<[], Revision>;

  constructor(database: Database) {
    this.findIdentity = database.prepare('SELECT id, span_id, tail FROM identities WHERE key = ?');
    this.hasSpanId = database.prepare<[string], number>('SELECT 1 FROM identities WHERE span_id = ?').pluck();
    this.addIdentity = database.prepare('INSERT INTO identities (key, span_id, tail, revision) VALUES (?, ?, ?, 0)');
    this.addName = database.prepare(
      `INSERT INTO names (name, identity_id, valid_from) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET valid_from = excluded.valid_from WHERE excluded.valid_from < valid_from`,
    );
    this.namesSince = database.prepare('SELECT name, valid_from FROM names WHERE identity_id = ?');
    this.dropNames = database.prepare('DELETE FROM names WHERE identity_id = ?');
    this.saveTail = database.prepare('UPDATE identities SET tail = ? WHERE id = ?');
    this.saveTold = database.prepare('UPDATE identities SET tail = ?, told_revision = ? WHERE id = ?');
    this.latestRevision = database.prepare<[], Revision>(LATEST_REVISION).pluck();
  }
}

/** Writes identities with their names and tails; part of a transaction. */
export class SqliteIdentities
  implements
    Pick<Transaction, 'findIdentities' | 'addIdentities' | 'addNames' | 'replaceNames' | 'saveTails' | 'saveTold'>
{
  readonly #sql: IdentityStatements;

  constructor(statements: IdentityStatements) {
    this.#sql = statements;
  }

  async findIdentities(keys: readonly string[]): Promise<Map<string, StoredIdentity>> {
    const found = new Map<string, StoredIdentity>();
    for (const key of keys) {
      const row = this.#sql.findIdentity.get(key);
      if (row !== undefined) found.set(key, { id: row.id, spanId: row.span_id, tail: parseJson<Tail>(row.tail) });
    }
    return found;
  }

  async addIdentities(identities: readonly NewIdentity[]): Promise<StoredIdentity[]> {
    return identities.map(({ key, spanId: wanted, otherwise }) => {
      const spanId = this.#sql.hasSpanId.get(wanted) === undefined ? wanted : otherwise;
      const { lastInsertRowid } = this.#sql.addIdentity.run(key, spanId, JSON.stringify(emptyTail));
      return { id: Number(lastInsertRowid), spanId, tail: emptyTail };
    });
  }

  async addNames(names: readonly NewName[]): Promise<NewName[]> {
    return names.filter(
      ({ name, identityId, validFrom }) => this.#sql.addName.run(name, identityId, validFrom).changes > 0,
    );
  }

  async replaceNames(identityId: IdentityId, names: readonly Omit<NewName, 'identityId'>[]): Promise<string[]> {
    const before = new Map(this.#sql.namesSince.all(identityId).map((row) => [row.name, row.valid_from]));
    this.#sql.dropNames.run(identityId);
    for (const { name, validFrom } of names) this.#sql.addName.run(name, identityId, validFrom);
    const after = new Map(names.map(({ name, validFrom }) => [name, validFrom]));
    return [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name));
  }

  async saveTails(tails: readonly { readonly identityId: IdentityId; readonly tail: Tail }[]): Promise<void> {
    for (const { identityId, tail } of tails) this.#sql.saveTail.run(JSON.stringify(tail), identityId);
  }

  async saveTold(tails: readonly { readonly identityId: IdentityId; readonly tail: Tail }[]): Promise<void> {
    let revision = this.#sql.latestRevision.get() ?? 0;
    for (const { identityId, tail } of tails) {
      revision += 1;
      this.#sql.saveTold.run(JSON.stringify(tail), revision, identityId);
    }
  }
}
