import { setTimeout as wait } from 'node:timers/promises';
import { wireRuleCheck } from './api/wire.ts';
import type { RuleCheck } from './cli/rules.ts';
import type { Config } from './config/config.ts';
import { RuleChecks } from './ingest/rule-checks.ts';
import { lockDataDir } from './store/sqlite/lock.ts';
import { openSqliteReader } from './store/sqlite/reader.ts';
import { openSqliteStore } from './store/sqlite/store.ts';

const LOOK_MS = 250;

/** Checks rules in this process, under the lock of the data folder. Throws a StoreError when another process has it. */
export async function checkRulesHere(
  { server, rules }: Config,
  tell: (check: RuleCheck) => void,
  signal: AbortSignal,
): Promise<RuleCheck> {
  const lock = lockDataDir(server.data_dir);
  // Brings the tables up to date.
  await openSqliteStore(server.data_dir).close();
  const reader = openSqliteReader(server.data_dir);
  const checks = new RuleChecks({
    dataDir: server.data_dir,
    reader,
    rules,
    refold: () => Promise.reject(new Error('a check writes nothing')),
    applied: () => Promise.reject(new Error('a check writes nothing')),
    now: Date.now,
    failed: () => undefined,
  });
  try {
    const { id } = await checks.start(null);
    signal.addEventListener('abort', () => checks.cancel(id));
    const settled = checks.settled();
    const seen = () => wireRuleCheck(checks.get(id));
    while (seen().state === 'running') {
      tell(seen());
      await Promise.race([settled, wait(LOOK_MS)]);
    }
    return seen();
  } finally {
    await checks.close();
    await reader.close();
    lock.release();
  }
}
