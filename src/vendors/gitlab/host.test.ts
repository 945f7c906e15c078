import { describe, expect, it } from 'vitest';
import { HostError } from '../host.ts';
import { gitlabHost } from './host.ts';

describe('the host', () => {
  it.each([
    ['gitlab.com', 'gitlab.com', 'https://gitlab.com/api/v4'],
    ['https://www.gitlab.com/', 'gitlab.com', 'https://gitlab.com/api/v4'],
    ['GitLab.Example.com', 'gitlab.example.com', 'https://gitlab.example.com/api/v4'],
    ['https://example.com/gitlab/', 'example.com', 'https://example.com/gitlab/api/v4'],
    ['https://gitlab.example.com/api/v4', 'gitlab.example.com', 'https://gitlab.example.com/api/v4'],
    ['http://127.0.0.1:8080', '127.0.0.1:8080', 'http://127.0.0.1:8080/api/v4'],
  ])('%s is %s', (text, name, restUrl) => {
    expect(gitlabHost(text)).toMatchObject({ name, restUrl });
  });

  it('has its GraphQL beside its REST', () => {
    expect(gitlabHost('https://example.com/gitlab').graphqlUrl).toBe('https://example.com/gitlab/api/graphql');
  });

  it.each([
    '',
    'a b',
    'gitlab.com/shop',
    'http://gitlab.example.com',
    'https://me:secret@gitlab.com',
    'ftp://gitlab.com',
  ])('%j is none', (text) => {
    expect(() => gitlabHost(text)).toThrow(HostError);
  });
});
