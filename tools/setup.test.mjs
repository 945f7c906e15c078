import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitCode, isNewEnough, ROOT } from './_setup.mjs';
import { buildWebIfStale } from './web.mjs';

describe('the version of Node.js', () => {
  it.each(['v22.18.0', 'v22.19.1', 'v24.0.0', '26.10.0'])('is new enough with %s', (version) => {
    expect(isNewEnough(version)).toBe(true);
  });
  it.each(['v22.17.9', 'v20.20.2', 'v18.0.0', '', 'nonsense'])('is too old with %j', (version) => {
    expect(isNewEnough(version)).toBe(false);
  });
});

describe('an exit code', () => {
  it.each([
    [0, null, 0],
    [3, null, 3],
    [null, 'SIGTERM', 143],
    [null, 'SIGKILL', 137],
  ])('of a process that ended with %s and %s is %i', (code, signal, expected) => {
    expect(exitCode(code, signal)).toBe(expected);
  });
});

/** Stands in for Vite: what it builds is not looked at here. */
const BUILD =
  "const { mkdirSync, writeFileSync } = require('node:fs'); mkdirSync('../dist/web', { recursive: true }); writeFileSync('../dist/web/index.html', '');";

/** A copy of the start script in a project whose program does what the test says, and whose dashboard is built. */
describe('npm start', () => {
  let folder;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'valuestream-start-'));
    cpSync(join(ROOT, 'tools'), join(folder, 'tools'), { recursive: true });
    cpSync(join(ROOT, 'package-lock.json'), join(folder, 'package-lock.json'));
    mkdirSync(join(folder, 'node_modules'));
    for (const part of ['src', 'web', 'docs/sources', 'node_modules/vite/bin'])
      mkdirSync(join(folder, part), { recursive: true });
    writeFileSync(join(folder, 'node_modules/vite/bin/vite.js'), BUILD);
    symlinkSync(join(ROOT, 'node_modules', 'node'), join(folder, 'node_modules', 'node'));
    cpSync(join(ROOT, 'node_modules', '.valuestream-lock'), join(folder, 'node_modules', '.valuestream-lock'));
    buildWebIfStale(folder);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const start = (program, [command, args] = [process.execPath, ['tools/start.mjs', '--port', '1']]) => {
    writeFileSync(join(folder, 'src', 'main.ts'), program);
    const env = { ...process.env, npm_lifecycle_event: 'start' };
    const child = spawn(command, args, { cwd: folder, env });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (text) => {
      output.stdout += text;
    });
    child.stderr.on('data', (text) => {
      output.stderr += text;
    });
    const ended = once(child, 'close').then(() => child.exitCode);
    const said = async (text) => {
      while (!output.stdout.includes(text))
        await Promise.race([
          once(child.stdout, 'data'),
          ended.then((code) => {
            throw new Error(`it ended with ${code} and did not say ${text}: ${output.stderr}`);
          }),
        ]);
    };
    return { child, output, ended, said };
  };

  it('runs the program with its arguments and ends with its exit code, and installs nothing twice', async () => {
    const { output, ended } = start('console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;');
    expect(await ended).toBe(7);
    expect(output).toEqual({ stdout: '["serve","--port","1"]\n', stderr: '' });
  });

  it('hands a signal on, and waits for what the program makes of it', async () => {
    const { child, output, ended, said } = start(
      `process.on('SIGTERM', () => { console.log('closing'); process.exit(0); });
       setInterval(() => {}, 1000); console.log('ready');`,
    );
    await said('ready');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(output.stdout).toContain('closing');
  });

  it('stops the program when the npm that started it is gone', async () => {
    const { child, output, ended, said } = start(
      `process.on('SIGTERM', () => { console.log('closing'); process.exit(0); });
       setInterval(() => {}, 1000); console.log('ready');`,
      ['sh', ['-c', `"${process.execPath}" tools/start.mjs; true`]],
    );
    await said('ready');
    child.kill('SIGKILL');
    await ended;
    expect(output.stdout).toContain('closing');
  });

  it('says what to do when the Node.js of the project was not installed', async () => {
    rmSync(join(folder, 'node_modules', 'node'));
    const { output, ended } = start('');
    expect(await ended).toBe(1);
    expect(output.stderr).toMatch(/install script was blocked[\s\S]*npm rebuild node/);
  });
});
