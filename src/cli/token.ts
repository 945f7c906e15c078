import { Command, InvalidArgumentError, Option } from 'commander';
import { type Scope, scopes } from '../domain/access.ts';
import { Unreachable } from './client.ts';
import { CliFailure } from './failure.ts';
import { flag, type ServerFlags, withJson, withServer } from './flags.ts';
import { harmless, localTime, printJson, styled, table, zone } from './output.ts';
import { type Token, type Tokens, tokensAt, type Where } from './tokens.ts';

/** Opens the store of the configuration in this process, where no server runs. */
export type TokensHere = (where: Where) => Promise<Tokens>;

interface TokenFlags extends ServerFlags {
  readonly config?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

interface CreateFlags extends TokenFlags {
  readonly scope?: readonly Scope[];
  readonly expires?: string;
}

/** `valuestream token`: who may use the API, and a link to sign in with. */
export function tokenCommand(here: TokensHere): Command {
  return new Command('token')
    .description('make, list and revoke tokens of the API; print a link to sign in with')
    .addCommand(createCommand(here))
    .addCommand(listCommand(here))
    .addCommand(revokeCommand(here))
    .addCommand(linkCommand(here))
    .addHelpText(
      'after',
      `
A running server does it, for who has a token with the scope admin, or asks from its own machine where it lets that in; where
none runs, these commands open the store themselves.

Examples:
  $ valuestream token create ci --scope ingest
  $ valuestream token list
  $ valuestream token revoke ci
  $ valuestream token link`,
    );
}

function createCommand(here: TokensHere): Command {
  const command = new Command('create')
    .description('make a token, and print it: once, for only its hash is kept')
    .argument('<name>', 'what to call it: who or what will use it')
    .addOption(
      flag(
        'TOKEN_CREATE',
        '--scope <scopes>',
        `what for: ${scopes.join(', ')}; several with commas (default: read)`,
      ).argParser(scopesFrom),
    )
    .addOption(
      flag(
        'TOKEN_CREATE',
        '--expires <when>',
        'when it ends: 90d, 12h, or a time (RFC 3339); never without it',
      ).argParser(timeFrom),
    );
  return withStore(command, 'TOKEN_CREATE')
    .addHelpText(
      'after',
      `
read looks at everything but raw bodies and tokens; ingest tells events; admin may do everything.

Examples:
  $ VS_TOKEN=$(valuestream token create laptop --scope admin --expires 90d)
  $ valuestream token create prometheus --scope read > /etc/prometheus/valuestream.token`,
    )
    .action(async (name: string, flags: CreateFlags) => {
      const body = { name, scopes: [...(flags.scope ?? ['read' as const])], expires_at: flags.expires };
      const made = await either(command, flags, here, (tokens) => tokens.create(body));
      if (flags.json === true) return printJson(made);
      console.log(made.token);
      console.error(
        `This is the token ${harmless(made.name)} (${made.scopes.join(', ')}). It is shown once: keep it now.`,
      );
    });
}

function listCommand(here: TokensHere): Command {
  const command = new Command('list').description('list tokens, without their secrets');
  return withStore(command, 'TOKEN_LIST')
    .addHelpText(
      'after',
      `
Examples:
  $ valuestream token list
  $ valuestream token list --json | jq '.[] | select(.last_used_at == null).name'`,
    )
    .action(async (flags: TokenFlags) => {
      const items = await either(command, flags, here, (tokens) => tokens.list());
      if (flags.json === true) printJson(items);
      else if (items.length === 0)
        console.error('There is no token. "valuestream token create NAME --scope read" makes one.');
      else console.log(tableOf(items));
    });
}

function revokeCommand(here: TokensHere): Command {
  const command = new Command('revoke')
    .description('end a token for good, with all that it has open')
    .argument('<name>', 'its name, or its id, as "valuestream token list" shows it');
  return withStore(command, 'TOKEN_REVOKE')
    .addHelpText(
      'after',
      `
Examples:
  $ valuestream token revoke ci`,
    )
    .action(async (name: string, flags: TokenFlags) => {
      const revoked = await either(command, flags, here, async (tokens) => {
        const token = named(name, await tokens.list());
        await tokens.revoke(token.id);
        return token;
      });
      if (flags.json === true) printJson(revoked);
      else console.log(`The token ${harmless(revoked.name)} is worth nothing any more.`);
    });
}

function linkCommand(here: TokensHere): Command {
  const command = new Command('link')
    .description('print a link to sign in with a browser: once, and within 10 minutes')
    .addOption(flag('TOKEN_LINK', '--read-only', 'for somebody who may look, and change nothing'));
  return withStore(command, 'TOKEN_LINK')
    .addHelpText(
      'after',
      `
Examples:
  $ valuestream token link
  $ valuestream token link --read-only`,
    )
    .action(async (flags: TokenFlags & { readonly readOnly?: boolean }) => {
      const role = flags.readOnly === true ? 'read_only' : 'admin';
      const link = await either(command, flags, here, (tokens) => tokens.link(role));
      if (flags.json === true) return printJson(link);
      console.log(link.url);
      console.error('Open it in a browser: it works once, for 10 minutes.');
    });
}

function withStore(command: Command, name: string): Command {
  return withJson(withServer(command))
    .addOption(new Option('--config <file>', 'the configuration file, where no server runs').env('VS_CONFIG'))
    .addOption(flag(name, '--data-dir <folder>', 'the folder of the store, where no server runs').env('VS_DATA_DIR'));
}

/** At a running server; in this process where none runs, and none was named. */
async function either<T>(
  command: Command,
  flags: TokenFlags,
  here: TokensHere,
  work: (tokens: Tokens) => Promise<T>,
): Promise<T> {
  try {
    return await work(tokensAt(flags));
  } catch (error) {
    const isNamed = command.getOptionValueSource('url') !== 'default';
    if (isNamed || !(error instanceof Unreachable)) throw error;
    console.error('No server runs: using the store in this process.');
    const { config, dataDir } = flags;
    const where = {
      ...(config === undefined ? {} : { config }),
      ...(dataDir === undefined ? {} : { data_dir: dataDir }),
    };
    return await work(await here(where));
  }
}

function named(name: string, tokens: readonly Token[]): Token {
  const found = tokens.filter((token) => token.name === name || token.id === name);
  if (found.length > 1)
    throw new CliFailure(`${name} is the name of one token and the id of another: use the other word for it`, 2);
  if (found[0] === undefined) throw new CliFailure(`there is no token ${name}; "valuestream token list" shows all`);
  return found[0];
}

function scopesFrom(text: string): Scope[] {
  const words = text.split(',').map((word) => word.trim());
  const known = words.filter((word): word is Scope => scopes.some((scope) => scope === word));
  if (known.length === words.length) return known;
  throw new InvalidArgumentError(`the scopes are ${scopes.join(', ')}; several with commas between them`);
}

const UNITS_MS = { d: 86_400_000, h: 3_600_000 } as const;

function timeFrom(text: string): string {
  const [, count, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? [];
  if (unit === 'd' || unit === 'h') return new Date(Date.now() + Number(count) * UNITS_MS[unit]).toISOString();
  if (/^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text))) return new Date(text).toISOString();
  throw new InvalidArgumentError('it must be days (90d), hours (12h), or a time (2027-01-31T12:00:00Z)');
}

function tableOf(tokens: readonly Token[]): string {
  const titles = ['id', 'name', 'scopes', 'made by', `expires (${zone()})`, 'last used'];
  const rows = tokens.map(({ id, name, scopes: its, created_by, expires_at, is_expired, last_used_at }) => [
    ...[id, harmless(name), its.join(','), harmless(created_by)],
    is_expired ? styled('red', localTime(expires_at)) : expires_at === null ? 'never' : localTime(expires_at),
    last_used_at === null ? 'never' : localTime(last_used_at),
  ]);
  return table(titles, rows, { flexible: 1 });
}
