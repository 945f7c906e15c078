import { describe, expect, it } from 'vitest';

import { addressOfRemote, pageOfRemote, shaOf } from './git.ts';

describe('the address of a repository', () => {
  it.each([
    ['https://github.com/acme/app.git', 'github.com/acme/app'],
    ['https://ci:secret@GitHub.com/acme/App/', 'github.com/acme/App'],
    ['https://git.example:8443/group/sub/app', 'git.example:8443/group/sub/app'],
    ['git@github.com:acme/app.git', 'github.com/acme/app'],
    ['ssh://git@git.example:2222/acme/app.git', 'git.example/acme/app'],
    ['git@host:/srv/app.git', 'host/srv/app'],
  ])('%s is %s', (remote, address) => {
    expect(addressOfRemote(remote)).toBe(address);
  });

  it.each([
    undefined,
    '',
    'aGithubUrl',
    'acme/app',
    '/srv/git/app.git',
    'file:///srv/git/app.git',
    'C:\\git\\app',
    'https://github.com/',
    'git@github.com:.git',
    `https://github.com/${'a'.repeat(2_000)}`,
  ])('is not to be had from %j', (remote) => {
    expect(addressOfRemote(remote)).toBeUndefined();
  });
});

describe('the page of a repository', () => {
  it.each([
    ['https://github.com/acme/app.git', 'https://github.com/acme/app'],
    ['https://ci:s3cret@GitHub.com/acme/App/', 'https://github.com/acme/App'],
    [
      'https://oauth2:t0ken@git.example:8443/group/sub/app.git?private_token=t0ken#t0ken',
      'https://git.example:8443/group/sub/app',
    ],
    ['http://git.example/acme/app', 'http://git.example/acme/app'],
    ['git@github.com:acme/app.git', 'https://github.com/acme/app'],
    ['ssh://git:s3cret@git.example:2222/acme/app.git', 'https://git.example/acme/app'],
    ['/srv/git/app.git', undefined],
    [undefined, undefined],
  ])('%s is %s', (remote, page) => {
    expect(pageOfRemote(remote)).toBe(page);
  });
});

describe('the name of a commit', () => {
  const full = '304839c04c12d78a94b9b521c237c83ec84e826d';

  it.each([
    [full.toUpperCase(), full],
    ['304839C', '304839c'],
    [full.slice(0, 12), full.slice(0, 12)],
    ['a'.repeat(64), 'a'.repeat(64)],
    ['304839', undefined],
    [`${full}a`, undefined],
    ['main', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('in %j is %j', (text, sha) => {
    expect(shaOf(text)).toBe(sha);
  });
});
