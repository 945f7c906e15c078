import { describe, expect, it } from 'vitest';
import { githubHost } from './host.ts';

describe('a GitHub', () => {
  it.each([
    ['github.com', 'github.com', 'https://api.github.com', 'https://api.github.com/graphql', true],
    ['https://github.com/', 'github.com', 'https://api.github.com', 'https://api.github.com/graphql', true],
    ['octo.ghe.com', 'octo.ghe.com', 'https://api.octo.ghe.com', 'https://api.octo.ghe.com/graphql', true],
    [
      'GitHub.Example.com',
      'github.example.com',
      'https://github.example.com/api/v3',
      'https://github.example.com/api/graphql',
      false,
    ],
    [
      'https://git.example.com:8443/api/v3/',
      'git.example.com:8443',
      'https://git.example.com:8443/api/v3',
      'https://git.example.com:8443/api/graphql',
      false,
    ],
    [
      'http://127.0.0.1:4748',
      '127.0.0.1:4748',
      'http://127.0.0.1:4748/api/v3',
      'http://127.0.0.1:4748/api/graphql',
      false,
    ],
    [
      'https://proxy.example.com/github',
      'proxy.example.com',
      'https://proxy.example.com/github/api/v3',
      'https://proxy.example.com/github/api/graphql',
      false,
    ],
  ])('at %s is asked where it answers', (text, name, restUrl, graphqlUrl, isCloud) => {
    expect(githubHost(text)).toEqual({ name, restUrl, graphqlUrl, isCloud });
  });

  it.each([
    ['http://github.example.com', /https is needed/],
    ['ftp://github.example.com', /https is needed/],
    ['github.example.com/octo', /leave out \/octo/],
    ['https://me:secret@github.example.com', /^github\.example\.com: give the host alone/],
    ['not a host', /no host/],
    ['', /no host/],
  ])('is not at %j, and no secret of it is repeated', (text, message) => {
    expect(() => githubHost(text)).toThrow(message);
    expect(() => githubHost(text)).not.toThrow(/secret@/);
  });
});
