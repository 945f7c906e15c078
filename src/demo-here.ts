import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { DemoActions } from './cli/demo.ts';
import { type Config, loadConfig } from './config/config.ts';
import { type DemoDelivery, INSTANCE } from './demo/delivery.ts';
import { demoConfiguration } from './demo/settings.ts';
import { type Outcomes, tellAll } from './demo/tell-all.ts';
import { GroupCommit } from './ingest/group-commit.ts';
import { receive } from './ingest/receive.ts';
import { startWriter } from './ingest/writer.ts';
import { type RuleSettings, rulesSchema, teamsSchema } from './rules/schema.ts';
import { findSource, sources } from './sources/registry.ts';
import { lockDataDir } from './store/sqlite/lock.ts';
import { openSqliteReader } from './store/sqlite/reader.ts';
import { openSqliteStore } from './store/sqlite/store.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Fill = DemoActions['fill'];

/** Under way at one time: two groups, of which one is read while the other is written. */
const AT_ONCE = 512;
const MAX_TALLIES = 1_000;

/**
 * Fills the store of a folder, under its lock, by the path that webhooks take; each is taken to arrive when it says. An empty
 * store becomes the demo's own, with a configuration file beside it. Throws a StoreError when another process has the store.
 */
export async function fillHere(
  [dataDir, deliveries, { from, mayBegin, told }]: Parameters<Fill>,
  environment: Environment,
): ReturnType<Fill> {
  const lock = lockDataDir(dataDir);
  try {
    // Brings the tables up to date.
    await openSqliteStore(dataDir).close();
    const reader = openSqliteReader(dataDir);
    try {
      const counts = await reader.countDeliveries();
      const isEmpty = counts.length === 0;
      const hasDemo = counts.some(({ instance }) => instance === INSTANCE);
      const isUnfinished =
        hasDemo && !existsSync(fileIn(dataDir)) && counts.every(({ instance }) => instance === INSTANCE);
      if (!mayBegin({ isEmpty, hasDemo, isUnfinished })) return null;
      const { rules } = isEmpty ? { rules: ownRules() } : demoConfig({ dataDir }, environment);
      const outcomes = await write({ dataDir, rules, isEmpty }, deliveries, told);
      // Written at last: a demo without it was interrupted.
      if (isEmpty) writeFileSync(fileIn(dataDir), ownFile());
      return { outcomes, tallies: await reader.tallySpans(from, MAX_TALLIES) };
    } finally {
      await reader.close();
    }
  } finally {
    lock.release();
  }
}

/**
 * How the store of a folder is served: by the file of the demo that it was made for, and by nothing else, so that neither
 * secrets of real senders nor backends to export to have to do with it. One that the demo was added to is served as ever.
 */
export function demoConfig(
  { dataDir, port }: { readonly dataDir: string; readonly port?: number },
  environment: Environment,
): Config {
  const flags = { data_dir: dataDir, ...(port === undefined ? {} : { port: String(port) }) };
  const known = sources.map(({ id }) => id);
  if (!existsSync(fileIn(dataDir))) return loadConfig(environment, flags, known);
  const own = { VS_LOG_LEVEL: environment.VS_LOG_LEVEL ?? 'warn' };
  return loadConfig(own, { ...flags, config: fileIn(dataDir) }, known);
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'valuestream.yaml');
}

function ownFile(): string {
  return `# The configuration of the demo in this folder; "valuestream demo" has written it.\n${stringify(demoConfiguration)}`;
}

function ownRules(): RuleSettings {
  const { rules, teams } = demoConfiguration;
  return { rules: rulesSchema.parse(rules), teams: teamsSchema.parse(teams) };
}

interface Target {
  readonly dataDir: string;
  readonly rules: RuleSettings;
  readonly isEmpty: boolean;
}

async function write(
  { dataDir, rules, isEmpty }: Target,
  deliveries: readonly DemoDelivery[],
  told: (count: number) => void,
): Promise<Outcomes> {
  const writer = startWriter(dataDir, rules);
  const groups = new GroupCommit((entries) => writer.append(entries));
  try {
    const tell = async (delivery: DemoDelivery) => (await tellOne(groups, delivery)).status;
    const outcomes = await tellAll(deliveries, { atOnce: AT_ONCE, tell, told });
    if (isEmpty) await writer.rulesApplied();
    return outcomes;
  } finally {
    await writer.close();
  }
}

function tellOne(groups: GroupCommit, { source: id, at, headers, body }: DemoDelivery) {
  const source = findSource(id);
  if (source === undefined) throw new Error(`there is no event source ${id}`);
  return receive(
    { source, instance: INSTANCE, headers, body: Buffer.from(body), whyNotUnsigned: null, hasToken: () => false },
    { submit: (entry) => groups.submit(entry), secretsOf: () => [], now: () => at },
  );
}
