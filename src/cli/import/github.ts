import type { Command } from 'commander';
import { createGithubImporter, type GithubResource, githubResources } from '../../imports/github/index.ts';
import { createGithub } from '../../vendors/github/client.ts';
import { findToken } from '../../vendors/github/token.ts';
import { checkNames, githubOf } from '../github.ts';
import type { ImportHere } from './target.ts';
import { type VendorImport, vendorImportCommand } from './vendor.ts';

interface GithubFlags {
  readonly org?: readonly string[];
  readonly repo?: readonly string[];
  readonly enterpriseHost: string;
}

const github: VendorImport<GithubFlags, GithubResource> = {
  source: 'github',
  title: 'GitHub',
  description:
    'import issues, pull requests with reviews and commits, commits of the default branch, workflow runs with jobs, deployments and releases',
  // Of a token; an app of an organization has up to 12,500.
  perHour: 5_000,
  places: [
    ['--org <names>', 'an organization or a user, or a pattern of organizations; several times or with commas'],
    ['--repo <names>', 'a repository, owner/name, or a pattern; several times or with commas; all if not given'],
  ],
  happened: 'changed, run or deployed',
  resources: githubResources,
  host: ['--enterprise-host <host>', 'a GitHub of your own, or what stands before one, by its URL', 'github.com'],
  token: `The token comes from VS_GITHUB_TOKEN, GH_TOKEN or GITHUB_TOKEN, for another host from VS_GITHUB_TOKEN, GH_ENTERPRISE_TOKEN or
GITHUB_ENTERPRISE_TOKEN, or else from the GitHub CLI ("gh auth login"). It needs the scope "repo" of a classic token, or of a
fine-grained one read access to actions, contents, deployments, issues and pull requests; for patterns in --org also "read:org".`,
  examples: `  $ valuestream import github --org octo-org --dry-run
  $ valuestream import github --repo octo-org/api --repo octo-org/web --since 90d
  $ valuestream import github --org octo-org --repo 'pay-*' --only pull_requests,commits,deployments
  $ valuestream import github --enterprise-host github.example.com --instance ghe --org '*'`,
  importerOf: async ({ org: orgs = [], repo: repos = [], enterpriseHost }, asking, wanted) => {
    const host = githubOf(enterpriseHost);
    checkNames(orgs, repos);
    const client = createGithub({ ...asking, host, token: await findToken(host, process.env) });
    return createGithubImporter(client, { ...wanted, orgs, repos });
  },
};

/** `valuestream import github`. */
export function githubImportCommand(here: ImportHere): Command {
  return vendorImportCommand(github, here);
}
