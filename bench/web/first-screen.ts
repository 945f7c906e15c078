/**
 * From the navigation to the overview with all its numbers, in a browser, on a warm local server with many spans.
 *
 * Run: npm run build:web && node bench/web/first-screen.ts [--spans 1000000] [--rounds 7] [--keep folder]
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { startBrowser } from '../../test/support/browser.ts';
import { inNewFolder, median } from '../_measure.ts';
import { seedSpans } from '../_seed.ts';
import { valueStream } from '../_server.ts';

const { values: options } = parseArgs({
  options: {
    spans: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '7' },
    keep: { type: 'string' },
  },
});
const ROUNDS = Number(options.rounds);
const WARM_UP = 2;
const LOOK_MS = 1_000;

async function ready(url: string): Promise<void> {
  while ((await fetch(`${url}/api/v1/measures/dora?details=false`)).status !== 200) await setTimeout(LOOK_MS);
}

/** Until the five measures of a service are there, and until nothing is awaited any more; in milliseconds. */
async function open(page: Page, url: string): Promise<{ numbers: number; all: number }> {
  const began = performance.now();
  await page.goto(url);
  await page.locator('.metric-value').nth(4).waitFor();
  const numbers = performance.now() - began;
  for (const busy = page.locator('[aria-busy="true"]'); (await busy.count()) > 0; )
    await busy.first().waitFor({ state: 'detached' });
  return { numbers, all: performance.now() - began };
}

async function measure(folder: string): Promise<void> {
  if (!existsSync(join(folder, 'valuestream.db'))) await seedSpans(folder, Number(options.spans), Date.now());
  const server = await valueStream(folder);
  const url = `http://127.0.0.1:${server.port}`;
  const browser = await startBrowser();
  try {
    await ready(url);
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const times: { numbers: number; all: number }[] = [];
    for (let round = -WARM_UP; round < ROUNDS; round += 1) {
      const took = await open(page, url);
      if (round >= 0) times.push(took);
    }
    const tell = (name: 'numbers' | 'all') => {
      const own = times.map((one) => one[name]);
      return `${median(own).toFixed(0)} ms (worst ${Math.max(...own).toFixed(0)})`;
    };
    console.log(
      `${options.spans} spans: the five measures after ${tell('numbers')}, all of the page after ${tell('all')}`,
    );
  } finally {
    await browser.close();
    server.process.kill();
  }
}

if (options.keep === undefined) await inNewFolder(measure);
else await measure(options.keep);
