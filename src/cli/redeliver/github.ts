import { setTimeout as wait } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { createGithub, type Github } from '../../vendors/github/client.ts';
import {
  failedOf,
  type Hook,
  type HookDelivery,
  type HookOwner,
  isDelivered,
  listDeliveries,
  listHooks,
  redeliver,
} from '../../vendors/github/hooks.ts';
import { findToken } from '../../vendors/github/token.ts';
import { CliFailure } from '../failure.ts';
import { flag, withJson } from '../flags.ts';
import { githubOf } from '../github.ts';
import { printJson, zone } from '../output.ts';
import { names, sinceAt, waitMs } from '../report/asked.ts';
import { askingOf, failureOf } from '../vendors.ts';

interface RedeliverFlags {
  readonly org?: readonly string[];
  readonly repo?: readonly string[];
  readonly hook?: Hook['id'];
  readonly since: string;
  readonly enterpriseHost: string;
  readonly maxWait: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `valuestream redeliver github`. */
export function githubRedeliverCommand(): Command {
  const command = new Command('github').description('ask GitHub to send again what it could not deliver');
  const flags = [
    flag('REDELIVER', '--org <names>', 'the webhooks of an organization; several times or with commas').argParser(
      names,
    ),
    flag('REDELIVER', '--repo <names>', 'those of a repository, owner/name; several times or with commas').argParser(
      names,
    ),
    flag('REDELIVER', '--hook <id>', 'only this webhook; all that lead to /webhooks/github if not given').argParser(
      hookId,
    ),
    flag('REDELIVER', '--since <time>', 'what failed since: GitHub keeps it for three days').default('3d'),
    flag('REDELIVER', '--enterprise-host <host>', 'a GitHub of your own').default('github.com'),
    flag('REDELIVER', '--dry-run', 'tell what failed, and ask for nothing'),
    flag('REDELIVER', '--max-wait <time>', 'wait so long at most for a rate limit, and for GitHub to send again')
      .argParser(waitMs)
      .default(60_000, '60s'),
  ];
  for (const option of flags) command.addOption(option);
  return withJson(command)
    .addHelpText('after', HELP)
    .action((given: RedeliverFlags) => run(given));
}

/** Kept as it was written: GitHub has ids that no number holds. */
function hookId(text: string): Hook['id'] {
  if (/^[1-9]\d*$/.test(text)) return text;
  throw new InvalidArgumentError('it must be the number that GitHub has for the webhook');
}

const HELP = `
What arrives twice is known and changes nothing, so asking too often is no harm. The token comes from where "import github" has it
from; it needs the scope "admin:repo_hook", for organizations "admin:org_hook", or write access to webhooks.

Exit codes: 0 all of it has arrived, or there was nothing; 1 some failed again, or GitHub did not answer; 2 a flag, a name or the
token is wrong.

Examples:
  $ valuestream redeliver github --org octo-org --dry-run
  $ valuestream redeliver github --repo octo-org/api --hook 4711 --since 1d`;

/** What was asked for again, and how it ended; null while GitHub has not said. */
interface Asked {
  readonly of: HookOwner;
  readonly hook: Hook['id'];
  readonly failed: HookDelivery;
  outcome: HookDelivery | null;
}

async function run(flags: RedeliverFlags): Promise<void> {
  const owners = ownersOf(flags);
  const host = githubOf(flags.enterpriseHost);
  const since = sinceAt(flags.since, Date.now(), zone());
  try {
    const asking = askingOf('GitHub', flags.maxWait, console.error);
    const github = createGithub({ ...asking, host, token: await findToken(host, process.env) });
    const found = await findFailed(github, owners, since, flags.hook);
    if (flags.dryRun !== true) await askAgain(github, found, flags.maxWait);
    tell(found, flags);
  } catch (error) {
    throw failureOf(error);
  }
}

function ownersOf({ org: orgs = [], repo: repos = [] }: RedeliverFlags): HookOwner[] {
  if (orgs.length + repos.length === 0)
    throw new CliFailure('of which webhooks? Give --org octo-org, or --repo octo-org/api', 2);
  const ofRepos = repos.map((name) => {
    const [, owner, repo] = /^([\w.-]+)\/([\w.-]+)$/.exec(name) ?? [];
    if (owner === undefined || repo === undefined)
      throw new CliFailure(`--repo: ${name} is no repository; give one such as octo-org/api`, 2);
    return { owner, repo };
  });
  return [...orgs.map((org) => ({ org })), ...ofRepos];
}

async function findFailed(
  github: Github,
  owners: readonly HookOwner[],
  since: number,
  only: Hook['id'] | undefined,
): Promise<Asked[]> {
  const found: Asked[] = [];
  let hooks = 0;
  for (const of of owners) {
    for (const { id } of (await listHooks(github, of)).filter((hook) => isOurs(hook, only))) {
      hooks += 1;
      const failed = failedOf(await listDeliveries(github, of, id, since));
      found.push(...failed.map((one) => ({ of, hook: id, failed: one, outcome: null })));
    }
  }
  if (hooks === 0) throw new CliFailure('there is no such webhook that leads here; --hook names another one', 2);
  return found;
}

function isOurs({ id, config }: Hook, only: Hook['id'] | undefined): boolean {
  return only === undefined ? /\/webhooks\/github(\/|$|\?)/.test(config.url ?? '') : id === only;
}

const LOOK_MS = 1_000;

async function askAgain(github: Github, asked: readonly Asked[], patienceMs: number): Promise<void> {
  for (const { of, hook, failed } of asked) await redeliver(github, of, hook, failed.id);
  const until = Date.now() + patienceMs;
  while (asked.some(({ outcome }) => outcome === null)) {
    await look(github, asked);
    if (Date.now() >= until || asked.every(({ outcome }) => outcome !== null)) return;
    await wait(LOOK_MS);
  }
}

/** Looks how those ended that are still waited for, once for each webhook. */
async function look(github: Github, asked: readonly Asked[]): Promise<void> {
  const waiting = Map.groupBy(
    asked.filter(({ outcome }) => outcome === null),
    ({ hook }) => hook,
  );
  for (const [hook, those] of waiting) {
    const [first] = those;
    if (first === undefined) continue;
    const oldest = Math.min(...those.map(({ failed }) => Date.parse(failed.delivered_at)));
    const attempts = await listDeliveries(github, first.of, hook, oldest);
    for (const one of those)
      one.outcome =
        attempts.find(({ guid, id, redelivery }) => redelivery && guid === one.failed.guid && id !== one.failed.id) ??
        null;
  }
}

function tell(asked: readonly Asked[], flags: RedeliverFlags): void {
  const arrived = asked.filter(({ outcome }) => outcome !== null && isDelivered(outcome)).length;
  if (flags.dryRun !== true && arrived < asked.length) process.exitCode = 1;
  if (flags.json === true) {
    printJson({
      failed: asked.length,
      ...(flags.dryRun === true ? {} : { arrived }),
      deliveries: asked.map(({ hook, failed, outcome }) => ({
        ...{ hook, id: failed.id, guid: failed.guid, kind: kindOf(failed), failed_at: failed.delivered_at },
        ...{ status: failed.status, now: outcome?.status ?? null },
      })),
    });
    return;
  }
  for (const { failed, outcome } of asked) {
    const now = outcome === null ? 'GitHub has not said how it ended' : `now ${outcome.status}`;
    console.log(
      `${failed.delivered_at}  ${kindOf(failed)}  ${failed.guid}  ${failed.status}${flags.dryRun === true ? '' : `; ${now}`}`,
    );
  }
  if (asked.length === 0) console.log('everything has arrived');
  else console.log(flags.dryRun === true ? `${asked.length} failed` : `${arrived} of ${asked.length} have arrived now`);
}

function kindOf({ event, action }: HookDelivery): string {
  return action === null ? event : `${event}.${action}`;
}
