import type { Answer } from '../answer.ts';
import { GitlabError } from './error.ts';
import type { GitlabHost } from './host.ts';

/** What a refused answer means. https://docs.gitlab.com/api/rest/troubleshooting/#status-codes */
export function refusalOf(answer: Answer, { name }: GitlabHost, what: string): GitlabError {
  const said = saidIn(answer.data);
  switch (answer.status) {
    case 401:
      return new GitlabError(
        'bad_token',
        `${name} does not accept the token (${said}): it has expired, was revoked, or is of another host`,
      );
    case 403:
      return new GitlabError('forbidden', `${name} refuses ${what} (${said}). ${missing(answer.data)}`);
    case 404:
    case 410:
      return new GitlabError(
        'not_found',
        `${name} has no ${what} (${said}), or none for this token: it needs the scope read_api, and the role Reporter there.`,
      );
    default:
      return new GitlabError('unexpected', `${name} answered ${answer.status} to ${what} (${said})`);
  }
}

/** A token without the scope is told so; one of somebody who may not is told nothing else. */
function missing(data: unknown): string {
  return textAt(data, 'error') === 'insufficient_scope'
    ? 'The token needs the scope read_api.'
    : 'Let the token be of somebody with the role Reporter there, or leave this out with --only.';
}

/** REST says it in `message`, OAuth in `error` and `error_description`, GraphQL in `errors`. */
function saidIn(data: unknown): string {
  const told = [
    textAt(data, 'error_description'),
    textAt(data, 'message'),
    textAt(data, 'error'),
    textAt(data, 'errors'),
  ];
  const said = told.find((text) => text !== undefined) ?? (typeof data === 'string' ? data.trim().slice(0, 200) : '');
  return said === '' ? 'without a reason' : said;
}

function textAt(data: unknown, key: string): string | undefined {
  const value = typeof data === 'object' && data !== null ? Reflect.get(data, key) : undefined;
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value).slice(0, 200);
}
