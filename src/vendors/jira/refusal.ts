import { type Answer, messageIn } from '../answer.ts';
import { JiraError } from './error.ts';

/** What a refused answer means. `what`: method and path; `name`: that of the Jira. */
export function refusalOf(answer: Answer, name: string, what: string): JiraError {
  const { status, headers, data } = answer;
  const said = saidIn(data);
  if (/CAPTCHA/i.test(String(headers['x-authentication-denied-reason'])))
    return new JiraError(
      'bad_token',
      `${name} wants to see a person after too many wrong tokens: sign in with a browser once`,
    );
  if (status === 401)
    return new JiraError(
      'bad_token',
      `${name} does not accept the token (${said}): it has expired, was revoked, or is of another account or Jira`,
    );
  if (status === 403)
    return new JiraError(
      'forbidden',
      `${name} refuses ${what} (${said}). The account needs the permission Browse Projects; a token with scopes needs
  read:jira-work and read:jira-user, and for sprints read:board-scope:jira-software and read:sprint:jira-software.`,
    );
  if (status === 404 || status === 410)
    return new JiraError('not_found', `${name} has no ${what} (${said}), or none that this account may see`);
  return new JiraError('unexpected', `${name} answered ${status} to ${what} (${said})`);
}

/** Jira tells errors as a list, or by the field that is wrong. */
function saidIn(data: unknown): string {
  // What stands before a Jira answers with pages.
  if (typeof data === 'string' && data.trimStart().startsWith('<')) return 'with a page for people';
  if (typeof data !== 'object' || data === null) return messageIn(data);
  const messages = 'errorMessages' in data && Array.isArray(data.errorMessages) ? data.errorMessages.map(String) : [];
  const errors =
    'errors' in data && typeof data.errors === 'object' ? Object.values(data.errors ?? {}).map(String) : [];
  const said = [...messages, ...errors].filter((text) => text !== '').join('; ');
  return said === '' ? messageIn(data) : said;
}
