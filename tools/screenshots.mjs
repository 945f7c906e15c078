// `npm run screenshots`: writes docs/screenshots anew, each page light and dark, wide and narrow, full, empty and failing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundledNode, installIfStale, ROOT } from './_setup.mjs';
import { buildWebIfStale } from './web.mjs';

const OUT = process.env.SCREENSHOTS ?? join(ROOT, 'docs', 'screenshots');
/** Small enough for a repository, and sharp enough to read. PNG where somebody wants to look at them elsewhere. */
const FORMAT = process.env.SCREENSHOTS === undefined ? { format: 'webp', quality: 72 } : { format: 'png' };
const PATIENCE_MS = 120_000;

const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };
const schemes = ['light', 'dark'];

installIfStale();
buildWebIfStale();
const { startBrowser } = await import('../test/support/browser.ts');
const folder = mkdtempSync(join(tmpdir(), 'valuestream-screenshots-'));
const servers = [];

async function serve(name, args = []) {
  const data = join(folder, name);
  const child = spawn(bundledNode(), ['src/main.ts', 'serve', '--port', '0', '--data-dir', data, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  servers.push(child);
  for (let said = ''; ; ) {
    const [text] = await once(child.stdout.setEncoding('utf8'), 'data');
    said += text;
    const url = /listening on (http:\S+)/.exec(said)?.[1];
    if (url !== undefined) return url;
  }
}

async function run(args) {
  const [code] = await once(spawn(bundledNode(), ['src/main.ts', ...args], { cwd: ROOT, stdio: 'inherit' }), 'close');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
}

async function json(url) {
  return (await fetch(url)).json();
}

/** The way of a ticket to production, of a size that a picture can show. */
async function ticketOf(url) {
  const { items } = await json(`${url}/api/v1/traces?operation=issue&limit=200`);
  const fits = ({ deployed_at: at, spans, duration_ms: ms }) =>
    at !== null && spans > 9 && spans < 20 && ms > 2 * 86_400_000;
  return items.find(fits).trace_id;
}

async function tellUnreadable(url) {
  const headers = { 'content-type': 'application/json', 'x-github-event': 'issues', 'x-github-delivery': 'unreadable' };
  await fetch(`${url}/webhooks/github`, { method: 'POST', headers, body: '{"action":"opened","issue":{"number":7}}' });
}

async function take(browser, url, name, path, prepare) {
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of schemes) {
      const context = await browser.newContext({ viewport, colorScheme, timezoneId: 'Europe/Berlin', locale: 'en-GB' });
      const page = await context.newPage();
      await prepare?.(page);
      await page.goto(`${url}${path}`);
      await page.locator('main, .login').first().waitFor();
      for (const busy = page.locator('[aria-busy="true"]'); (await busy.count()) > 0; )
        await busy.first().waitFor({ state: 'detached', timeout: PATIENCE_MS });
      await page.evaluate(() => document.fonts.ready.then(() => undefined));
      const cdp = await context.newCDPSession(page);
      const { data } = await cdp.send('Page.captureScreenshot', FORMAT);
      writeFileSync(join(OUT, `${name}-${size}-${colorScheme}.${FORMAT.format}`), Buffer.from(data, 'base64'));
      await context.close();
    }
  }
}

/** As a server answers whose store is gone. */
async function failing(page) {
  const problem = { type: 'about:blank', title: 'The store is unavailable', status: 503, code: 'unavailable' };
  const body = JSON.stringify({ ...problem, detail: 'the store cannot be read now; try again in a moment' });
  await page.route('**/api/v1/measures/**', (route) =>
    route.fulfill({ status: 503, contentType: 'application/problem+json', body }),
  );
}

mkdirSync(OUT, { recursive: true });
try {
  await run(['demo', '--data-dir', join(folder, 'demo')]);
  const [demo, empty, closed] = [
    await serve('demo', ['--config', join(folder, 'demo', 'valuestream.yaml')]),
    await serve('empty'),
    await serve('closed', ['--access', 'required']),
  ];
  await tellUnreadable(demo);
  const browser = await startBrowser();
  const ticket = encodeURIComponent(await ticketOf(demo));
  const pictures = {
    overview: [demo, '/'],
    time: [demo, '/time'],
    traces: [demo, '/traces'],
    trace: [demo, `/traces/${ticket}`],
    'trace-details': [demo, `/traces/${ticket}?span=${ticket}`],
    items: [demo, '/items?measure=change_fail_rate&tier=production&reason=counted'],
    deliveries: [demo, '/deliveries'],
    'delivery-dead-letter': [demo, '/deliveries?outcome=dead_letter&delivery=unreadable'],
    sources: [demo, '/sources?setup=github'],
    'overview-empty': [empty, '/'],
    'time-empty': [empty, '/time'],
    'overview-failing': [demo, '/', failing],
    login: [closed, '/login'],
  };
  for (const [name, [url, path, prepare]] of Object.entries(pictures)) await take(browser, url, name, path, prepare);
  await browser.close();
} finally {
  for (const server of servers) {
    server.kill();
    await once(server, 'close');
  }
  rmSync(folder, { recursive: true, force: true });
}
