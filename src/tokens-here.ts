import { isIPv6 } from 'node:net';
import { Access } from './access/access.ts';
import { eachInATransaction } from './access/in-transactions.ts';
import { linkBodySchema, tokenBodySchema } from './api/access-schema.ts';
import { signInUrl } from './api/session.ts';
import { createToken, wireToken } from './api/tokens.ts';
import { wireTime } from './api/wire.ts';
import { CliFailure } from './cli/failure.ts';
import type { Tokens } from './cli/tokens.ts';
import type { Config } from './config/config.ts';
import { AppError } from './domain/app-error.ts';
import { lockDataDir } from './store/sqlite/lock.ts';
import { openSqliteReader } from './store/sqlite/reader.ts';
import { openSqliteStore } from './store/sqlite/store.ts';

const BY = 'the command line';

/** Tokens in this process, each call under the lock of the data folder. Throws a StoreError when another process has it. */
export function tokensHere({ server }: Config): Tokens {
  const within = <T>(work: (access: Access) => Promise<T>) => withAccess(server.data_dir, work);
  return {
    create: (body) =>
      within(async (access) => {
        const parsed = tokenBodySchema.safeParse(body);
        if (!parsed.success) throw new CliFailure(parsed.error.issues.map(inWords).join('; '), 2);
        const { token, secret } = await createToken(access, parsed.data, BY, Date.now());
        return { ...wireToken(token, Date.now()), token: secret };
      }),
    list: () => within(async ({ tokens }) => tokens.list().map((token) => wireToken(token, Date.now()))),
    revoke: (id) =>
      within(async (access) => {
        if ((await access.revoke(Number(id))) === null) throw new CliFailure(`there is no token ${id}`);
      }),
    link: (role) =>
      within(async ({ links }) => {
        const { secret, expiresAt } = await links.create(linkBodySchema.parse({ role }).role, BY);
        const url = server.public_url ?? urlOf(server);
        return { url: signInUrl(url, secret), role, expires_at: wireTime(expiresAt) };
      }),
  };
}

function inWords({ path, message }: { readonly path: readonly PropertyKey[]; readonly message: string }): string {
  return `${path.join('.')}: ${message}`;
}

async function withAccess<T>(dataDir: string, work: (access: Access) => Promise<T>): Promise<T> {
  const lock = lockDataDir(dataDir);
  const store = openSqliteStore(dataDir);
  const reader = openSqliteReader(dataDir);
  const access = new Access(await reader.readAccess(), {
    store: eachInATransaction(store),
    now: Date.now,
    failed: (error) => {
      throw error;
    },
  });
  try {
    return await work(access);
  } catch (error) {
    if (error instanceof AppError) throw new CliFailure(error.message);
    throw error;
  } finally {
    access.close();
    await reader.close();
    await store.close();
    lock.release();
  }
}

/** Where a server with these settings will listen; of any address, on this machine. */
function urlOf({ host, port }: Config['server']): string {
  const name = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  return `http://${isIPv6(name) ? `[${name}]` : name}:${port}`;
}
