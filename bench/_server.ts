import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { SECRET } from './_secret.ts';

/** A server under load: one process or several that share a port. */
export interface Target {
  readonly name: string;
  readonly port: number;
  readonly pids: readonly number[];
  readonly process: ChildProcess;
}

/** As `npm start` has them. */
const FLAGS = ['--max-semi-space-size=8'];

/** Starts the real server on a folder: from source, or what was built of it (`dist/main.js`). */
export async function valueStream(folder: string, program = 'src/main.ts'): Promise<Target> {
  const main = new URL(`../${program}`, import.meta.url);
  const args = ['serve', '--port', '0', '--data-dir', folder, '--log-level', 'warn'];
  const env = { ...process.env, VS_SECRET_GITHUB: SECRET };
  const child = fork(main, args, { env, silent: true, execArgv: FLAGS });
  child.stderr?.pipe(process.stderr);
  const [text] = child.stdout === null ? [''] : await once(child.stdout.setEncoding('utf8'), 'data');
  const port = Number(/listening on http:\/\/[^:]+:(\d+)/.exec(text)?.[1]);
  return { name: 'ValueStream', port, pids: [child.pid ?? 0], process: child };
}

const ROOT = resolve(import.meta.dirname, '..');

/** This checkout, and before it in a comparison another one of this repository. */
export function checkoutsOf(against: string | undefined): readonly string[] {
  return against === undefined ? [ROOT] : [resolve(against), ROOT];
}

/** The server of a checkout, from source. */
export function serverOf(checkout: string, folder: string): Promise<Target> {
  return valueStream(folder, relative(ROOT, `${checkout}/src/main.ts`));
}

/** What /proc counts CPU time in; a block must last many of them. */
const TICKS_PER_SECOND = 100;

/** The CPU time that all processes of a server have used so far. */
export function cpuSeconds({ pids }: Target): number {
  const ticks = pids.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, own) => sum + own, 0) / TICKS_PER_SECOND;
}

/** A figure of a process's memory in MiB: `VmRSS` is what it holds now, `VmHWM` the most it ever held. */
export function memoryMiB({ process: { pid } }: Target, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}
