import { setTimeout as wait } from 'node:timers/promises';
import { filterOf } from './api/replays.ts';
import { replayBodySchema } from './api/schema.ts';
import { wireReplay } from './api/wire.ts';
import type { Replay, ReplayBody } from './cli/replay.ts';
import type { Config } from './config/config.ts';
import { Replays } from './ingest/replay.ts';
import { swap } from './ingest/swap.ts';
import { Ruling } from './rules/ruling.ts';
import { lockDataDir } from './store/sqlite/lock.ts';
import { openSqliteReader } from './store/sqlite/reader.ts';
import { openSqliteStore } from './store/sqlite/store.ts';

const LOOK_MS = 250;

/** Replays in this process, under the lock of the data folder. Throws a StoreError when another process has it. */
export async function replayHere(
  { server, rules }: Config,
  body: ReplayBody,
  progress: (replay: Replay) => void,
  signal: AbortSignal,
): Promise<Replay> {
  const lock = lockDataDir(server.data_dir);
  const store = openSqliteStore(server.data_dir);
  const ruling = new Ruling(rules);
  const reader = openSqliteReader(server.data_dir);
  const replays = new Replays({
    dataDir: server.data_dir,
    rules,
    reader,
    swap: (retellings) => swap(store, retellings, ruling),
    now: Date.now,
    failed: () => undefined,
  });
  try {
    const { dry_run: dryRun, ...filter } = replayBodySchema.parse(body);
    const { id } = await replays.start({ filter: filterOf(filter), dryRun });
    signal.addEventListener('abort', () => replays.cancel(id));
    let isSettled = false;
    const settled = replays.settled().finally(() => {
      isSettled = true;
    });
    const seen = () => wireReplay(replays.get(id));
    while (!isSettled) {
      progress(seen());
      await Promise.race([settled, wait(LOOK_MS)]);
    }
    return seen();
  } finally {
    await replays.close();
    await reader.close();
    await store.close();
    lock.release();
  }
}
