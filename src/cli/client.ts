import { readFileSync } from 'node:fs';
import { version } from '../version.ts';
import { CliFailure } from './failure.ts';
import type { ServerFlags } from './flags.ts';

/** An answer that is no success: what the server says of it (RFC 9457). */
export class Refused extends CliFailure {
  readonly status: number;
  /** When to try again, in milliseconds, where the server says. */
  readonly retryAfterMs: number | undefined;
  constructor(message: string, status: number, retryAfterMs: number | undefined) {
    super(message);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** No server answers at the URL. */
export class Unreachable extends CliFailure {}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** Asks a running server. */
export class Client {
  readonly #url: string;
  readonly #token: string | undefined;

  constructor({ url, ...flags }: ServerFlags) {
    if (!URL.canParse(url)) throw new CliFailure(`--url: ${url} is no URL; give one such as http://127.0.0.1:4747`, 2);
    this.#url = url.replace(/\/+$/, '');
    this.#token = tokenOf(flags);
  }

  /** The answer's JSON. Throws a {@link Refused} or an {@link Unreachable}. */
  async json<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    const response = await this.open(method, path, options);
    return JSON.parse(await response.text());
  }

  /** Does what has no answer but that it is done. Throws as above. */
  async done(method: string, path: string): Promise<void> {
    await (await this.open(method, path)).body?.cancel();
  }

  /** The answer, for its body to be read bit by bit. */
  async open(method: string, path: string, options: CallOptions = {}): Promise<Response> {
    const response = await this.#fetch(method, path, options);
    if (response.ok) return response;
    throw await refusedBy(response, this.#token !== undefined);
  }

  async #fetch(method: string, path: string, { headers = {}, body, signal }: CallOptions): Promise<Response> {
    const authorization = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const contentType = body === undefined ? {} : { 'content-type': 'application/json' };
    const init = {
      method,
      headers: { 'user-agent': `valuestream/${version}`, ...authorization, ...contentType, ...headers },
    };
    try {
      return await fetch(this.#url + path, {
        ...init,
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      const help = 'start one with "valuestream serve", or name another with --url or VS_URL';
      throw new Unreachable(`no server answers at ${this.#url} (${why || 'no connection'}): ${help}`);
    }
  }
}

/** The token itself goes before the file that has it. Throws a CliFailure where the file cannot be read, or is empty. */
function tokenOf({ token, tokenFile }: Omit<ServerFlags, 'url'>): string | undefined {
  if (token !== undefined && token !== '') return token;
  if (tokenFile === undefined || tokenFile === '') return undefined;
  const text = contentOf(tokenFile).trim();
  if (text === '') throw new CliFailure(`--token-file: there is no token in ${tokenFile}`, 2);
  return text;
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliFailure(`--token-file: ${error instanceof Error ? error.message : file}`, 2);
  }
}

interface Problem {
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
}

const WITHOUT_TOKEN =
  'Give a token with VS_TOKEN or --token-file; on the machine of the server "valuestream token create" makes one.';

async function refusedBy(response: Response, hadToken: boolean): Promise<Refused> {
  const text = await response.text();
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : undefined;
  const help = response.status === 401 && !hadToken ? `\n  ${WITHOUT_TOKEN}` : '';
  return new Refused(messageOf(text, response.status) + help, response.status, retryAfterMs);
}

function messageOf(text: string, status: number): string {
  try {
    const { detail = `the server answered ${status}`, errors = [] }: Problem = JSON.parse(text);
    const fields = errors.map(({ pointer, message }) => `${pointer}: ${message}`);
    return [detail, ...fields.filter((field) => !detail.includes(field))].join('\n  ');
  } catch {
    return `the server answered ${status}, and not as ValueStream does; is --url right?`;
  }
}
