import { Command, Option } from 'commander';
import { flag, type ServerFlags, withJson, withServer } from './flags.ts';
import { harmless, printJson, styled } from './output.ts';

/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failed';
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

export interface DoctorFlags extends ServerFlags {
  readonly config?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

const SIGNS = {
  ok: ['green', '✓'],
  warning: ['yellow', '!'],
  failed: ['red', '✗'],
} as const;

/** `valuestream doctor`: what is wrong with this installation, and what to do. */
export function doctorCommand(diagnose: (flags: DoctorFlags) => Promise<readonly Check[]>): Command {
  const command = new Command('doctor')
    .description('check configuration, store, disk, clock, secrets and server, and say what to do')
    .addOption(new Option('--config <file>', 'the configuration file').env('VS_CONFIG'))
    .addOption(flag('DOCTOR', '--data-dir <folder>', 'the folder of the store').env('VS_DATA_DIR'));
  return withJson(withServer(command))
    .addHelpText(
      'after',
      `
Ends with 1 when something has failed; a warning is no failure.

Examples:
  $ valuestream doctor
  $ valuestream doctor --url https://valuestream.example.org --json`,
    )
    .action(async (flags: DoctorFlags) => {
      const checks = await diagnose(flags);
      if (flags.json === true) printJson(checks);
      else for (const check of checks) console.log(lineOf(check));
      if (checks.some(({ status }) => status === 'failed')) process.exitCode = 1;
    });
}

function lineOf({ name, status, message, hint }: Check): string {
  const [colour, sign] = SIGNS[status];
  const line = `${styled(colour, sign)} ${name.padEnd(20)} ${harmless(message)}`;
  return hint === undefined ? line : `${line}\n${' '.repeat(23)}${styled('dim', hint)}`;
}
