// `npm run openapi`: writes docs/openapi.json, as the server gives it. A test holds the two against each other.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundledNode, installIfStale, ROOT } from './_setup.mjs';

installIfStale();
const folder = mkdtempSync(join(tmpdir(), 'valuestream-openapi-'));
const args = ['src/main.ts', 'serve', '--port', '0', '--data-dir', folder];
const server = spawn(bundledNode(), args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
const ended = once(server, 'close');
try {
  const [text] = await once(server.stdout.setEncoding('utf8'), 'data');
  const url = /listening on (http:\S+)/.exec(text)?.[1];
  const description = await (await fetch(`${url}/openapi.json`)).json();
  writeFileSync(join(ROOT, 'docs', 'openapi.json'), `${JSON.stringify(description, null, 2)}\n`);
  console.log(`docs/openapi.json has ${Object.keys(description.paths).length} paths`);
} finally {
  server.kill();
  await ended;
  rmSync(folder, { recursive: true });
}
