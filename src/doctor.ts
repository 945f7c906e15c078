import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { isAccessRequired, isLoopback, isReachedFromElsewhere } from './access/door.ts';
import type { sessionSchema, tokenSchema } from './api/access-schema.ts';
import type { sourceSchema } from './api/schema.ts';
import { Client, Refused } from './cli/client.ts';
import type { Check, DoctorFlags } from './cli/doctor.ts';
import { type Config, ConfigError, loadConfig } from './config/config.ts';
import { sources } from './sources/registry.ts';
import type { StoredToken } from './store/access.ts';
import { StoreError } from './store/contract.ts';
import { lockDataDir } from './store/sqlite/lock.ts';
import { openSqliteReader } from './store/sqlite/reader.ts';
import { openSqliteStore } from './store/sqlite/store.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Source = z.infer<typeof sourceSchema>;
type Session = z.output<typeof sessionSchema>;
type Token = z.output<typeof tokenSchema>;

const GIB = 1024 ** 3;
const LEAST_FREE = { failed: 0.1 * GIB, warning: 2 * GIB };
/** Standard Webhooks asks for 24 bytes; fewer than these can be guessed. */
const SHORTEST_SECRET = 16;
const MAX_CLOCK_DIFFERENCE_MS = 5_000;
/** Whoever has to make a new token hears of it so long before. */
const SOON_MS = 7 * 24 * 60 * 60_000;

/** Looks at everything that has to be right for deliveries to arrive and to be kept. Changes nothing. */
export async function diagnose(flags: DoctorFlags, environment: Environment): Promise<Check[]> {
  const config = readConfig(flags, environment);
  const server = await askServer(flags);
  if (config instanceof ConfigError)
    return [{ name: 'configuration', status: 'failed', message: config.message }, ...server.checks];
  return [
    { name: 'configuration', status: 'ok', message: `is valid; data in ${resolve(config.server.data_dir)}` },
    ...server.checks,
    ...(server.isRunning ? [] : await storeChecks(config.server)),
    await diskCheck(config.server.data_dir),
    ...secretChecks(config),
  ];
}

