import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isWithoutBrowser, startBrowser } from '../../support/browser.ts';
import { newDataDir, removeDataDir, startProgram, until } from '../../support/server.ts';
import { barriers, type Dashboard, openDashboard } from './_dashboard.ts';

const isMissing = isWithoutBrowser();
const dataDir = newDataDir();
let running: ReturnType<typeof startProgram>;
let browser: Browser;
let url: string;
let link: string;

beforeAll(async () => {
  if (isMissing) return;
  running = startProgram(['serve', '--port', '0', '--data-dir', dataDir, '--access', 'required']);
  await until(running, 'stdout', 'Or make a first span now');
  const said = running.output.stdout;
  url = /listening on (http:\S+)/.exec(said)?.[1] ?? '';
  link = /http:\S+\/login#once=\S+/.exec(said)?.[0] ?? '';
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  running?.child.kill();
  await running?.ended;
  removeDataDir(dataDir);
});

/** Another link, for somebody who may do as much as the one who makes it allows. */
async function linkFor({ page }: Dashboard, role: 'admin' | 'read_only'): Promise<string> {
  return page.evaluate(async (asked) => {
    const answer = await fetch('/api/v1/session/links', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ role: asked }),
    });
    return ((await answer.json()) as { url: string }).url;
  }, role);
}

async function tellOne({ page }: Dashboard): Promise<void> {
  await page.evaluate(async () => {
    const body = JSON.stringify({ id: '1', namespace: 'shop', type: 'build', action: 'start', title: 'A build' });
    await fetch('/webhooks/customhttp', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  });
}

describe.skipIf(isMissing)('the dashboard of a server that asks who somebody is', () => {
  it('sends a stranger to sign in, lets them in by the link once, and takes them where they wanted to go', async () => {
    const dashboard = await openDashboard(browser, { url });
    const { page } = dashboard;
    await page.goto(`${url}/sources?setup=github`);
    await page.getByRole('heading', { name: 'Sign in to ValueStream' }).waitFor();
    expect(new URL(page.url()).searchParams.get('to')).toBe('/sources?setup=github');
    expect(await barriers(page)).toEqual([]);
    await page.goto(`${link.replace('#', '?to=%2Fsources%3Fsetup%3Dgithub#')}`);
    await page.getByRole('heading', { name: 'Sources' }).waitFor();
    expect(page.url()).toBe(`${url}/sources?setup=github`);
    const other = await openDashboard(browser, { url });
    await other.page.goto(link);
    await expect.poll(() => other.page.getByRole('alert').innerText()).toContain('works once');
    await other.close();
    const readers = await linkFor(dashboard, 'read_only');
    await tellOne(dashboard);
    await readOnly(readers);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to ValueStream' }).waitFor();
    await page.goto(`${url}/traces`);
    await page.getByRole('heading', { name: 'Sign in to ValueStream' }).waitFor();
    await dashboard.close();
  });

  async function readOnly(readers: string): Promise<void> {
    const reader = await openDashboard(browser, { url });
    const { page } = reader;
    await page.goto(readers);
    await page.getByText('read only').waitFor();
    await page.goto(`${url}/deliveries`);
    await reader.settled();
    expect(await page.getByRole('button', { name: /^Replay/ }).count()).toBe(0);
    await reader.close();
  }

  it('never leads to another site after a sign-in', async () => {
    const { page, close } = await openDashboard(browser, { url });
    await page.goto(`${url}/login?to=https%3A%2F%2Felsewhere.example%2F`);
    await page.getByLabel('Or with a token').fill('vst_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    expect(new URL(page.url()).origin).toBe(url);
    await close();
  });
});
