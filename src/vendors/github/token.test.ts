import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { githubHost } from './host.ts';
import { findToken } from './token.ts';

const cloud = githubHost('github.com');
const server = githubHost('github.example.com');

let folder: string;
/** Nothing but a GitHub CLI that is signed in to one host. */
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'valuestream-gh-'));
  const program = join(folder, 'gh');
  writeFileSync(
    program,
    `#!${process.execPath}
const [auth, token, flag, host] = process.argv.slice(2);
if (auth === 'auth' && token === 'token' && flag === '--hostname' && host === 'github.example.com') console.log('gho_of_the_cli');
else process.exit(1);
`,
  );
  chmodSync(program, 0o755);
  path = [folder, dirname(process.execPath)].join(':');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the token', () => {
  it.each([
    [cloud, { VS_GITHUB_TOKEN: 'a', GH_TOKEN: 'b', GITHUB_TOKEN: 'c' }, 'a'],
    [cloud, { GH_TOKEN: 'b', GITHUB_TOKEN: 'c' }, 'b'],
    [cloud, { GH_TOKEN: ' ', GITHUB_TOKEN: 'c\n' }, 'c'],
    [server, { VS_GITHUB_TOKEN: 'a', GH_ENTERPRISE_TOKEN: 'd' }, 'a'],
    [server, { GH_ENTERPRISE_TOKEN: 'd', GITHUB_ENTERPRISE_TOKEN: 'e', GITHUB_TOKEN: 'c' }, 'd'],
  ])('of $name comes from the environment', async (host, environment, token) => {
    expect(await findToken(host, { ...environment, PATH: '' })).toBe(token);
  });

  it('of github.com is never sent to another host', async () => {
    const environment = { GH_TOKEN: 'b', GITHUB_TOKEN: 'c', PATH: '' };
    await expect(findToken(server, environment)).rejects.toMatchObject({ kind: 'no_token' });
  });

  it('comes from the GitHub CLI where the environment has none', async () => {
    expect(await findToken(server, { PATH: path })).toBe('gho_of_the_cli');
  });

  it.each([cloud, server])('that is nowhere is missed with the ways to give one ($name)', async (host) => {
    const error = await findToken(host, { PATH: '' }).catch((one: Error) => one);
    expect(error).toMatchObject({ kind: 'no_token' });
    expect(String(error)).toContain('VS_GITHUB_TOKEN');
    expect(String(error)).toContain(`gh auth login --hostname ${host.name}`);
  });

  it('of two lines is refused without being repeated', async () => {
    const error = await findToken(cloud, { GITHUB_TOKEN: 'ghp_1\nghp_2' }).catch((one: Error) => one);
    expect(error).toMatchObject({ kind: 'bad_token' });
    expect(String(error)).not.toContain('ghp_');
  });
});