function readConfig({ config, dataDir }: DoctorFlags, environment: Environment): Config | ConfigError {
  try {
    return loadConfig(
      environment,
      { config, data_dir: dataDir },
      sources.map(({ id }) => id),
    );
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

interface ServerDiagnosis {
  readonly isRunning: boolean;
  readonly checks: readonly Check[];
}

async function askServer(flags: DoctorFlags): Promise<ServerDiagnosis> {
  const client = new Client(flags);
  try {
    const before = Date.now();
    const ready = await client.open('GET', '/readyz');
    const clock = clockCheck(ready.headers.get('date'), before, Date.now());
    const server: Check = { name: 'server', status: 'ok', message: `at ${flags.url} can read and write its store` };
    const access = await accessChecks(client, flags.url);
    return { isRunning: true, checks: [server, clock, ...access, ...(await sourceChecks(client))] };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { isRunning: false, checks: [{ name: 'server', status: 'warning', message }] };
  }
}

/** How its access stands, as far as whoever asks may know. */
async function accessChecks(client: Client, url: string): Promise<Check[]> {
  const name = 'access';
  try {
    const session = await client.json<Session>('GET', '/api/v1/session');
    if (!session.scopes.includes('admin')) return [accessCheck(session, url)];
    const { items } = await client.json<{ items: readonly Token[] }>('GET', '/api/v1/tokens');
    return [accessCheck(session, url), ...items.flatMap(tokenChecks)];
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return [
      { name, status: 'failed', message: error.message, hint: 'give another token with VS_TOKEN or --token-file' },
    ];
  }
}

function accessCheck({ required, via, scopes }: Session, url: string): Check {
  const name = 'access';
  if (via === null)
    return {
      ...{
        name,
        status: 'warning',
        message: 'the server wants a token, and none was given: not everything was looked at',
      },
      hint: 'give one with VS_TOKEN or --token-file; "valuestream token create" makes one',
    };
  const you = via === 'open' ? '' : `; this token has ${scopes.join(', ')}`;
  if (required) return { name, status: 'ok', message: `everybody needs a token, or has to sign in${you}` };
  if (isLoopback(new URL(url).hostname))
    return { name, status: 'ok', message: `programs and browsers on this machine need no token${you}` };
  return {
    ...{ name, status: 'failed', message: `everybody who reaches ${url} may read and change everything` },
    hint: 'make a token ("valuestream token create admin --scope admin"), and start the server without --insecure',
  };
}

function tokenChecks({ name, expires_at, is_expired }: Token): Check[] {
  const about = `token ${name}`;
  if (is_expired)
    return [{ name: about, status: 'warning', message: 'has expired', hint: `valuestream token revoke ${name}` }];
  if (expires_at === null || Date.parse(expires_at) > Date.now() + SOON_MS) return [];
  return [{ name: about, status: 'warning', message: `expires at ${expires_at}`, hint: 'make its successor in time' }];
}

/** Nothing where whoever asks may not look; that is told with access. */
async function sourceChecks(client: Client): Promise<Check[]> {
  try {
    const { items } = await client.json<{ items: readonly Source[] }>('GET', '/api/v1/sources');
    return items.map(sourceCheck);
  } catch (error) {
    if (error instanceof Refused && [401, 403, 429].includes(error.status)) return [];
    throw error;
  }
}

/** The server's clock stamps deliveries, and judges the times that senders tell. */
function clockCheck(date: string | null, before: number, after: number): Check {
  const name = 'clock';
  if (date === null) return { name, status: 'warning', message: 'the server tells no time' };
  // The header has whole seconds.
  const difference = Math.max(before - (Date.parse(date) + 999), Date.parse(date) - after, 0);
  if (difference <= MAX_CLOCK_DIFFERENCE_MS) return { name, status: 'ok', message: 'agrees with the server’s' };
  return {
    name,
    status: 'failed',
    message: `the server’s clock differs from this machine’s by ${Math.round(difference / 1_000)} seconds`,
    hint: 'set both by NTP: wrong clocks refuse signatures that carry a time, and mark spans with clock_anomaly',
  };
}

function sourceCheck(source: Source): Check {
  const { id, instance, url, secret, health } = source;
  const name = instance === '' ? id : `${id}/${instance}`;
  if (health.status === 'waiting')
    return { name, status: 'ok', message: `nothing yet; paste ${url} into the sender (secret: ${secret})` };
  const message = `${countsOf(source)}; at ${url} (secret: ${secret})`;
  if (health.hints.length === 0) return { name, status: 'ok', message };
  const status = health.status === 'failing' ? 'failed' : 'warning';
  return { name, status, message, hint: health.hints.map((hint) => hint.message + helpFor(hint.code, id)).join('; ') };
}

function countsOf({ deliveries, last_reasons, last_delivery_at, refused }: Source): string {
  const counted = [
    `${deliveries.accepted} accepted`,
    `${deliveries.ignored} ignored${lastly(last_reasons.ignored)}`,
    `${deliveries.dead_letter} dead letters${lastly(last_reasons.dead_letter)}`,
    `${refused.count} refused${lastly(refused.last_reason)}`,
  ];
  const last = last_delivery_at === null ? '' : `; last delivery ${last_delivery_at}`;
  return counted.join(', ') + last;
}

function lastly(reason: string | null): string {
  return reason === null ? '' : ` (the last: ${reason})`;
}

function helpFor(code: Source['health']['hints'][number]['code'], source: string): string {
  return code === 'dead_letters' ? ` (valuestream deliveries --source ${source} --outcome dead_letter)` : '';
}

async function storeChecks(server: Config['server']): Promise<Check[]> {
  const { data_dir: dataDir } = server;
  const name = 'store';
  if (!existsSync(join(dataDir, 'valuestream.db'))) {
    const message = `there is none in ${dataDir} yet; the first start of the server makes it`;
    return [{ name, status: 'ok', message }, startCheck(server, [])];
  }
  try {
    const tokens = await tokensIn(dataDir);
    return [{ name, status: 'ok', message: `in ${dataDir} can be opened` }, startCheck(server, tokens)];
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const isInUse = error.code === 'in_use';
    const hint = isInUse ? { hint: 'that server listens elsewhere: name it with --url or VS_URL' } : {};
    return [{ name, status: isInUse ? 'warning' : 'failed', message: error.message, ...hint }];
  }
}

async function tokensIn(dataDir: string): Promise<readonly StoredToken[]> {
  const lock = lockDataDir(dataDir);
  try {
    // Brings the tables up to date.
    await openSqliteStore(dataDir).close();
    const reader = openSqliteReader(dataDir);
    const { tokens } = await reader.readAccess();
    await reader.close();
    return tokens;
  } finally {
    lock.release();
  }
}

/** Whether a server with these settings would start, and whom it would let in. */
function startCheck(server: Config['server'], tokens: readonly StoredToken[]): Check {
  const name = 'access';
  const valid = tokens.filter(({ expiresAt }) => expiresAt === null || expiresAt > Date.now()).length;
  if (server.insecure)
    return {
      ...{ name, status: 'warning', message: 'with --insecure whoever reaches the server may come in' },
      hint: 'make a token ("valuestream token create admin --scope admin"), and leave --insecure out',
    };
  if (valid === 0 && isReachedFromElsewhere(server))
    return {
      ...{ name, status: 'failed', message: `a server on ${server.host} will not start without a token` },
      hint: 'valuestream token create admin --scope admin',
    };
  const who = isAccessRequired(server)
    ? 'everybody needs a token'
    : 'programs and browsers on this machine need no token';
  return { name, status: 'ok', message: `${who}; there ${valid === 1 ? 'is 1' : `are ${valid}`} to use` };
}

async function diskCheck(dataDir: string): Promise<Check> {
  const { bavail, bsize } = await statfs(existsSync(dataDir) ? dataDir : '.');
  const free = bavail * bsize;
  const status = free < LEAST_FREE.failed ? 'failed' : free < LEAST_FREE.warning ? 'warning' : 'ok';
  const hint = 'make room, or move the folder with --data-dir: a full disk answers every webhook with 503';
  return {
    name: 'disk',
    status,
    message: `${(free / GIB).toFixed(1)} GiB are free`,
    ...(status === 'ok' ? {} : { hint }),
  };
}

function secretChecks({ secrets }: Config): Check[] {
  if (secrets.size === 0)
    return [
      {
        name: 'secrets',
        status: 'warning',
        message: 'none are set here: unsigned deliveries are taken, from this machine only',
        hint: 'set VS_SECRET_<SOURCE> before you open the port to others',
      },
    ];
  return [...secrets].flatMap(([source, instances]) =>
    [...instances].map(([instance, values]) => secretCheck(instance === '' ? source : `${source}/${instance}`, values)),
  );
}

function secretCheck(of: string, values: readonly string[]): Check {
  const name = `secret of ${of}`;
  if (values.every((secret) => secret.length >= SHORTEST_SECRET))
    return { name, status: 'ok', message: values.length === 1 ? 'is set' : `${values.length} are set` };
  return {
    name,
    status: 'warning',
    message: `has fewer than ${SHORTEST_SECRET} characters`,
    hint: 'make one: openssl rand -hex 32',
  };
}
