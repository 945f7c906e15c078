import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Nobody listens there: where a test says of no server, there is none, also beside a ValueStream that is in use. */
const NOBODY = '4';
const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TestServer {
  readonly url: string;
  readonly dataDir: string;
  readonly pid: number;
  /** Ends the process, waits until it is gone, and keeps the data. */
  stop(signal?: NodeJS.Signals): Promise<Finished>;
}

/** A new folder for a store, and how to remove it. */
export function newDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'valuestream-e2e-'));
}

export function removeDataDir(dataDir: string): void {
  rmSync(dataDir, { recursive: true, force: true });
}

/** Runs the program as a user does, to its end. */
export async function runProgram(args: readonly string[], environment: Record<string, string> = {}): Promise<Finished> {
  return finished(start(args, environment));
}

/** Starts the program, and leaves it to the test to end it. */
export function startProgram(
  args: readonly string[],
  environment: Record<string, string> = {},
): Running & { readonly ended: Promise<Finished> } {
  const running = start(args, environment);
  return { ...running, ended: finished(running) };
}

/** Waits until a program's output holds what is looked for. */
export async function until({ child, output }: Running, stream: 'stdout' | 'stderr', text: string): Promise<void> {
  while (!output[stream].includes(text)) {
    const from = child[stream];
    if (from === null) throw new Error('the program has no output');
    await once(from, 'data');
  }
}

/** Starts the real server on a free port, and waits until it says that it listens. */
export async function startServer(
  dataDir: string,
  environment: Record<string, string> = {},
  main = MAIN,
): Promise<TestServer> {
  const running = start(['serve', '--port', '0', '--data-dir', dataDir], environment, main);
  const end = finished(running);
  const url = await Promise.race([listeningUrl(running), end.then(failedToStart)]);
  return {
    url,
    dataDir,
    pid: running.child.pid ?? 0,
    stop: async (signal = 'SIGTERM') => {
      running.child.kill(signal);
      return end;
    },
  };
}

export interface Running {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly output: { stdout: string; stderr: string };
}

function start(args: readonly string[], environment: Record<string, string>, main = MAIN): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('VS_'));
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...Object.fromEntries(inherited), VS_PORT: NOBODY, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  return { child, output };
}

async function finished({ child, output }: Running): Promise<Finished> {
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode, ...output };
}

async function listeningUrl({ child, output }: Running): Promise<string> {
  for (;;) {
    const url = /listening on (http:\S+)/.exec(output.stdout)?.[1];
    if (url !== undefined) return url;
    if (child.stdout === null) throw new Error('the server has no output');
    await once(child.stdout, 'data');
  }
}

function failedToStart({ stderr }: Finished): never {
  throw new Error(`the server did not start: ${stderr}`);
}

export function githubSignature(secret: string, body: string | Buffer): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}
