import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether the system has Prometheus and its `promtool` (Debian's package `prometheus` brings both). */
export function hasPrometheus(): boolean {
  return ['prometheus', 'promtool'].every((program) => spawnSync(program, ['--version']).status === 0);
}

/** What promtool says of something, and whether it is content. */
export function promtool(
  args: readonly string[],
  input?: string,
): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8', ...(input && { input }) });
  return { status, said: `${stdout}${stderr}` };
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A real Prometheus on loopback that scrapes one server. */
export class Prometheus {
  readonly #url: string;
  readonly #process: ChildProcess;
  readonly #scraped: Scraped;
  readonly #folder: string;

  private constructor(url: string, process: ChildProcess, scraped: Scraped, folder: string) {
    this.#url = url;
    this.#process = process;
    this.#scraped = scraped;
    this.#folder = folder;
  }

  static async start(target: string, ruleFile: string): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'valuestream-prometheus-'));
    const scraped = new Scraped(target);
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: [ruleFile],
      scrape_configs: [{ job_name: 'valuestream', static_configs: [{ targets: [await scraped.listen()] }] }],
    };
    // JSON is YAML.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const child = spawn('prometheus', [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
      '--enable-feature=exemplar-storage',
    ]);
    return new Prometheus(`http://${await addressOf(child)}`, child, scraped, folder);
  }

  /** The text of the next scrape that is as wanted, once Prometheus has taken it in. */
  async scrape(isWanted: (text: string) => boolean = () => true): Promise<string> {
    const text = await this.#scraped.next(isWanted);
    // It asks again only once it has written what it got.
    await this.#scraped.next(() => true);
    return text;
  }

  /** The value of an expression at a time, or now. Throws what Prometheus says against it. */
  async query(expression: string, time?: number): Promise<Sample[]> {
    const { result } = await this.#get<{ result: { metric: Sample['metric']; value: [number, string] }[] }>('query', {
      query: expression,
      ...(time === undefined ? {} : { time: String(time) }),
    });
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** The values that a label has in series that match. */
  labelValues(label: string, match: string): Promise<string[]> {
    return this.#get(`label/${label}/values`, { 'match[]': match });
  }

  async exemplars(query: string): Promise<readonly Readonly<Record<string, string>>[]> {
    const range = { start: '0', end: String(Date.now() / 1_000 + 60) };
    const found = await this.#get<{ exemplars: { labels: Record<string, string> }[] }[]>('query_exemplars', {
      query,
      ...range,
    });
    return found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels));
  }

  async #get<T>(path: string, parameters: Record<string, string>): Promise<T> {
    const answer = await fetch(`${this.#url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, data, error }: { status: string; data: T; error?: string } = JSON.parse(await answer.text());
    if (status !== 'success') throw new Error(`${error}: ${JSON.stringify(parameters)}`);
    return data;
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'close');
    this.#process.kill();
    await ended;
    this.#scraped.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Stands between Prometheus and what it scrapes, so that a test can wait for a scrape. */
class Scraped {
  readonly #server: Server;
  #waiting: { readonly isWanted: (text: string) => boolean; readonly resolve: (text: string) => void }[] = [];

  constructor(target: string) {
    this.#server = createServer(async (request, response) => {
      const answer = await fetch(`${target}${request.url}`, { headers: { accept: request.headers.accept ?? '' } });
      const text = await answer.text();
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(text);
      const [met, waiting] = [this.#waiting.filter((one) => one.isWanted(text)), this.#waiting];
      this.#waiting = waiting.filter((one) => !met.includes(one));
      for (const { resolve } of met) resolve(text);
    });
  }

  async listen(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const address = this.#server.address();
    return `127.0.0.1:${typeof address === 'object' ? address?.port : address}`;
  }

  next(isWanted: (text: string) => boolean): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting.push({ isWanted, resolve });
    });
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

async function addressOf({ stderr }: ChildProcess): Promise<string> {
  let said = '';
  for await (const text of stderr?.setEncoding('utf8').iterator({ destroyOnReturn: false }) ?? []) {
    said += text;
    const address = /msg="Listening on" address=(\S+)/.exec(said)?.[1];
    if (address === undefined) continue;
    stderr?.resume();
    return address;
  }
  throw new Error(`Prometheus did not start: ${said}`);
}
