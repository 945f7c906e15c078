import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isWithoutBrowser, startBrowser } from '../../support/browser.ts';
import { newDataDir, removeDataDir, startServer, type TestServer } from '../../support/server.ts';
import { barriers, openDashboard } from './_dashboard.ts';

const MOST_SCRIPT_BYTES = 200 * 1_024;
const isMissing = isWithoutBrowser();
const dataDir = newDataDir();
let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  if (isMissing) return;
  server = await startServer(dataDir);
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  removeDataDir(dataDir);
});

describe.skipIf(isMissing)('the dashboard of an empty server', () => {
  it.each(['/time', '/traces', '/deliveries', '/sources', '/items?measure=change_fail_rate'])(
    'says at %s why there is nothing, and keeps nobody out',
    async (path) => {
      const { page, open, close, complaints } = await openDashboard(browser, server);
      await open(path);
      expect(await page.locator('main').innerText()).toMatch(/nothing|no |never|Nothing|No /);
      expect(await barriers(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await close();
    },
  );

  it('shows three ways to the first span, and changes by itself when it arrives', async () => {
    const { page, open, close, complaints } = await openDashboard(browser, server, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await open('/');
    expect(await page.locator('.ways h3').allInnerTexts()).toEqual([
      'Paste a webhook URL',
      'Run a curl',
      'Load the demo',
    ]);
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('button', { name: 'Copy the curl command' }).click();
    const command = await page.evaluate(() => navigator.clipboard.readText());
    expect(command).toContain(`${server.url}/webhooks/customhttp`);
    await page.getByText('Listening for the first event').waitFor();
    const body = /-d '(?<body>.+)'$/.exec(command)?.groups?.body ?? '';
    const headers = { 'content-type': 'application/json' };
    await fetch(`${server.url}/webhooks/customhttp`, { method: 'POST', headers, body });
    await page.getByRole('heading', { name: 'Open and ageing' }).waitFor();
    await expect.poll(() => page.getByRole('region', { name: 'Now' }).innerText()).toContain('My first build');
    expect(complaints).toEqual([]);
    await close();
  });

  it('loads at most 200 KB of scripts for the overview, and those of other pages when they are opened', async () => {
    const { page, open, close } = await openDashboard(browser, server);
    await open('/');
    const scripts = await page.evaluate(() =>
      (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
        .filter(({ name }) => new URL(name).pathname.endsWith('.js'))
        .map(({ name, encodedBodySize }) => ({ name, size: encodedBodySize })),
    );
    const total = scripts.reduce((sum, { size }) => sum + size, 0);
    expect(total).toBeGreaterThan(50 * 1_024);
    expect(total).toBeLessThanOrEqual(MOST_SCRIPT_BYTES);
    expect(scripts.filter(({ name }) => /trace-page|deliveries-page|markdown/.test(name))).toEqual([]);
    await close();
  });
});
