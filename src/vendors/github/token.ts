import { type Environment, isToken, NO_TOKEN_TEXT, tokenIn, tokenOfProgram } from '../token.ts';
import { GithubError } from './error.ts';
import type { GithubHost } from './host.ts';

/** Of the GitHub CLI, in its order; those of github.com are never sent to another host. */
const CLOUD = ['GH_TOKEN', 'GITHUB_TOKEN'];
const SERVER = ['GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN'];
const OWN = 'VS_GITHUB_TOKEN';

/**
 * The token for a host: from VS_GITHUB_TOKEN, else from the variables of the GitHub CLI, else from that CLI itself. Throws a
 * {@link GithubError} (`no_token`) that says where one can come from. There is no flag for it: others could read that.
 */
export async function findToken(host: GithubHost, environment: Environment): Promise<string> {
  const names = [OWN, ...(host.isCloud ? CLOUD : SERVER)];
  const ofCli = () => tokenOfProgram('gh', ['auth', 'token', '--hostname', host.name], environment);
  const token = tokenIn(environment, names) ?? (await ofCli());
  if (token === null) throw new GithubError('no_token', noTokenMessage(host, names));
  if (!isToken(token)) throw new GithubError('bad_token', NO_TOKEN_TEXT);
  return token;
}

function noTokenMessage({ name, isCloud }: GithubHost, names: readonly string[]): string {
  const pages = isCloud ? 'https://github.com/settings/tokens' : `https://${name}/settings/tokens`;
  return `there is no token for ${name}: set ${names.join(', ')}, or sign in with "gh auth login --hostname ${name}".
  A token with the scope "repo" (classic), or with read access to pull requests (fine-grained), does: ${pages}`;
}
