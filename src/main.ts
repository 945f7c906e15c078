#!/usr/bin/env node
import module from 'node:module';
import process from 'node:process';

const OLDEST_NODE = [22, 18] as const;

// Checked before anything else is loaded or called: the SQLite driver crashes older versions instead of saying so.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  console.error(`ValueStream needs Node.js ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

// A command that only asks a server starts in half the time. Where there is no room for the cache, it starts as it would without.
module.enableCompileCache();
const { run } = await import('./run.ts');
process.exitCode = await run(process.argv, process.env);
