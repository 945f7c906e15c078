import { describe, expect, it } from 'vitest';
import { findCredentials } from './credentials.ts';
import { jiraSite } from './site.ts';

describe('a Jira is named', () => {
  it.each([
    ['acme.atlassian.net', 'https://acme.atlassian.net', true],
    ['https://acme.atlassian.net/jira/software/projects/PAY/boards/1', 'https://acme.atlassian.net', true],
    ['https://api.atlassian.com/ex/jira/11223344-a1b2', 'https://api.atlassian.com/ex/jira/11223344-a1b2', true],
    ['jira.example.com', 'https://jira.example.com', false],
    ['https://example.com/jira/', 'https://example.com/jira', false],
    ['https://example.com/jira/browse/PAY-12', 'https://example.com/jira', false],
    ['https://example.com/jira/secure/RapidBoard.jspa', 'https://example.com/jira', false],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080', false],
    ['notatlassian.net', 'https://notatlassian.net', false],
  ])('%s', (text, url, isCloud) => {
    expect(jiraSite(text)).toMatchObject({ url, isCloud });
  });

  it.each([
    ['http://jira.example.com', 'https is needed'],
    ['https://ada:secret@jira.example.com', 'the token comes from the environment'],
    ['no host', 'give one such as acme.atlassian.net'],
  ])('%s is none', (text, message) => {
    expect(() => jiraSite(text)).toThrow(message);
  });
});

describe('credentials', () => {
  const site = jiraSite('acme.atlassian.net');

  it('come from the variables of this program, before those that are usual', () => {
    const usual = { JIRA_API_TOKEN: 'usual', JIRA_EMAIL: 'usual@acme.example' };
    expect(findCredentials(site, usual)).toEqual({ token: 'usual', email: 'usual@acme.example' });
    const own = { ...usual, VS_JIRA_TOKEN: ' own\n', VS_JIRA_EMAIL: 'own@acme.example' };
    expect(findCredentials(site, own)).toEqual({ token: 'own', email: 'own@acme.example' });
    expect(findCredentials(site, { VS_JIRA_TOKEN: 'own', VS_JIRA_EMAIL: '' })).toEqual({ token: 'own', email: null });
  });

  it('that are not there are asked for', () => {
    expect(() => findCredentials(site, {})).toThrow('set VS_JIRA_TOKEN or JIRA_API_TOKEN');
  });

  it('that can be none are refused, and not told', () => {
    expect(() => findCredentials(site, { VS_JIRA_TOKEN: 'two\nlines' })).toThrow(
      /^the token has characters that no token has: /,
    );
  });
});
