import type { Command } from 'commander';
import { createGitlabImporter, type GitlabResource, gitlabResources } from '../../imports/gitlab/index.ts';
import { createGitlab } from '../../vendors/gitlab/client.ts';
import { gitlabHost } from '../../vendors/gitlab/host.ts';
import { findToken } from '../../vendors/gitlab/token.ts';
import { CliFailure } from '../failure.ts';
import { hostOf } from '../vendors.ts';
import type { ImportHere } from './target.ts';
import { type VendorImport, vendorImportCommand } from './vendor.ts';

interface GitlabFlags {
  readonly group?: readonly string[];
  readonly project?: readonly string[];
  readonly host: string;
}

const gitlab: VendorImport<GitlabFlags, GitlabResource> = {
  source: 'gitlab',
  title: 'GitLab',
  description:
    'import issues, merge requests with comments and approvals, commits, pipelines with jobs, deployments and releases',
  // Its limits are for a minute, and far above what a few projects at one time ask.
  perHour: null,
  places: [
    ['--group <paths>', 'a group with all groups in it, a user, or a pattern of groups; several times or with commas'],
    [
      '--project <paths>',
      'a project, group/name, or a pattern; several times or with commas; all of the groups if not given',
    ],
  ],
  happened: 'changed',
  resources: gitlabResources,
  host: ['--host <host>', 'a GitLab of your own; by its URL where it is below a path', 'gitlab.com'],
  token: `The token comes from VS_GITLAB_TOKEN, or from GITLAB_TOKEN for gitlab.com or the host that GITLAB_HOST names, or else from the
GitLab CLI ("glab auth login"). A personal, group or project access token needs the scope "read_api" and the role Reporter.`,
  examples: `  $ valuestream import gitlab --group shop --dry-run
  $ valuestream import gitlab --project shop/web/cart --project shop/api --since 90d
  $ valuestream import gitlab --group shop --project 'pay-*' --only merge_requests,deployments
  $ valuestream import gitlab --host gitlab.example.com --instance intern --group '*'`,
  importerOf: async ({ group: groups = [], project: projects = [], ...flags }, asking, wanted) => {
    const host = hostOf('--host', flags.host, gitlabHost);
    checkNames(groups, projects);
    const client = createGitlab({ ...asking, host, token: await findToken(host, process.env) });
    return createGitlabImporter(client, { ...wanted, groups, projects });
  },
};

/** `valuestream import gitlab`. */
export function gitlabImportCommand(here: ImportHere): Command {
  return vendorImportCommand(gitlab, here);
}

/** Throws a CliFailure where `--group` and `--project` do not say of which projects. */
function checkNames(groups: readonly string[], projects: readonly string[]): void {
  if (groups.length === 0 && projects.length === 0)
    throw new CliFailure('of which projects? Give --group shop, or --project shop/cart', 2);
  const nowhere = projects.find((project) => groups.length === 0 && !/[/*?]/.test(project));
  if (nowhere !== undefined)
    throw new CliFailure(`--project: whose is ${nowhere}? Give --project group/${nowhere}, or --group as well`, 2);
  for (const [flagged, paths] of [['--group', groups] as const, ['--project', projects] as const]) {
    const wrong = paths.find((path) => !/^[\w.*?-]+(\/[\w.*?-]+)*$/.test(path));
    if (wrong !== undefined)
      throw new CliFailure(`${flagged}: ${wrong} is no path; give one such as shop/cart, without the host`, 2);
  }
}
