import { type Environment, isToken, NO_TOKEN_TEXT, tokenIn } from '../token.ts';
import { JiraError } from './error.ts';
import type { JiraSite } from './site.ts';

/** By what a Jira knows who asks. */
export interface Credentials {
  readonly token: string;
  /** Of the account whose API token it is; Data Center takes its tokens alone. */
  readonly email: string | null;
}

const TOKENS = ['VS_JIRA_TOKEN', 'JIRA_API_TOKEN'];
const EMAILS = ['VS_JIRA_EMAIL', 'JIRA_EMAIL'];

/**
 * The token for a Jira, and the e-mail address to which it belongs. Throws a {@link JiraError} (`no_token`, `bad_token`) that says
 * where one can come from. There is no flag for it: others could read that.
 */
export function findCredentials(site: JiraSite, environment: Environment): Credentials {
  const token = tokenIn(environment, TOKENS);
  if (token === undefined) throw new JiraError('no_token', noTokenMessage(site));
  if (!isToken(token)) throw new JiraError('bad_token', NO_TOKEN_TEXT);
  return { token, email: tokenIn(environment, EMAILS) ?? null };
}

/** What proves who asks, for the header. Throws a {@link JiraError} where it is not enough for such a Jira. */
export function authorizationOf({ token, email }: Credentials, isCloud: boolean): string {
  if (!isCloud) return `Bearer ${token}`;
  if (email === null)
    throw new JiraError(
      'no_token',
      `Jira Cloud wants the e-mail address of the token's account too: set ${list(EMAILS)}`,
    );
  return `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`;
}

function noTokenMessage({ name }: JiraSite): string {
  return `there is no token for ${name}: set ${list(TOKENS)}.
  Jira Cloud: an API token from https://id.atlassian.com/manage-profile/security/api-tokens, and its account in ${list(EMAILS)}.
  Data Center: a personal access token, from your profile there.`;
}

function list(names: readonly string[]): string {
  return names.join(' or ');
}
