import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { skipAloud } from './skip.ts';

/** Where distributions put it; `CHROMIUM` names another one. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A Chromium of the system; undefined where there is none. */
const chromiumPath = [process.env.CHROMIUM ?? '', ...PLACES].find((path) => path !== '' && existsSync(path));

/** Whether tests in a browser are left out here; said once, in words. */
export function isWithoutBrowser(): boolean {
  return (
    chromiumPath === undefined && skipAloud('the dashboard in a browser: Chromium is missing (apt install chromium)')
  );
}

/** Starts the browser. Chromium's own sandbox does not work for root, as whom containers run. */
export async function startBrowser(args: readonly string[] = []): Promise<Browser> {
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    args: [...(isRoot ? ['--no-sandbox'] : []), ...args],
  });
}
