// Builds the dashboard into dist/web, where the server finds it. Alone: always; for `npm start` and `npm test`: if stale.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledNode, isProgram, ROOT } from './_setup.mjs';

/** What the build is made from; the pages of sources tell how each is set up. */
const INPUTS = ['web', 'docs/sources', 'package-lock.json'];
const STAMP = join('node_modules', '.valuestream-web');

/** Builds the dashboard unless it is the one that these files give; quick when it is. */
export function buildWebIfStale(root = ROOT) {
  const wanted = hashOfInputs(root);
  const stamp = join(root, STAMP);
  const isBuilt = existsSync(join(root, 'dist', 'web', 'index.html'));
  if (isBuilt && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('valuestream: building the dashboard (once, and again when it changes) …');
  buildWeb(root, wanted);
}

function buildWeb(root, hash) {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const options = { cwd: join(root, 'web'), stdio: ['ignore', 'inherit', 'inherit'] };
  const { status } = spawnSync(bundledNode(root), [vite, 'build', '--logLevel', 'warn'], options);
  if (status !== 0) {
    console.error('valuestream: the dashboard could not be built; what is said above tells why');
    process.exit(status ?? 1);
  }
  writeFileSync(join(root, STAMP), hash);
}

function hashOfInputs(root) {
  const hash = createHash('sha256');
  for (const file of INPUTS.flatMap((input) => filesIn(root, input))) {
    hash.update(file).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

function filesIn(root, path) {
  if (path.includes('.')) return [path];
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules' && !name.endsWith('.test.ts'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const inner = `${path}/${entry.name}`;
      return entry.isDirectory() ? filesIn(root, inner) : [inner];
    });
}

if (isProgram(import.meta.url)) buildWeb(ROOT, hashOfInputs(ROOT));
