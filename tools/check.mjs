// `npm run check`: everything CI asks for, in one table. Single steps by name: npm run check -- types lint
import { spawnSync } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { bundledNode, installIfStale, isProgram, ROOT } from './_setup.mjs';

const bin = (path) => `node_modules/${path}`;

/** Each step is a script run by the project's own Node.js. */
export const steps = {
  format: [bin('@biomejs/biome/bin/biome'), 'format', '.'],
  lint: [bin('@biomejs/biome/bin/biome'), 'lint', '--error-on-warnings', '.'],
  types: [bin('typescript/bin/tsc'), '-p', '.'],
  'types-web': [bin('typescript/bin/tsc'), '-p', 'web'],
  layers: ['tools/layers.mjs'],
  unused: [bin('knip/bin/knip.js')],
  pages: ['tools/pages.mjs', '--check'],
  links: [bin('remark-cli/cli.js'), '.', '--quiet', '--frail', '--no-stdout'],
  test: ['tools/test.mjs'],
};

/** Runs one step in a checkout, and tells how it went. */
export function runStep(name, { root = ROOT, node = bundledNode(), stdio = 'inherit' } = {}) {
  const started = Date.now();
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  const { status, stdout, stderr } = spawnSync(node, steps[name], { cwd: root, stdio, env, encoding: 'utf8' });
  return { name, passed: status === 0, seconds: (Date.now() - started) / 1_000, output: `${stdout}${stderr}` };
}

export function table(results) {
  const rows = results.map(
    ({ name, passed, seconds }) =>
      `  ${name.padEnd(24)} ${seconds.toFixed(1).padStart(6)} s  ${passed ? 'PASS' : 'FAIL'}`,
  );
  return ['', ...rows, ''].join('\n');
}

if (isProgram(import.meta.url)) {
  const asked = process.argv.slice(2);
  const unknown = asked.find((name) => !Object.hasOwn(steps, name));
  if (unknown !== undefined) {
    console.error(`there is no step "${unknown}"; there are ${Object.keys(steps).join(', ')}`);
    process.exit(2);
  }
  installIfStale();
  const results = (asked.length > 0 ? asked : Object.keys(steps)).map((name) => runStep(name));
  console.log(table(results));
  process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
}
