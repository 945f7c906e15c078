import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isWithoutBrowser, startBrowser } from '../../support/browser.ts';
import { newDataDir, removeDataDir, type TestServer } from '../../support/server.ts';
import { barriers, type Dashboard, openDashboard, startDemo } from './_dashboard.ts';

const START_MS = 170_000;
const isMissing = isWithoutBrowser();
const dataDir = newDataDir();
let server: TestServer;
let browser: Browser;
let dashboard: Dashboard;

beforeAll(async () => {
  if (isMissing) return;
  server = await startDemo(dataDir);
  browser = await startBrowser();
}, START_MS);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  removeDataDir(dataDir);
});

interface Trace {
  readonly trace_id: string;
  readonly spans: number;
  readonly root: { readonly title: string };
}

async function api<T>(path: string): Promise<T> {
  const answer = await fetch(`${server.url}/api/v1/${path}`);
  return (await answer.json()) as T;
}

/** A ticket whose change is in production, with its pull request and its pipelines. */
async function ticketInProduction(): Promise<Trace> {
  const { items } = await api<{ items: (Trace & { deployed_at: string | null })[] }>(
    'traces?operation=issue&limit=100',
  );
  const found = items.find(({ deployed_at: deployed, spans }) => deployed !== null && spans > 8);
  if (found === undefined) throw new Error('the demo has no ticket in production');
  return found;
}

