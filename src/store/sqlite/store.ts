import type { Database } from 'better-sqlite3';
import type { Store, Transaction } from '../contract.ts';
import { asStoreError, openForWriting } from './connection.ts';
import { SqliteTransaction, Statements } from './transaction.ts';

/** Opens the embedded store in a folder, which is made where it is missing. */
export function openSqliteStore(dataDir: string): Store {
  return new SqliteStore(openForWriting(dataDir));
}

class SqliteStore implements Store {
  readonly #database: Database;
  readonly #statements: Statements;
  #last: Promise<unknown> = Promise.resolve();

  constructor(database: Database) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#transact(work));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    await this.#last;
    this.#database.pragma('wal_checkpoint(TRUNCATE)');
    this.#database.close();
  }

  async #transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const result = await work(new SqliteTransaction(this.#statements));
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw asStoreError(error);
    }
  }
}
