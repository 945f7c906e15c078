import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Who has it: the process, by its id. */
export class LockedError extends Error {}

/**
 * A file that only one process has at a time; it holds the id of that process. One that was killed does not have it any more.
 * Throws a {@link LockedError} where another process has it.
 */
export class ProcessLock {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    for (;;) {
      if (taken(path)) return;
      const holder = Number(contentOf(path));
      if (Number.isInteger(holder) && holder > 0 && isAlive(holder))
        throw new LockedError(`process ${holder} is at it already (if it is something else by now, remove ${path})`);
      rmSync(path, { force: true });
    }
  }

  release(): void {
    rmSync(this.#path, { force: true });
  }
}

function taken(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Empty where it is gone by now. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process is one as well.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