describe.skipIf(isMissing)('the dashboard, with the demo', () => {
  beforeEach(async () => {
    dashboard = await openDashboard(browser, server);
  });
  afterEach(async () => {
    const { complaints } = dashboard;
    await dashboard.close();
    expect(complaints).toEqual([]);
  });

  it('answers where the time goes, and whether it is getting better', async () => {
    const { page, open } = dashboard;
    await open('/');
    await expect
      .poll(() => page.locator('.headline').innerText())
      .toMatch(/reach production within .+ (faster|slower|as) /);
    for (const title of ['Change lead time', 'Deployments', 'Change fail rate', 'Recovery time', 'Rework rate'])
      expect(await page.getByRole('region', { name: title, exact: true }).count()).toBe(1);
    expect(await page.getByRole('heading', { name: 'Where the time of a change goes' }).isVisible()).toBe(true);
    expect(await page.locator('.services tbody tr').count()).toBeGreaterThanOrEqual(3);
  });

  it('finds the slowest pull requests of last month, and opens the raw delivery of one', async () => {
    const { page, open, settled } = dashboard;
    await open('/');
    await page.getByRole('button', { name: /Last 30 days/ }).click();
    await page.getByRole('button', { name: 'Last 7 days' }).click();
    await settled();
    await page.getByRole('button', { name: /Last 7 days/ }).click();
    await page.getByRole('button', { name: 'Last 30 days' }).click();
    await settled();
    await page.getByRole('link', { name: /^Pull request: median/ }).click();
    await page.getByLabel('Order').selectOption('value');
    await page.waitForURL(/order=value/);
    await settled();
    const values = await page.locator('.trace-list tbody tr td:nth-child(2) .number').allInnerTexts();
    expect(values.length).toBeGreaterThan(5);
    await page.locator('.trace-list tbody a').first().click();
    const details = page.getByRole('complementary', { name: 'Span' });
    await details
      .getByRole('button', { name: /Raw JSON of delivery/ })
      .first()
      .click();
    await expect.poll(() => details.getByRole('region', { name: 'Raw body' }).innerText()).toContain('"pull_request"');
  });

  it('shows each number as what its items come to', async () => {
    const { page, open } = dashboard;
    await open('/');
    const card = page.getByRole('region', { name: 'Deployments', exact: true });
    const shown = Number((await card.locator('.metric-value').innerText()).replaceAll(',', ''));
    const href = await card.locator('.metric-value').getAttribute('href');
    const search = new URL(href ?? '', server.url).searchParams;
    search.set('limit', '200');
    search.set('reason', 'counted');
    const { items } = await api<{ items: unknown[] }>(`measures/items?${search}`);
    expect(items).toHaveLength(shown);
  });

  it('tells the definition of a number and what it leaves out, one click from it', async () => {
    const { page, open } = dashboard;
    await open('/');
    await page.getByRole('button', { name: /^n = .*: Change lead time,/ }).click();
    const popover = page.getByRole('dialog', { name: 'Change lead time' });
    expect(await popover.innerText()).toMatch(/^The time from/m);
    await popover.getByRole('link', { name: 'How it is defined' }).click();
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Change lead time');
  });

  it('follows a change from its ticket to production', async () => {
    const { page, open } = dashboard;
    const { root, spans } = await ticketInProduction();
    await open('/traces?range=90d');
    await page.getByRole('searchbox', { name: 'Search traces' }).fill(root.title);
    await page.waitForURL(/q=/);
    await page.getByRole('link', { name: root.title }).first().click();
    await dashboard.settled();
    const rows = page.getByRole('treeitem');
    await expect.poll(() => rows.count()).toBeGreaterThan(Math.min(8, spans - 1));
    expect(await page.getByText(/to production ·/).count()).toBe(1);
    await page.getByRole('tree').press('End');
    await page
      .getByRole('treeitem', { name: / Deploy / })
      .first()
      .click();
    const details = page.getByRole('complementary', { name: 'Span' });
    await expect.poll(() => details.innerText()).toMatch(/carries|caused by/);
    expect(new URL(page.url()).searchParams.get('span')).toContain('deploy');
  });

  it('shows a colleague the same by its address', async () => {
    const { page, open } = dashboard;
    await open('/?range=30d');
    await page.getByRole('button', { name: '+ Filter' }).click();
    await page.getByRole('button', { name: 'Team' }).click();
    await page.getByRole('button', { name: 'search', exact: true }).click();
    await page.waitForURL(/team=search/);
    await dashboard.settled();
    const other = await openDashboard(browser, server);
    await other.open(page.url().slice(server.url.length));
    const theirs = await other.page.locator('.metric-value').allInnerTexts();
    await expect.poll(() => page.locator('.metric-value').allInnerTexts()).toEqual(theirs);
    expect(await other.page.getByText('Team: search').count()).toBe(1);
    await other.close();
  });

  it('replays a dead letter, and then all of them', async () => {
    const { page, open } = dashboard;
    await open('/sources');
    await page.getByRole('listitem', { name: 'GitHub', exact: true }).getByRole('link', { name: '2' }).click();
    await page
      .getByRole('button', { name: /issues\.opened/ })
      .first()
      .click();
    const panel = page.getByRole('complementary', { name: /^Delivery/ });
    await expect.poll(() => panel.innerText()).toContain('repository');
    await panel.getByRole('button', { name: 'Replay' }).click();
    await expect
      .poll(() => panel.innerText())
      .toContain('1 delivery read again: none means something else than before');
    await page.getByRole('button', { name: 'Replay dead letters' }).click();
    await page
      .getByRole('group', { name: 'Replay them?' })
      .getByRole('button', { name: 'Replay dead letters' })
      .click();
    await expect.poll(() => page.locator('.replay-line').innerText()).toContain('2 deliveries read again');
  });

  it('sets up GitHub step by step, with the address of this server', async () => {
    const { page, open } = dashboard;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await open('/sources');
    const card = page.getByRole('listitem', { name: 'GitHub', exact: true });
    await card.getByRole('button', { name: 'Copy the webhook URL for GitHub' }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(`${server.url}/webhooks/github`);
    await card.getByRole('button', { name: 'Set up GitHub' }).click();
    await expect.poll(() => card.innerText()).toContain('Add webhook');
    expect(await card.innerText()).toContain(`${server.url}/webhooks/github. Content type: application/json`);
  });

  it('shows what happens as it happens', async () => {
    const { page, open } = dashboard;
    await open('/');
    await expect.poll(() => page.locator('.live-state').innerText()).toBe('Live');
    await tell({ id: 'live-1', namespace: 'larkmoor', type: 'build', action: 'start', title: 'Build it now' });
    await expect.poll(() => page.getByRole('region', { name: 'Now' }).innerText()).toContain('Build it now');
  });

  it('keeps the data of a chart as CSV and the chart as an image', async () => {
    const { page, open } = dashboard;
    await open('/time');
    const read = async (item: string) => {
      await page.getByRole('button', { name: 'Export: Flow time' }).click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('menuitem', { name: item }).click(),
      ]);
      return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
    };
    const csv = await read('Data as CSV');
    expect(csv.name).toBe('valuestream-flow-time.csv');
    expect(csv.bytes.toString()).toMatch(/^period,from,to,is_whole,Median \(ms\),85% \(ms\)\r\n\d{4}-W\d\d,/);
    const image = await read('Image (PNG)');
    expect(image.bytes.subarray(1, 4).toString()).toBe('PNG');
    expect(image.bytes.length).toBeGreaterThan(5_000);
  });

  it('is used by keyboard alone: from the palette to the raw body of a delivery', async () => {
    const { page, open } = dashboard;
    const { root } = await ticketInProduction();
    await open('/');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Command' }).waitFor();
    await page.keyboard.type(root.title);
    await page.getByRole('option', { name: /Search traces for/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/traces\?.*q=/);
    await page.locator('.trace-list [data-row]').first().waitFor();
    await page.keyboard.press('/');
    for (let pressed = 0; pressed < 12 && !(await isOn(page, '[data-row]')); pressed += 1)
      await page.keyboard.press('Tab');
    expect(await isOn(page, '[data-row]')).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('tree').waitFor();
    for (let pressed = 0; pressed < 40 && !(await isOn(page, '[role=tree]')); pressed += 1)
      await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('+');
    await page.keyboard.press('Enter');
    const details = page.getByRole('complementary', { name: 'Span' });
    await details
      .getByRole('button', { name: /Raw JSON of delivery/ })
      .first()
      .waitFor();
    for (let pressed = 0; pressed < 60 && !(await isOn(page, '.events .trust')); pressed += 1)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await details.getByRole('region', { name: 'Raw body' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    await page.waitForURL(/\/deliveries/);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor({ state: 'hidden' });
  });

  it('says what went wrong, and how to go on', async () => {
    const { page, open, complaints } = dashboard;
    await page.route('**/api/v1/measures/dora?*', (route) =>
      route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        body: JSON.stringify({
          type: 'about:blank',
          title: 'The store is unavailable',
          status: 503,
          code: 'unavailable',
          detail: 'Try again in a moment',
        }),
      }),
    );
    await open('/');
    await page.getByRole('alert').first().waitFor();
    expect(await page.getByRole('alert').first().innerText()).toContain('Try again in a moment');
    await page.unroute('**/api/v1/measures/dora?*');
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await page.getByRole('region', { name: 'Deployments', exact: true }).waitFor();
    // The browser itself tells of answers that are no success.
    complaints.splice(0);
  });

  it('tells of a page that is not there, and leads back', async () => {
    const { page, open } = dashboard;
    await open('/nothing-here');
    await page.getByRole('link', { name: 'To the overview' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
  });

  it('lets nothing jump while the overview loads', async () => {
    const { page, open } = dashboard;
    await page.addInitScript(() => {
      const total = { shift: 0 };
      Object.assign(window, { total });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) total.shift += (entry as unknown as { value: number }).value;
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await open('/');
    await page.getByRole('heading', { name: 'How long things take' }).waitFor();
    const shift = await page.evaluate(() => (window as unknown as { total: { shift: number } }).total.shift);
    expect(shift).toBeLessThan(0.1);
  });
});

async function tell(event: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${server.url}/webhooks/customhttp`, {
    method: 'POST',
    headers,
    body: JSON.stringify(event),
  });
  expect(answer.status).toBe(200);
}

async function isOn(page: Dashboard['page'], selector: string): Promise<boolean> {
  return page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector);
}

const paths = [
  '/',
  '/time',
  '/traces',
  '/deliveries',
  '/deliveries?outcome=dead_letter',
  '/sources?setup=github',
  '/definitions',
];
const looks = [
  { colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
] as const;

describe.skipIf(isMissing).each(looks)('every page, $colorScheme, $viewport.width pixels wide', (look) => {
  beforeEach(async () => {
    dashboard = await openDashboard(browser, server, look);
  });
  afterEach(async () => {
    const { complaints } = dashboard;
    await dashboard.close();
    expect(complaints).toEqual([]);
  });

  it.each(paths)('%s keeps nobody out', async (path) => {
    await dashboard.open(path);
    expect(await barriers(dashboard.page)).toEqual([]);
  });

  it.each(paths)('%s fits into its width', async (path) => {
    await dashboard.open(path);
    const [content, room] = await dashboard.page.evaluate(() => [
      document.documentElement.scrollWidth,
      window.innerWidth,
    ]);
    expect(content).toBeLessThanOrEqual(room ?? 0);
  });

  it('a trace with its details, the items of a number and a delivery keep nobody out', async () => {
    const { trace_id: id } = await ticketInProduction();
    await dashboard.open(`/traces/${encodeURIComponent(id)}?span=${encodeURIComponent(id)}`);
    await dashboard.page.getByRole('tree').waitFor();
    expect(await barriers(dashboard.page)).toEqual([]);
    await dashboard.open('/items?measure=change_fail_rate&tier=production');
    expect(await barriers(dashboard.page)).toEqual([]);
    await dashboard.open('/deliveries?delivery=1');
    expect(await barriers(dashboard.page)).toEqual([]);
  });

  it('the palette, the help and the menus keep nobody out', async () => {
    const { page, open } = dashboard;
    await open('/');
    await page.keyboard.press('Control+k');
    await page.getByRole('option').first().waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Time range/ }).click();
    expect(await barriers(page)).toEqual([]);
  });
});
