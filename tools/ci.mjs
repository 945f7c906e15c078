// What CI runs: the tests, every check, the oldest and the newest Node.js, the package, a fresh clone, and every sample
// webhook there is. Keeps going after a failure; ends with one line of real counts.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { bundledNode, installIfStale, ROOT } from './_setup.mjs';
import { runStep, steps, table } from './check.mjs';

/** The unit tests run on these too; the program refuses the last. */
const OTHER_VERSIONS = ['22', '26'];
const TOO_OLD = '20';
/** A failure's first characters, enough for its first lines. */
const FAILURE_LENGTH = 1_500;

process.env.CI = 'true';
const results = [];
const counts = { passed: 0, failed: 0 };
/** What failed and how, told once more at the end: whoever is shown the last lines only must see why. */
const failures = [];
// However it ends, the last line counts; an end before its time is a failure.
process.on('exit', (code) => {
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
});
installIfStale();
const node = bundledNode();
const folder = mkdtempSync(join(tmpdir(), 'valuestream-ci-'));

async function step(name, work) {
  console.log(`\n── ${name}`);
  const started = Date.now();
  let passed = false;
  try {
    await work();
    passed = true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(reason);
    failures.push(`${name}: ${reason}`);
  }
  counts[passed ? 'passed' : 'failed'] += 1;
  results.push({ name, passed, seconds: (Date.now() - started) / 1_000 });
}

function run(command, args, options = {}) {
  const { status, error, stdout } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    encoding: 'utf8',
    ...options,
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}`, ...options.env },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
  return stdout ?? '';
}

/** Runs Vitest with a report, and adds its tests to the counts. */
function vitest(name, findCommand, args) {
  return step(name, () => {
    const command = findCommand();
    const report = join(folder, `report-${results.length}.json`);
    const env = {
      ...process.env,
      VALUESTREAM_TEST_JSON: report,
      PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
    };
    const { status } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env });
    const told = JSON.parse(readFileSync(report, 'utf8'));
    const { numPassedTests, numFailedTests, numPendingTests } = told;
    counts.passed += numPassedTests;
    counts.failed += numFailedTests;
    failures.push(...failedTests(told));
    if (status !== 0) throw new Error(`${name} ended with ${status}`);
    if (numPendingTests > 0) throw new Error(`${numPendingTests} tests were skipped, which CI does not allow`);
    if (numPassedTests === 0) throw new Error('no test was run');
  });
}

/** Each failed test of a Vitest report, and each file that could not be run, with what it said. */
function failedTests({ testResults }) {
  return testResults.flatMap(({ name, message, assertionResults }) => {
    const file = relative(ROOT, name);
    const tests = assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => `${file} > ${fullName}\n${failureMessages.join('\n')}`);
    return message ? [`${file}\n${message}`, ...tests] : tests;
  });
}

/** The Node.js of another version, from npm, outside the project. */
function otherNode(version) {
  const prefix = join(folder, `node-${version}`);
  mkdirSync(prefix);
  writeFileSync(join(prefix, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }));
  run('npm', [
    'install',
    '--no-save',
    '--no-fund',
    '--no-audit',
    '--loglevel=error',
    '--prefix',
    prefix,
    `node@${version}`,
  ]);
  return join(prefix, 'node_modules', 'node', 'bin', 'node');
}

async function packed() {
  run('npm', ['pack', '--loglevel=error', '--pack-destination', folder]);
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  const project = join(folder, 'user');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"private":true}');
  run('npm', ['install', '--no-fund', '--no-audit', '--loglevel=error', join(folder, tarball)], { cwd: project });
  const program = join(project, 'node_modules', 'valuestream', 'dist', 'main.js');
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const told = run(node, [program, '--version'], { stdio: 'pipe' }).trim();
  if (told !== version) throw new Error(`the installed package says it is ${told}, not ${version}`);
  await serves(node, [program, 'serve', '--port', '0', '--data-dir', join(project, 'data')], project);
  const { status, stderr } = spawnSync(otherNode(TOO_OLD), [program, 'serve'], { encoding: 'utf8' });
  if (status !== 1 || !/needs Node\.js 22\.18 or newer/.test(stderr))
    throw new Error(`Node.js ${TOO_OLD} was not refused in words: ${status} ${stderr}`);
}

async function freshClone() {
  const clone = join(folder, 'clone');
  run('git', ['clone', '--quiet', ROOT, clone]);
  const start = () => serves('npm', ['start', '--', '--port', '0', '--data-dir', join(folder, 'clone-data')], clone);
  await start();
  const before = Date.now();
  await start();
  console.log(`the second start, with its stop, took ${((Date.now() - before) / 1_000).toFixed(1)} s`);
}

/** A user's tests skip what needs these, and say so; here nothing is skipped. */
function installPrograms() {
  const programs = ['promtool', 'curl', 'jq', 'openssl', 'chromium'];
  if (programs.every((program) => spawnSync(program, ['--version']).error === undefined)) return;
  run('apt-get', ['update', '-qq']);
  run(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', 'prometheus', 'curl', 'jq', 'openssl', 'chromium'],
    {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    },
  );
}

/** Starts a server, waits until it answers, stops its whole process group, and wants it to say that it has stopped. */
async function serves(command, args, cwd) {
  const child = spawn(command, args, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
  }
  const url = await Promise.race([listening(child, () => said), ended.then(() => undefined)]);
  if (url === undefined) throw new Error(`it ended before it listened: ${said}`);
  const { status } = await fetch(`${url}/readyz`);
  const page = await fetch(url, { headers: { accept: 'text/html' } });
  process.kill(-child.pid, 'SIGTERM');
  await ended;
  if (status !== 200) throw new Error(`/readyz answered ${status}`);
  if (page.status !== 200) throw new Error(`the dashboard answered ${page.status}`);
  // npm itself dies of the signal; the server's own last word is what counts.
  if (!said.includes('"msg":"stopped"')) throw new Error(`it did not stop in order: ${said}`);
}

async function listening(child, said) {
  for (;;) {
    const url = /listening on (http:\S+)/.exec(said())?.[1];
    if (url !== undefined) return url;
    await once(child.stdout, 'data');
  }
}

await step('what the tests ask of the system', installPrograms);
await vitest('npm test', () => 'npm', ['test']);
for (const name of Object.keys(steps).filter((name) => name !== 'test')) {
  await step(`check: ${name}`, () => {
    if (!runStep(name, { node }).passed) throw new Error(`npm run check -- ${name} failed`);
  });
}
await step('the lock installs anywhere', () =>
  run('npm', ['ci', '--dry-run', '--loglevel=error'], { stdio: 'ignore' }),
);
for (const version of OTHER_VERSIONS) {
  await vitest(`unit tests on Node.js ${version}`, () => otherNode(version), [
    'node_modules/vitest/vitest.mjs',
    'run',
    'src',
    // What SQL and links make of any history does not depend on the version, and takes longest.
    '--exclude',
    'src/measures/**/{laws,copy,outcomes,dora.sql}.test.ts',
    '--exclude',
    'src/correlate/{correlate,deployments,stories}.test.ts',
    '--exclude',
    'src/demo/demo.test.ts',
  ]);
}
await step('the package, installed', packed);
await step('npm start, twice, in a fresh clone', freshClone);
rmSync(folder, { recursive: true, force: true });

for (const failure of failures) console.log(`\nFAILED ${failure.slice(0, FAILURE_LENGTH)}`);
console.log(table(results));
process.exitCode = counts.failed === 0 ? 0 : 1;
