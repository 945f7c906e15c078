import { type Command, InvalidArgumentError, Option } from 'commander';

/** A flag of one command, with its environment variable: `--namespace` of `event start` is VS_EVENT_NAMESPACE. */
export function flag(command: string, flags: string, description: string): Option {
  const option = new Option(flags, description);
  return option.env(`VS_${command}_${option.name()}`.toUpperCase().replaceAll('-', '_'));
}

/** How a command reaches the server. */
export interface ServerFlags {
  readonly url: string;
  readonly token?: string;
  readonly tokenFile?: string;
}

/** Where `valuestream serve` listens that is started in the same environment. */
function serverHere(): string {
  const port = Number(process.env.VS_PORT);
  return `http://127.0.0.1:${Number.isInteger(port) && port > 0 && port < 65_536 ? port : 4747}`;
}

/** Adds the flags of every command that speaks to a server. */
export function withServer(command: Command): Command {
  return command
    .addOption(new Option('--url <url>', 'the server to speak to').env('VS_URL').default(serverHere()))
    .addOption(
      new Option('--token <token>', 'the access token, where the server wants one; VS_TOKEN hides it from ps').env(
        'VS_TOKEN',
      ),
    )
    .addOption(new Option('--token-file <file>', 'a file with the access token').env('VS_TOKEN_FILE'));
}

/** Adds `--json`, for a command that prints something to read. */
export function withJson(command: Command): Command {
  return command.addOption(new Option('--json', 'print JSON').env('VS_JSON'));
}

/** Reads a whole number from `least` on. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`it must be a whole number from ${least} on`);
  };
}
