import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { runProgram, startServer, type TestServer } from '../../support/server.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** WCAG 2.2, levels A and AA. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** A page of the dashboard, and whatever should not have happened while it was open. */
export interface Dashboard {
  readonly page: Page;
  /** Errors of scripts and of the policy, and requests to other hosts; each test wants none. */
  readonly complaints: string[];
  /** Opens a path, and waits until nothing is awaited any more. */
  open(path: string): Promise<void>;
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the dashboard of a server in a browser of its own: nothing is remembered of earlier ones. */
export async function openDashboard(
  browser: Browser,
  server: Pick<TestServer, 'url'>,
  options: BrowserContextOptions = {},
): Promise<Dashboard> {
  const common = { viewport: { width: 1440, height: 900 }, timezoneId: 'Europe/Berlin', locale: 'en-GB' };
  const context = await browser.newContext({ ...common, acceptDownloads: true, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== server.url) complaints.push(`a request to ${request.url()}`);
  });
  const settled = async () => {
    await page.locator('main').waitFor();
    const busy = page.locator('[aria-busy="true"]');
    // By locators: what waits for a function is itself a script that the policy forbids.
    while ((await busy.count()) > 0) await busy.first().waitFor({ state: 'detached' });
  };
  return {
    page,
    complaints,
    settled,
    open: async (path) => {
      await page.goto(`${server.url}${path}`);
      await settled();
    },
    close: () => context.close(),
  };
}

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

/** What of a page keeps people out, by the rules of axe: empty where nothing does. */
export async function barriers(page: Page): Promise<string[]> {
  // By the debugger, which the page's own policy does not bind.
  await page.evaluate(axe);
  const run = `axe.run(document, { runOnly: ${JSON.stringify(RULES)} })`;
  const { violations } = (await page.evaluate(run)) as AxeResult;
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

/** A server with the quarter of the demo, and two webhooks that cannot be read. */
export async function startDemo(dataDir: string): Promise<TestServer> {
  const { code, stderr } = await runProgram(['demo', '--data-dir', dataDir, '--days', '60']);
  if (code !== 0) throw new Error(`the demo could not be made: ${stderr}`);
  // By the rules that it was filled by: by others, all of it would be folded again, and without its teams, during the tests.
  const server = await startServer(dataDir, { VS_CONFIG: join(dataDir, 'valuestream.yaml') });
  await tellUnreadable(server);
  await measured(server);
  return server;
}

/** A server that has just been started makes first what measures are computed from, and answers 503 until then. */
async function measured({ url }: TestServer): Promise<void> {
  for (;;) {
    const { status, headers } = await fetch(`${url}/api/v1/measures/dora?details=false&fresh=true`);
    if (status === 200) return;
    if (status !== 503) throw new Error(`measures answer ${status}`);
    await setTimeout(Number(headers.get('retry-after')) * 1_000);
  }
}

async function tellUnreadable({ url }: TestServer): Promise<void> {
  for (const key of ['dead-1', 'dead-2']) {
    const headers = { 'content-type': 'application/json', 'x-github-event': 'issues', 'x-github-delivery': key };
    await fetch(`${url}/webhooks/github`, { method: 'POST', headers, body: '{"action":"opened"}' });
  }
}
