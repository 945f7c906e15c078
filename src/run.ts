import { CommanderError } from 'commander';
import { startApp } from './app.ts';
import { CliFailure } from './cli/failure.ts';
import { createProgram } from './cli/program.ts';
import type { ServeFlags } from './cli/serve.ts';
import { welcome } from './cli/welcome.ts';
import { type Config, ConfigError, loadConfig, loadRules } from './config/config.ts';
import { diagnose } from './doctor.ts';
import { replayHere } from './replay-here.ts';
import { checkRulesHere } from './rules-here.ts';
import { sources } from './sources/registry.ts';
import { StoreError } from './store/contract.ts';
import { createLog } from './telemetry/log.ts';

const sourceIds = sources.map(({ id }) => id);

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Runs one command and gives the exit code: 0 done, 1 failed, 2 called or configured wrongly; `run` gives that of its
 * command.
 */
export async function run(argv: readonly string[], environment: Environment): Promise<number> {
  // The reader of a pipe may have seen enough (`| head`).
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  const program = createProgram({
    serve: (flags) => serve(flags, environment),
    replayHere: (body, where, progress, signal) => replayHere(configFrom(where, environment), body, progress, signal),
    rulesHere: {
      read: (config) => loadRules(config ?? environment.VS_CONFIG, sourceIds),
      check: (where, tell, signal) => checkRulesHere(configFrom(where, environment), tell, signal),
    },
    diagnose: (flags) => diagnose(flags, environment),
  });
  try {
    await program.parseAsync([...argv]);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Help and version end like this too, with 0; whatever was wrong has been said.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const expected = expectedFailure(error);
    if (expected === null) throw error;
    console.error(`valuestream: ${expected}`);
    return exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CliFailure) return error.exitCode;
  return error instanceof ConfigError ? 2 : 1;
}

function configFrom(flags: ServeFlags, environment: Environment): Config {
  return loadConfig(environment, { ...flags }, sourceIds);
}

async function serve(flags: ServeFlags, environment: Environment): Promise<void> {
  const config = configFrom(flags, environment);
  const log = createLog(config.server.log_level);
  const stopped = stopSignal();
  const app = await startApp(config, log);
  const senders = sources.map(({ id, title }) => ({ id, title, hasSecret: config.secrets.get(id)?.has('') === true }));
  console.log(welcome(app.url, senders));
  log.info({ url: app.url, data_dir: config.server.data_dir }, 'ready');
  const signal = await stopped;
  log.info({ signal }, 'stopping: no new deliveries, those in flight are answered');
  await app.close();
  log.info('stopped');
}

/**
 * The first SIGINT or SIGTERM. A supervisor may signal every process of a group, and npm hands on what it gets, so a
 * second SIGTERM says nothing new; a second SIGINT is a person who does not want to wait, and ends the process at once.
 */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.on('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}

/** The message of a failure that the user can mend; null for one of our own, which deserves its stack. */
function expectedFailure(error: unknown): string | null {
  if (error instanceof ConfigError || error instanceof StoreError || error instanceof CliFailure) return error.message;
  if (!(error instanceof Error) || !('code' in error)) return null;
  if (error.code === 'EADDRINUSE') return `${error.message}; choose another port with --port or VS_PORT`;
  return error.code === 'EACCES' || error.code === 'EADDRNOTAVAIL' ? error.message : null;
}
