import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Access } from '../../src/access/access.ts';
import { eachInATransaction } from '../../src/access/in-transactions.ts';
import type { Scope } from '../../src/domain/access.ts';
import type { AccessStore } from '../../src/store/access.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';

/** Access over a store of its own, with a clock that stands until a test moves it. */
export class AccessWorld {
  readonly folder: string;
  now = Date.UTC(2026, 2, 2, 9);
  readonly store: AccessStore;
  readonly #store: ReturnType<typeof openSqliteStore>;
  readonly #reader: ReturnType<typeof openSqliteReader>;

  constructor(folder = mkdtempSync(join(tmpdir(), 'valuestream-access-'))) {
    this.folder = folder;
    this.#store = openSqliteStore(folder);
    this.store = eachInATransaction(this.#store);
    this.#reader = openSqliteReader(folder);
  }

  /** As a server that starts finds it: with all that was noted before. */
  async open(): Promise<Access> {
    await this.#store.write(async () => undefined);
    const stored = await this.#reader.readAccess();
    const failed = (error: unknown) => {
      throw error;
    };
    return new Access(stored, { store: this.store, now: () => this.now, failed });
  }

  /** What is stored. */
  stored() {
    return this.#reader.readAccess();
  }

  async close({ keep = false } = {}): Promise<void> {
    await this.#reader.close();
    await this.#store.close();
    if (!keep) rmSync(this.folder, { recursive: true });
  }
}

/** Makes a token for each scope, called by it, in a data folder that no server has open, and gives their secrets. */
export async function makeTokens<Given extends Scope>(
  dataDir: string,
  ...given: readonly Given[]
): Promise<Record<Given, string>> {
  const world = new AccessWorld(dataDir);
  const access = await world.open();
  const secrets: [Given, string][] = [];
  for (const scope of given) {
    const made = await access.tokens.create({ name: scope, scopes: [scope], expiresAt: null, createdBy: 'a test' });
    if (made === null) throw new Error(`there is a token ${scope} already`);
    secrets.push([scope, made.secret]);
  }
  access.close();
  await world.close({ keep: true });
  return Object.fromEntries(secrets) as Record<Given, string>;
}
