import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const PARTS = ['src', 'test', 'tools', 'bench', 'package.json', 'tsconfig.json', 'vitest.config.ts', 'biome.json'];

/** A copy of the project, in which a source is begun. */
let project: string;
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'valuestream-new-source-'));
  for (const part of PARTS) cpSync(join(ROOT, part), join(project, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
  git('init', '--quiet');
  git('add', '--all', ':!node_modules');
  git('-c', 'user.name=test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '-m', 'before');
});
afterAll(() => {
  rmSync(project, { recursive: true, force: true });
});

const run = (command: string, ...args: readonly string[]) => {
  const { VITEST: _ours, NODE_OPTIONS: _too, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: project, env, encoding: 'utf8' });
  return { status, output: stdout + stderr };
};
const git = (...args: readonly string[]) => run('git', ...args);
const node = (...args: readonly string[]) => run(process.execPath, ...args);
const generate = (...args: readonly string[]) => node('tools/new-source.mjs', ...args);
const contract = () => node('node_modules/vitest/vitest.mjs', 'run', 'src/sources/acme', 'src/sources/sources.test.ts');

/** What Acme's page would say of the payload in the template: it waited one minute, and ran for four. */
const identity = {
  identity: 'acme |  | build | 4711 | 7',
  name: 'octo-org/api | 7',
  aliases: ['vstrace-acme-build-api-7'],
  operation: 'build',
  channel: 'webhook',
  precisionMs: 1_000,
};
const at = (minute: number) => {
  const time = `2026-03-02T09:0${minute}:00.000Z`;
  return { occurredAt: time, observedAt: time };
};
const expected = {
  outcome: 'accepted',
  kind: 'build.finished',
  events: [
    {
      ...identity,
      ...at(0),
      key: 'created',
      state: 'start',
      stage: { key: 'queued', name: 'queued', category: 'waiting' },
    },
    {
      ...identity,
      ...at(1),
      key: 'started',
      state: 'transition',
      stage: { key: 'running', name: 'running', category: 'active' },
    },
    {
      ...identity,
      ...at(5),
      key: 'finished',
      state: 'end',
      result: 'success',
      title: 'Add a cache',
      url: 'https://acme.example/octo-org/api/builds/7',
      tags: { 'cicd.pipeline.run.id': '7' },
    },
  ],
};

describe('a source that is begun by the generator', () => {
  it.each([
    [[], 'one id is needed'],
    [['Acme'], 'must be 2 to 30 lower-case letters'],
    [['../acme'], 'must be 2 to 30 lower-case letters'],
    [['github'], 'already'],
    [['acme', '--colour'], 'colour'],
  ])('is not begun with %j, and nothing is written', (args, message) => {
    const { status, output } = generate(...args);
    expect([status, output]).toEqual([2, expect.stringContaining(message)]);
    expect(git('status', '--porcelain').output).not.toMatch(/src\//);
  });

  it('changes its folder and one line, and nothing else', () => {
    expect(generate('acme', '--title', 'Acme CI')).toMatchObject({ status: 0 });
    expect(git('status', '--porcelain', 'src', 'test', 'tools').output.trim().split('\n')).toEqual([
      'M src/sources/list.ts',
      '?? src/sources/acme/',
    ]);
    const changed = git('diff', '--unified=0', 'src/sources/list.ts').output.match(/^[+-][^+-].*$/gm);
    expect(changed).toEqual(["+export { acme } from './acme/index.ts';"]);
    expect(readFileSync(join(project, 'src/sources/acme/README.md'), 'utf8')).toMatch(/^# Acme CI\n/);
  });

  it('fails its contract until its fixture says what it means, and keeps it then', () => {
    const before = contract();
    expect(before.status).toBe(1);
    expect(before.output).toMatch(/reads build\.finished as it is expected/);
    expect(before.output.match(/ FAIL /g)).toHaveLength(1);

    const file = join(project, 'src/sources/acme/fixtures/build.finished.expected.json');
    writeFileSync(file, JSON.stringify(expected));
    expect(contract()).toMatchObject({ status: 0 });
  });

  it('has right types, format and layers from the beginning', () => {
    expect(node('node_modules/typescript/bin/tsc', '-p', '.')).toEqual({ status: 0, output: '' });
    expect(node('node_modules/@biomejs/biome/bin/biome', 'check', 'src/sources/acme')).toMatchObject({ status: 0 });
    expect(node('tools/layers.mjs')).toMatchObject({ status: 0 });
  });
});
