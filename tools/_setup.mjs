// What `npm start` and `npm test` do before anything else. Plain JavaScript that any Node.js from 18 on runs, importing
// nothing but Node's own modules: it is what brings everything else.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = [22, 18];

/** Whether a module is the program itself. `import.meta.filename` is not there before Node.js 20.11. */
export function isProgram(url) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url);
}

/** Installs the dependencies if the lock file is not the one they were installed from; quick when it is. */
export function installIfStale(root = ROOT) {
  const stamp = join(root, 'node_modules', '.valuestream-lock');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('valuestream: installing dependencies (once, and again when the lock file changes) …');
  const { status } = runNpm(['ci', '--include=dev', '--no-fund', '--no-audit', '--loglevel=error'], root);
  if (status !== 0) fail('npm could not install the dependencies; what it says above tells why', status ?? 1);
  writeFileSync(stamp, wanted);
}

/**
 * Inside `npm start` this is the npm that is running, with the Node.js that runs it: `node` in PATH is then the one
 * below node_modules, which `npm ci` is about to delete.
 */
function runNpm(args, cwd) {
  const options = { cwd, stdio: ['ignore', 'inherit', 'inherit'] };
  const { npm_execpath: script, npm_node_execpath: node } = process.env;
  if (script?.endsWith('npm-cli.js') && node) return spawnSync(node, [script, ...args], options);
  // Windows has npm as a script, which only a shell starts.
  return spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}

/** The Node.js that the dev dependency `node` brought. Ends the process with what to do where there is none. */
export function bundledNode(root = ROOT) {
  const path = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const { stdout } = existsSync(path) ? spawnSync(path, ['--version'], { encoding: 'utf8' }) : { stdout: null };
  if (!stdout) {
    fail(
      'the Node.js of this project is not there: its install script was blocked.\n' +
        'Allow it with "npm install-scripts approve node" (or unset ignore-scripts), then run "npm rebuild node".',
    );
  }
  if (!isNewEnough(stdout.trim())) fail(`the Node.js of this project is ${stdout.trim()}, which is too old`);
  return path;
}

export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

/**
 * With which the server is started: smaller spaces for young objects, for a sixth less memory under load and a twentieth
 * more CPU time (bench/README.md). Only the command line can set it.
 */
export const SERVER_FLAGS = ['--max-semi-space-size=8'];

/** Runs a program in the foreground: its output is ours, our signals are its own. Resolves with its exit code. */
export function runForeground(command, args, options = {}) {
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
  // A terminal sends Ctrl-C to every process of the group; the child has it already, and we only wait for it.
  const forward = (signal) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
  stopWithNpm(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(exitCode(code, signal)));
  });
}

/** npm starts a shell that starts us; a SIGTERM to npm ends these two, and is told to nobody else. */
function stopWithNpm(child) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, 250);
  child.on('close', () => clearInterval(watch));
}

/** 128 and the signal's number for a process that a signal ended, as shells have it. */
export function exitCode(code, signal) {
  return signal === null ? (code ?? 1) : 128 + (constants.signals[signal] ?? 0);
}

function fail(message, code = 1) {
  console.error(`valuestream: ${message}`);
  process.exit(code);
}
