import { type Answer, messageIn } from '../answer.ts';
import { GithubError, type GithubErrorKind } from './error.ts';
import type { GithubHost } from './host.ts';
import { type GraphqlError, graphqlErrors } from './limits.ts';

/** What a refused answer of the REST API means, or one of GraphQL that was refused as a whole. */
export function refusalOf(answer: Answer, host: GithubHost, what: string): GithubError {
  const { status, headers, data } = answer;
  const said = messageIn(data);
  if (status === 401)
    return new GithubError(
      'bad_token',
      `${host.name} does not accept the token (${said}): it has expired, was revoked, or is of another host`,
    );
  const sso = ssoIn(headers);
  if (sso !== null) return new GithubError('forbidden', sso);
  if (status === 403) return new GithubError('forbidden', `${host.name} refuses ${what} (${said}). ${missing(answer)}`);
  if (status === 404 || status === 410 || status === 451)
    return new GithubError(
      'not_found',
      `${host.name} has no ${what} (${said}), or none for this token. ${missing(answer)}`,
    );
  return new GithubError('unexpected', `${host.name} answered ${status} to ${what} (${said})`);
}

const KINDS: Readonly<Record<string, GithubErrorKind>> = {
  NOT_FOUND: 'not_found',
  FORBIDDEN: 'forbidden',
  INSUFFICIENT_SCOPES: 'forbidden',
};

/** What the errors of an answer of GraphQL mean; null where there are none. */
export function graphqlRefusal(answer: Answer, host: GithubHost): GithubError | null {
  const errors = graphqlErrors(answer.data);
  const [first] = errors;
  if (first === undefined) return null;
  const kind = KINDS[first.type ?? ''] ?? 'unexpected';
  if (kind === 'unexpected') return new GithubError(kind, `${host.name} cannot answer: ${inOne(errors)}`);
  const sso = ssoIn(answer.headers) ?? samlIn(first);
  return new GithubError(kind, sso ?? `${host.name}: ${inOne(errors)}\n  ${missing(answer)}`);
}

function inOne(errors: readonly GraphqlError[]): string {
  const [first = '', ...more] = new Set(errors.map(({ message }) => message));
  return more.length === 0 ? first : `${first} (and ${more.length} more)`;
}

/** What the token has and what was needed, where GitHub says. */
function missing({ headers }: Answer): string {
  const has = headers['x-oauth-scopes'];
  const permissions = headers['x-accepted-github-permissions'];
  if (permissions !== undefined && permissions !== '') return `The token needs the permission ${permissions}.`;
  // Fine-grained tokens and those of apps have permissions instead of scopes.
  if (has === undefined)
    return 'Let the token read this repository: its metadata, and its pull requests; or use one of somebody who can.';
  const needs = headers['x-accepted-oauth-scopes'];
  const wanted = needs === undefined || needs === '' ? 'repo' : String(needs);
  return `The token has ${has === '' ? 'no scopes' : `the scopes ${has}`}; a private repository needs ${wanted}.`;
}

function ssoIn(headers: Answer['headers']): string | null {
  const text = String(headers['x-github-sso'] ?? '');
  if (!text.startsWith('required')) return null;
  const url = /url=(\S+)/.exec(text)?.[1];
  return `the organization wants single sign-on: authorize the token${url === undefined ? '' : ` at ${url}`}`;
}

function samlIn({ message }: GraphqlError): string | null {
  if (!/SAML/.test(message)) return null;
  return 'the organization wants single sign-on: authorize the token for it ("Configure SSO" beside the token in the settings)';
}
