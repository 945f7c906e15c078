import { type GithubHost, githubHost } from '../vendors/github/host.ts';
import { CliFailure } from './failure.ts';
import { hostOf } from './vendors.ts';

/** The GitHub of `--enterprise-host`. Throws a CliFailure where that is none. */
export function githubOf(enterpriseHost: string): GithubHost {
  return hostOf('--enterprise-host', enterpriseHost, githubHost);
}

/** Throws a CliFailure where `--org` and `--repo` do not say of which repositories. */
export function checkNames(orgs: readonly string[], repos: readonly string[]): void {
  if (orgs.length === 0 && repos.length === 0)
    throw new CliFailure('of which repositories? Give --org octo-org, or --repo octo-org/api', 2);
  const nowhere = repos.find((repo) => orgs.length === 0 && !repo.includes('/'));
  if (nowhere !== undefined)
    throw new CliFailure(`--repo: whose is ${nowhere}? Give --repo owner/${nowhere}, or --org as well`, 2);
  const wrong = repos.find((repo) => !/^([\w.-]+\/)?[\w.*?-]+$/.test(repo));
  if (wrong !== undefined) throw new CliFailure(`--repo: ${wrong} is no repository; give one such as octo-org/api`, 2);
}
