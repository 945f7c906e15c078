import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isWithoutBrowser, startBrowser } from '../../support/browser.ts';
import { newDataDir, removeDataDir, startServer, type TestServer } from '../../support/server.ts';
import { type Dashboard, openDashboard } from './_dashboard.ts';
import { hostileHooks, markup, unsafeUrls } from './_hostile.ts';

const isMissing = isWithoutBrowser();
const dataDir = newDataDir();
let server: TestServer;
let browser: Browser;
let dashboard: Dashboard;
let spanIds: string[];

beforeAll(async () => {
  if (isMissing) return;
  server = await startServer(dataDir);
  for (const { path, headers, body } of hostileHooks) {
    const sent = { 'content-type': 'application/json', ...headers };
    const answer = await fetch(`${server.url}${path}`, { method: 'POST', headers: sent, body: JSON.stringify(body) });
    expect(answer.status).toBe(200);
  }
  const listed = await fetch(`${server.url}/api/v1/spans`);
  const { items } = (await listed.json()) as { items: { span_id: string }[] };
  spanIds = items.map(({ span_id: id }) => id);
  browser = await startBrowser();
  dashboard = await openDashboard(browser, server);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  removeDataDir(dataDir);
});

/** What of the page is more than text, though it came from a webhook. */
async function harm(): Promise<string[]> {
  return dashboard.page.evaluate((urls) => {
    const own = 'img[src="/favicon.svg"]';
    const elements = [...document.querySelectorAll(`#root :is(script, iframe, object, u, img:not(${own}))`)];
    const links = [...document.querySelectorAll('a')].filter(
      (link) => !/^(https?|blob):/.test(link.protocol) || urls.includes(link.getAttribute('href') ?? ''),
    );
    const found = [...elements, ...links].map((element) => element.outerHTML);
    return 'hurt' in window ? ['a script has run', ...found] : found;
  }, unsafeUrls);
}

describe.skipIf(isMissing)('hostile texts of webhooks', () => {
  it.each([
    '/',
    '/time',
    '/traces?range=365d',
    '/deliveries?delivery=1',
    '/sources',
    '/items?measure=open&order=value',
    '/items?measure=change_fail_rate',
  ])('stay texts at %s', async (path) => {
    await dashboard.open(path);
    expect(await harm()).toEqual([]);
    expect(dashboard.complaints).toEqual([]);
  });

  it('stay texts in the list of traces, where they are shown as they are', async () => {
    await dashboard.open('/traces?range=365d');
    await expect.poll(() => dashboard.page.locator('.trace-list').innerText()).toContain(markup);
  });

  it('stay texts in a trace, its details, its tags and the raw JSON', async () => {
    const { page, open } = dashboard;
    for (const id of spanIds) {
      await open(`/traces/${encodeURIComponent(id)}?span=${encodeURIComponent(id)}`);
      const details = page.getByRole('complementary', { name: 'Span' });
      await details.locator('summary', { hasText: 'Tags' }).click();
      await details
        .getByRole('button', { name: /Raw JSON of delivery/ })
        .first()
        .click();
      await expect.poll(() => details.getByRole('region', { name: 'Raw body' }).innerText()).toContain('onerror');
      expect(await harm()).toEqual([]);
    }
    expect(dashboard.complaints).toEqual([]);
  }, 120_000);

  it('are found by the palette, and stay texts in it', async () => {
    const { page, open } = dashboard;
    await open('/');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Command' }).fill(markup);
    await page.getByRole('option', { name: /Search traces for/ }).waitFor();
    expect(await harm()).toEqual([]);
  });

  it('are no formulas in what is kept as CSV', async () => {
    const { page, open } = dashboard;
    const headers = { 'content-type': 'application/json' };
    const event = {
      id: 'csv',
      namespace: 'shop',
      type: 'build',
      action: 'start',
      title: '=HYPERLINK("https://elsewhere.example")',
    };
    await fetch(`${server.url}/webhooks/customhttp`, { method: 'POST', headers, body: JSON.stringify(event) });
    await open('/items?measure=open&operation=build&fresh=true');
    await page.getByRole('button', { name: /^Export/ }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'Data as CSV' }).click(),
    ]);
    const chunks = await (await download.createReadStream()).toArray();
    expect(Buffer.concat(chunks).toString()).toContain(`"'=HYPERLINK(""https://elsewhere.example"")"`);
  });
});
