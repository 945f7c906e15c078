import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request that has arrived. */
export interface Arrived {
  /** How many came before it. */
  readonly index: number;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An answer; `body` is sent as JSON, unless it is a text. `cut` ends the connection instead. */
export interface Answered {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly cut?: boolean;
}

/** What is answered instead of the truth; null where the truth is. */
export type Mishap<Asked> = (asked: Asked) => Answered | null | Promise<Answered | null>;

/** A server that speaks a vendor's API at a host of its own, and remembers what it was asked. */
export abstract class FakeApi<Asked> {
  readonly asked: Asked[] = [];
  /** What goes wrong; may be changed while it runs. */
  mishap: Mishap<Asked>;
  /** How many requests were being answered at one time, at most. */
  mostAtOnce = 0;
  #atOnce = 0;
  readonly #server: Server = createServer((request, response) => void this.#serve(request, response));

  constructor(mishap: Mishap<Asked> = () => null) {
    this.mishap = mishap;
  }

  /** A request as this API is asked. */
  protected abstract read(arrived: Arrived): Asked;
  protected abstract truth(asked: Asked): Answered | Promise<Answered>;

  /** Listens on a free port. */
  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  /** For the flag that says where the vendor is. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    const { status, headers, body, cut } = await this.#answer(request);
    this.#atOnce -= 1;
    if (cut === true) return void request.socket.destroy();
    const isText = typeof body === 'string';
    const type = isText ? 'text/html' : 'application/json; charset=utf-8';
    response.writeHead(status, { 'content-type': type, ...headers });
    response.end(isText ? body : jsonOf(body ?? {}));
  }

  async #answer(request: IncomingMessage): Promise<Answered> {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', this.url);
    const body = await text(request);
    const { method = '', headers } = request;
    const asked = this.read({ index: this.asked.length, method, path, query, headers, body });
    this.asked.push(asked);
    return (await this.mishap(asked)) ?? this.truth(asked);
  }
}

// Of ECMAScript's proposal JSON.parse source text access, which Node.js has and TypeScript's library does not.
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/** With a bigint as the number that it is: GitHub has ids beyond 2^53. */
function jsonOf(body: unknown): string {
  return JSON.stringify(body, (_name, value) => (typeof value === 'bigint' ? rawJSON(String(value)) : value));
}

export function ok(body: unknown): Answered {
  return { status: 200, body };
}

/** A page of a list by its number, with what leads to the next one. `usual` many where it is not asked for so many. */
export function numberedPage<T>(items: readonly T[], query: URLSearchParams, usual: number, address: string) {
  const size = Math.min(Number(query.get('per_page') ?? usual), 100);
  const page = Number(query.get('page') ?? 1);
  const isMore = items.length > page * size;
  return {
    shown: items.slice((page - 1) * size, page * size),
    headers: isMore ? nextLink(address, query, 'page', page + 1) : {},
  };
}

/** The header that leads to the next page of the list at an address, which begins at a place. */
export function nextLink(address: string, query: URLSearchParams, place: string, value: number) {
  const next = new URLSearchParams(query);
  next.set(place, String(value));
  return { link: `<${address}?${next}>; rel="next"` };
}

/** Headers that say when a limit is over: in so many seconds, by the clock that they tell, too. */
export function overIn(seconds: number, header: string): Record<string, string> {
  const now = Date.now();
  return { date: new Date(now).toUTCString(), [header]: String(Math.floor(now / 1_000) + seconds) };
}
