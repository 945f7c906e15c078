import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from './config.ts';

const SOURCES = ['github', 'customhttp'];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'valuestream-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const file = (text: string) => {
  const path = join(folder, 'valuestream.yaml');
  writeFileSync(path, text);
  return path;
};
const load = (environment: Record<string, string>, flags = {}) => loadConfig(environment, flags, SOURCES);

describe('the configuration', () => {
  it('has defaults that need nothing', () => {
    expect(load({}).server).toEqual({
      host: '127.0.0.1',
      port: 4747,
      data_dir: './data',
      store: 'sqlite',
      log_level: 'info',
      max_deliveries_in_flight: 2_000,
      max_bytes_in_flight: 128 * 1024 * 1024,
      access: 'auto',
      insecure: false,
    });
  });

  it('takes where people reach the server as its origin, and nothing below it', () => {
    expect(load({ VS_PUBLIC_URL: 'https://VS.example.org/' }).server.public_url).toBe('https://vs.example.org');
    expect(() => load({ VS_PUBLIC_URL: 'https://vs.example.org/sub' })).toThrow(/VS_PUBLIC_URL: must have no path/);
    expect(() => load({}, { public_url: 'vs.example.org' })).toThrow(/--public-url: must be a URL such as/);
    expect(() => load({ VS_ACCESS: 'never' })).toThrow(/VS_ACCESS: /);
  });

  it('tells measures by author only where the file says so', () => {
    expect(load({}).measures.byAuthor).toBe(false);
    expect(load({ VS_CONFIG: file('measures:\n  by_author: true\n') }).measures.byAuthor).toBe(true);
  });

  it('lets a flag win over the environment, and the environment over the file', () => {
    const path = file('server:\n  host: file\n  port: 1\n  data_dir: file\n');
    const { server } = load(
      { VS_CONFIG: path, VS_PORT: '2', VS_DATA_DIR: 'env' },
      { data_dir: 'flag', host: undefined },
    );
    expect(server).toMatchObject({ host: 'file', port: 2, data_dir: 'flag' });
  });

  it('reads several secrets, and those of named instances', () => {
    const { secrets } = load({
      VS_SECRET_GITHUB: 'one, two',
      VS_SECRET_GITHUB_GHE: 'three',
      VS_SECRET_GITHUB_GHE_EU: 'four',
    });
    expect(secrets.get('github')).toEqual(
      new Map([
        ['', ['one', 'two']],
        ['ghe', ['three']],
        ['ghe-eu', ['four']],
      ]),
    );
  });

  it('reads secrets from the file, and lets the environment win', () => {
    const path = file('sources:\n  github:\n    secrets: [a]\n    instances:\n      ghe: { secrets: [b, c] }\n');
    const { secrets } = load({ VS_CONFIG: path, VS_SECRET_GITHUB: 'env' });
    expect(secrets.get('github')?.get('')).toEqual(['env']);
    expect(secrets.get('github')?.get('ghe')).toEqual(['b', 'c']);
  });

  it.each([
    [{ VS_PORT: 'many' }, {}, /VS_PORT: /],
    [{ VS_PORT: '70000' }, {}, /VS_PORT: /],
    [{}, { port: '-1' }, /--port: /],
    [{}, { log_level: 'loud' }, /--log-level: /],
    [{ VS_STORE: 'mysql' }, {}, /VS_STORE: /],
    [{ VS_SECRET_GITHUP: 'x' }, {}, /"githup", which is no event source; there are github, customhttp/],
    [{ VS_SECRET_GITHUB: 'a,,b' }, {}, /VS_SECRET_GITHUB: one of the secrets/],
    [{ VS_CONFIG: '/nowhere/valuestream.yaml' }, {}, /cannot be read/],
  ])('refuses %o %o and names what is wrong', (environment, flags, message) => {
    expect(() => load(environment, flags)).toThrow(ConfigError);
    expect(() => load(environment, flags)).toThrow(message);
  });

  it.each([
    ['server:\n  prt: 1\n', /line 2: server.*prt/],
    ['server:\n  host: a\n  port: x\n', /line 3: server\.port/],
    ['server: [\n', /valuestream\.yaml: /],
    ['sources:\n  github:\n    secrets: []\n', /line 3: sources\.github\.secrets/],
    ['rulez: {}\n', /line 1: .*rulez/],
    ['rules:\n  deploys:\n    - when: { jb: x }\n', /line 3: rules\.deploys\.0\.when: .*jb/],
    ['rules:\n  deploys:\n    - when: {}\n', /line 3: rules\.deploys\.0\.when: needs at least one condition/],
    ['rules:\n  deploys:\n    - when:\n        job: ""\n', /line 4: rules\.deploys\.0\.when\.job/],
    ['rules:\n  environments:\n    - when: { environment: x }\n      tier: prod\n', /line 4: .*tier/],
    ['rules:\n  stages:\n    - when: { project: x }\n      category: done\n', /line 3: .*needs a status or a label/],
    ['rules:\n  incidents:\n    - when:\n        source: githup\n', /line 4: .*"githup" is no event source; there are/],
    ['teams:\n  - projects: [a]\n', /line 2: teams\.0\.name/],
  ])('refuses the file %j and names the line', (text, message) => {
    expect(() => load({ VS_CONFIG: file(text) })).toThrow(message);
  });

  it('reads rules and teams, with the built-in ones where the file has none', () => {
    expect(load({}).rules).toMatchObject({ rules: { defaults: true, deploys: [] }, teams: [] });
    const path = file('rules:\n  deploys:\n    - when: { job: ship }\nteams:\n  - name: Shop\n    projects: [shop]\n');
    expect(load({ VS_CONFIG: path }).rules).toMatchObject({
      rules: { deploys: [{ when: { job: 'ship' }, deploy: true }] },
      teams: [{ name: 'Shop', projects: ['shop'], people: [] }],
    });
  });

  it('never repeats a secret in a message', () => {
    expect(() => load({ VS_SECRET_GITHUB: 's3cret,,' })).toThrow(/^((?!s3cret).)*$/);
  });
});
