import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const packageFile = new URL('../package.json', import.meta.url);

/** The program's version, from the package it is a part of. */
export const version: string = JSON.parse(readFileSync(packageFile, 'utf8')).version;

const ROOT = new URL('../', import.meta.url);

/** The commit that a clone is at, or that a package was built from; `unknown` where nothing tells. */
export function revision(): string {
  const built = new URL('revision', import.meta.url);
  if (existsSync(built)) return readFileSync(built, 'utf8').trim();
  if (!existsSync(new URL('.git', ROOT))) return 'unknown';
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: fileURLToPath(ROOT), encoding: 'utf8' });
  return status === 0 ? stdout.trim() : 'unknown';
}
