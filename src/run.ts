import { CommanderError } from 'commander';
import type { Environment } from './actions.ts';
import { CliFailure } from './cli/failure.ts';
import { type Actions, createProgram } from './cli/program.ts';
import { ConfigError } from './config/error.ts';
import { StoreError } from './store/contract.ts';

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
  const program = createProgram(lazyActions(environment));
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

/** Most commands only ask a server, and start in a third of the time without what makes one. */
function lazyActions(environment: Environment): Actions {
  const load = async () => (await import('./actions.ts')).actionsIn(environment);
  return {
    serve: async (flags) => (await load()).serve(flags),
    replayHere: async (...given) => (await load()).replayHere(...given),
    importHere: async (...given) => (await load()).importHere(...given),
    rulesHere: {
      read: async (config) => (await load()).rulesHere.read(config),
      check: async (...given) => (await load()).rulesHere.check(...given),
    },
    tokensHere: async (where) => (await load()).tokensHere(where),
    demo: {
      fill: async (...given) => (await load()).demo.fill(...given),
      serve: async (...given) => (await load()).demo.serve(...given),
      secrets: async () => (await load()).demo.secrets(),
    },
    diagnose: async (flags) => (await load()).diagnose(flags),
  };
}

/** The message of a failure that the user can mend; null for one of our own, which deserves its stack. */
function expectedFailure(error: unknown): string | null {
  if (error instanceof ConfigError || error instanceof StoreError || error instanceof CliFailure) return error.message;
  if (!(error instanceof Error) || !('code' in error)) return null;
  if (error.code === 'EADDRINUSE') return `${error.message}; choose another port with --port or VS_PORT`;
  return error.code === 'EACCES' || error.code === 'EADDRNOTAVAIL' ? error.message : null;
}
