import { type Environment, isToken, NO_TOKEN_TEXT, tokenIn, tokenOfProgram } from '../token.ts';
import { GitlabError } from './error.ts';
import type { GitlabHost } from './host.ts';

const OWN = 'VS_GITLAB_TOKEN';
/** Of the GitLab CLI, in its order. They are for one host, and never sent to another. */
const SHARED = ['GITLAB_TOKEN', 'GITLAB_ACCESS_TOKEN', 'OAUTH_TOKEN'];
/** Which host that is; gitlab.com where none of them is set. https://docs.gitlab.com/cli/#environment-variables */
const HOST_OF_SHARED = ['GITLAB_HOST', 'GL_HOST', 'GITLAB_URI'];

/**
 * The token for a host: from VS_GITLAB_TOKEN, else from the variables of the GitLab CLI, else from that CLI itself. Throws a
 * {@link GitlabError} (`no_token`) that says where one can come from. There is no flag for it: others could read that.
 */
export async function findToken(host: GitlabHost, environment: Environment): Promise<string> {
  const isShared = hostOfShared(environment) === host.name;
  const names = [OWN, ...(isShared ? SHARED : [])];
  const ofCli = () => tokenOfProgram('glab', ['config', 'get', 'token', '--host', host.name], environment);
  const token = tokenIn(environment, names) ?? (await ofCli());
  if (token === null) throw new GitlabError('no_token', noTokenMessage(host, isShared));
  if (!isToken(token)) throw new GitlabError('bad_token', NO_TOKEN_TEXT);
  return token;
}

function hostOfShared(environment: Environment): string {
  const text = tokenIn(environment, HOST_OF_SHARED) ?? 'gitlab.com';
  const whole = text.includes('://') ? text : `https://${text}`;
  return URL.canParse(whole) ? new URL(whole).host.toLowerCase() : text;
}

function noTokenMessage({ name, webUrl }: GitlabHost, isShared: boolean): string {
  const variables = isShared ? `${OWN} or GITLAB_TOKEN` : `${OWN} (or GITLAB_TOKEN with GITLAB_HOST=${name})`;
  return `there is no token for ${name}: set ${variables}, or sign in with "glab auth login --hostname ${name}".
  A token with the scope "read_api" does: ${webUrl}/-/user_settings/personal_access_tokens`;
}
