import { setTimeout as wait } from 'node:timers/promises';
import { Command } from 'commander';
import type { z } from 'zod';
import type { replayBodySchema, replaySchema } from '../api/schema.ts';
import { changeLines, countsOf } from './changes.ts';
import { Client, Unreachable } from './client.ts';
import { outcomes } from './deliveries.ts';
import { CliFailure } from './failure.ts';
import { flag, type ServerFlags, withJson, withServer } from './flags.ts';
import { printJson } from './output.ts';
import { progress } from './progress.ts';

export type Replay = z.output<typeof replaySchema>;
/** What to read again, as the API takes it. */
export type ReplayBody = z.input<typeof replayBodySchema>;

/** Reads again in this process, on the folder of the configuration, where no server runs. */
export type ReplayHere = (
  body: ReplayBody,
  where: { readonly config?: string; readonly data_dir?: string },
  progress: (replay: Replay) => void,
  signal: AbortSignal,
) => Promise<Replay>;

interface ReplayFlags extends ServerFlags {
  readonly source?: string;
  readonly instance?: string;
  readonly outcome?: (typeof outcomes)[number];
  readonly kind?: string;
  readonly from?: string;
  readonly to?: string;
  readonly dryRun?: boolean;
  readonly config?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

const POLL_MS = 250;

/** `valuestream replay`: reads stored deliveries again, with today's mapping. */
export function replayCommand(replayHere: ReplayHere): Command {
  const command = new Command('replay')
    .description('read stored deliveries again, with today’s mapping')
    .argument('[id...]', 'only these deliveries')
    .addOption(flag('REPLAY', '--source <id>', 'only those of github, customhttp, …'))
    .addOption(flag('REPLAY', '--instance <name>', 'only those of one of several senders of a kind'))
    .addOption(flag('REPLAY', '--outcome <outcome>', 'only those of which this became').choices(outcomes))
    .addOption(flag('REPLAY', '--kind <kind>', 'only those of a kind: issues.opened'))
    .addOption(flag('REPLAY', '--from <time>', 'received at or after (RFC 3339)'))
    .addOption(flag('REPLAY', '--to <time>', 'received before (RFC 3339)'))
    .addOption(flag('REPLAY', '--dry-run', 'tell what would change, and change nothing'))
    .addOption(flag('REPLAY', '--config <file>', 'the configuration file, where no server runs').env('VS_CONFIG'))
    .addOption(
      flag('REPLAY', '--data-dir <folder>', 'the folder of the store, where no server runs').env('VS_DATA_DIR'),
    );
  return withJson(withServer(command))
    .addHelpText(
      'after',
      `
A running server does it, and goes on receiving; where none runs, this command opens the store itself. Only what comes
out different is written, so doing it twice changes nothing. Ctrl-C stops it after the current portion.

Examples:
  $ valuestream replay --dry-run
  $ valuestream replay --outcome dead_letter
  $ valuestream replay 4711`,
    )
    .action(async (ids: readonly string[], flags: ReplayFlags) => {
      const isDefault = command.getOptionValueSource('url') === 'default';
      await replay(ids, flags, isDefault ? replayHere : null);
    });
}

async function replay(ids: readonly string[], flags: ReplayFlags, here: ReplayHere | null): Promise<void> {
  const client = new Client(flags);
  if (ids.length > 0) {
    for (const id of ids) report(await ofOne(client, id, flags.dryRun === true), flags);
    return;
  }
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const bar = progress('deliveries');
  const tell = ({ deliveries: { total, read, changed } }: Replay) => bar.update({ total, read, changed });
  const done = await atServer(client, flags, tell, stop.signal).catch((error: unknown) => {
    if (here === null || !(error instanceof Unreachable)) throw error;
    console.error('No server runs: reading the store in this process.');
    return here(bodyOf(flags), whereOf(flags), tell, stop.signal);
  });
  tell(done);
  bar.stop();
  report(done, flags);
  if (done.state === 'failed') throw new CliFailure(`the replay failed: ${done.error}`);
  if (done.state === 'cancelled') process.exitCode = 130;
}

function bodyOf({ source, instance, outcome, kind, from, to, dryRun }: ReplayFlags): ReplayBody {
  const body = { source, instance, outcome, kind, from, to, dry_run: dryRun };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

function whereOf({ config, dataDir }: ReplayFlags): { config?: string; data_dir?: string } {
  return { ...(config === undefined ? {} : { config }), ...(dataDir === undefined ? {} : { data_dir: dataDir }) };
}

function ofOne(client: Client, id: string, dryRun: boolean): Promise<Replay> {
  return client.json('POST', `/api/v1/deliveries/${encodeURIComponent(id)}/replay?dry_run=${dryRun}`);
}

async function atServer(
  client: Client,
  flags: ReplayFlags,
  tell: (replay: Replay) => void,
  signal: AbortSignal,
): Promise<Replay> {
  let seen = await client.json<Replay>('POST', '/api/v1/replays', { body: JSON.stringify(bodyOf(flags)) });
  const path = `/api/v1/replays/${seen.id}`;
  while (seen.state === 'running') {
    tell(seen);
    await wait(POLL_MS, undefined, { signal }).catch(() => client.json('DELETE', path));
    seen = await client.json<Replay>('GET', path);
  }
  return seen;
}

function report(replay: Replay, flags: ReplayFlags): void {
  if (flags.json === true) printJson(replay);
  else for (const line of summary(replay)) console.log(line);
}

function summary({ state, dry_run, deliveries, spans, changes }: Replay): string[] {
  const hidden = spans.added + spans.changed + spans.removed - changes.length;
  return [
    `${state}: ${deliveries.read} of ${deliveries.total} deliveries read, ${deliveries.changed} of them mean something else`,
    ...(deliveries.without_body > 0 ? [`${deliveries.without_body} have lost their body to retention and stay`] : []),
    `spans: ${countsOf(spans, dry_run)}`,
    ...changes.flatMap(changeLines),
    ...(hidden > 0 ? [`… and ${hidden} more`] : []),
  ];
}
