import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gitlabHost } from './host.ts';
import { findToken } from './token.ts';

const cloud = gitlabHost('gitlab.com');
const server = gitlabHost('gitlab.example.com');

let folder: string;
/** Nothing but a GitLab CLI that is signed in to one host. */
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'valuestream-glab-'));
  const program = join(folder, 'glab');
  writeFileSync(
    program,
    `#!${process.execPath}
if (process.argv.slice(2).join(' ') === 'config get token --host gitlab.example.com') console.log('glpat-of-the-cli');
`,
  );
  chmodSync(program, 0o755);
  path = [folder, dirname(process.execPath)].join(':');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the token', () => {
  it.each([
    [cloud, { VS_GITLAB_TOKEN: 'a', GITLAB_TOKEN: 'b' }, 'a'],
    [cloud, { GITLAB_TOKEN: ' b\n' }, 'b'],
    [cloud, { GITLAB_ACCESS_TOKEN: 'c' }, 'c'],
    [server, { VS_GITLAB_TOKEN: 'a', GITLAB_TOKEN: 'b' }, 'a'],
    [server, { GITLAB_TOKEN: 'b', GITLAB_HOST: 'gitlab.example.com' }, 'b'],
    [server, { GITLAB_TOKEN: 'b', GL_HOST: 'https://gitlab.example.com/' }, 'b'],
  ])('of $name comes from the environment', async (host, environment, token) => {
    expect(await findToken(host, { ...environment, PATH: '' })).toBe(token);
  });

  it('of one host is never sent to another', async () => {
    const ofCloud = { GITLAB_TOKEN: 'b', PATH: '' };
    await expect(findToken(server, ofCloud)).rejects.toMatchObject({ kind: 'no_token' });
    const ofServer = { ...ofCloud, GITLAB_HOST: 'gitlab.example.com' };
    await expect(findToken(cloud, ofServer)).rejects.toMatchObject({ kind: 'no_token' });
  });

  it('comes from the GitLab CLI where the environment has none', async () => {
    expect(await findToken(server, { PATH: path })).toBe('glpat-of-the-cli');
    await expect(findToken(cloud, { PATH: path })).rejects.toMatchObject({ kind: 'no_token' });
  });

  it.each([cloud, server])('that is nowhere is missed with the ways to give one ($name)', async (host) => {
    const error = await findToken(host, { PATH: '' }).catch((one: Error) => one);
    expect(error).toMatchObject({ kind: 'no_token' });
    expect(String(error)).toContain('VS_GITLAB_TOKEN');
    expect(String(error)).toContain(`glab auth login --hostname ${host.name}`);
  });

  it('of two lines is refused without being repeated', async () => {
    const error = await findToken(cloud, { GITLAB_TOKEN: 'glpat-1\nglpat-2' }).catch((one: Error) => one);
    expect(error).toMatchObject({ kind: 'bad_token' });
    expect(String(error)).not.toContain('glpat-');
  });
});
