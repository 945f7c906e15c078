import type { Command } from 'commander';
import { createJiraImporter, type JiraResource, jiraResources } from '../../imports/jira/index.ts';
import { connectJira } from '../../vendors/jira/client.ts';
import { findCredentials } from '../../vendors/jira/credentials.ts';
import { jiraSite } from '../../vendors/jira/site.ts';
import { CliFailure } from '../failure.ts';
import { hostOf } from '../vendors.ts';
import type { ImportHere } from './target.ts';
import { type VendorImport, vendorImportCommand } from './vendor.ts';

interface JiraFlags {
  readonly host?: string;
  readonly project?: readonly string[];
}

const jira: VendorImport<JiraFlags, JiraResource> = {
  source: 'jira',
  title: 'Jira',
  description:
    'import issues with their whole changelog, sprints and released versions, from Jira Cloud or Data Center',
  // Jira does not tell how much it allows: that is of each account, and differs from request to request.
  perHour: null,
  places: [
    [
      '--project <keys>',
      'a project by its key; several times or with commas; all that the account may see if not given',
    ],
  ],
  happened: 'changed, closed or released',
  resources: jiraResources,
  host: ['--host <host>', 'the Jira: acme.atlassian.net, or the URL of one of your own'],
  token: `The token comes from VS_JIRA_TOKEN or JIRA_API_TOKEN. For Jira Cloud it is an API token, and the e-mail address of its account is
in VS_JIRA_EMAIL or JIRA_EMAIL; for Data Center it is a personal access token, alone. The account needs to see the projects
(Browse Projects). A token with scopes works at https://api.atlassian.com/ex/jira/CLOUD_ID, with read:jira-work, read:jira-user,
read:board-scope:jira-software and read:sprint:jira-software.`,
  examples: `  $ valuestream import jira --host acme.atlassian.net --dry-run
  $ valuestream import jira --host acme.atlassian.net --project PAY,SHOP --since 90d
  $ valuestream import jira --host https://jira.example.com --instance intern --only issues,sprints`,
  importerOf: async ({ host, project: projects = [] }, asking, wanted) => {
    if (host === undefined)
      throw new CliFailure('of which Jira? Give --host acme.atlassian.net, or the URL of your own', 2);
    const site = hostOf('--host', host, jiraSite);
    const wrong = projects.find((key) => !/^\w+$/.test(key));
    if (wrong !== undefined)
      throw new CliFailure(`--project: ${wrong} is no key of a project; give one such as PAY, not of an issue`, 2);
    const client = await connectJira({ ...asking, site, credentials: findCredentials(site, process.env) });
    return createJiraImporter(client, { ...wanted, projects });
  },
};

/** `valuestream import jira`. */
export function jiraImportCommand(here: ImportHere): Command {
  return vendorImportCommand(jira, here);
}
