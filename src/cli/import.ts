import { Command } from 'commander';
import { githubImportCommand } from './import/github.ts';
import { gitlabImportCommand } from './import/gitlab.ts';
import { jiraImportCommand } from './import/jira.ts';
import type { ImportHere } from './import/target.ts';

/** `valuestream import`: the history from before the first webhook, and what no webhook tells. */
export function importCommand(here: ImportHere): Command {
  return new Command('import')
    .description("history from the vendors' APIs, into the same spans as the webhooks")
    .addCommand(githubImportCommand(here))
    .addCommand(gitlabImportCommand(here))
    .addCommand(jiraImportCommand(here));
}
