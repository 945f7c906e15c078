import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export type Environment = Readonly<Record<string, string | undefined>>;

const run = promisify(execFile);
const PROGRAM_PATIENCE_MS = 10_000;

/** The first of these variables that holds something; undefined where none does. */
export function tokenIn(environment: Environment, names: readonly string[]): string | undefined {
  return names.map((name) => environment[name]?.trim()).find((token) => token !== undefined && token !== '');
}

/** What a vendor's own command line prints as its token; null where there is none, or where it is not signed in. */
export async function tokenOfProgram(
  program: string,
  args: readonly string[],
  environment: Environment,
): Promise<string | null> {
  try {
    const { stdout } = await run(program, [...args], { env: { ...environment }, timeout: PROGRAM_PATIENCE_MS });
    return stdout.trim() === '' ? null : stdout.trim();
  } catch {
    return null;
  }
}

/** Whether a text can be a token. What cannot stand in a header is none, and must not end up in an error's text. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

export const NO_TOKEN_TEXT = 'the token has characters that no token has: was more than one line copied?';
