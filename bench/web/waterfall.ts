/**
 * What a trace of many spans costs in the browser: from the answer to the drawn waterfall, and the main thread's work for each
 * frame while it is scrolled from its beginning to its end and while it is zoomed; alone, and in turns with another checkout of
 * this repository, whose dashboard is built as well.
 *
 * Run: npm run build:web && node bench/web/waterfall.ts [--spans 2000] [--rounds 7] [--against folder]
 */
import { parseArgs } from 'node:util';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { startBrowser } from '../../test/support/browser.ts';
import { inNewFolder, median } from '../_measure.ts';
import { checkoutsOf, serverOf, type Target } from '../_server.ts';
import { type Frame, workPerFrame } from './_frames.ts';
import { tellTrace } from './_trace.ts';

const { values: options } = parseArgs({
  options: {
    spans: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '7' },
    against: { type: 'string' },
  },
});
const SPANS = Number(options.spans);
const ROUNDS = Number(options.rounds);
const WARM_UP = 1;
const NOW = Date.now();
const checkouts = checkoutsOf(options.against);
/** How far it is scrolled, and how fast: in pixels, and pixels a second. */
const SCROLLED = 20_000;
const SPEED = 2_400;

const at = (values: readonly number[], part: number) =>
  values.toSorted((a, b) => a - b)[Math.ceil(part * values.length) - 1] ?? Number.NaN;

/** From the answer's last byte until the frame with the rows is drawn, in milliseconds. */
async function render(page: Page, url: string): Promise<number> {
  await page.goto(url);
  await page.waitForFunction(() => performance.getEntriesByName('waterfall-drawn').length > 0);
  return page.evaluate(() => {
    const [entry] = performance.getEntriesByType('resource').filter(({ name }) => name.includes('/api/v1/traces/'));
    const [drawn] = performance.getEntriesByName('waterfall-drawn');
    if (!(entry instanceof PerformanceResourceTiming) || drawn === undefined)
      throw new Error('the trace was not fetched');
    return drawn.startTime - entry.responseEnd;
  });
}

/** Says when the first frame with rows was drawn; before the page's own scripts. */
const WATCH = () => {
  const observer = new MutationObserver(() => {
    if (document.querySelector('[role=treeitem]') === null) return;
    observer.disconnect();
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      // After the frame was drawn, not before it.
      channel.port1.onmessage = () => performance.mark('waterfall-drawn');
      channel.port2.postMessage(null);
    });
  });
  observer.observe(document, { childList: true, subtree: true });
};

/** As a hand on a wheel does it: the browser scrolls by itself, and the page follows. */
async function scroll(page: Page, cdp: CDPSession): Promise<void> {
  const box = await page.locator('.wf-scroll').boundingBox();
  if (box === null) throw new Error('there is no waterfall');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const gesture = { x, y, yDistance: -SCROLLED, speed: SPEED, gestureSourceType: 'mouse' } as const;
  await cdp.send('Input.synthesizeScrollGesture', gesture);
}

async function zoom(page: Page): Promise<void> {
  await page.locator('[role=tree]').focus();
  for (const key of ['+', '+', '+', '+', '+', '>', '>', '<', '-', '-', '-', '0']) await page.keyboard.press(key);
}

/** A waterfall in a browser of its own, and what it has cost so far. */
interface Seen {
  readonly checkout: string;
  readonly server: Target;
  readonly page: Page;
  readonly cdp: CDPSession;
  readonly address: string;
  readonly drawn: number[];
  readonly scrolled: Frame[];
  readonly zoomed: Frame[];
}

async function show(checkout: string, folder: string, browser: Browser): Promise<Seen> {
  const server = await serverOf(checkout, folder);
  const url = `http://127.0.0.1:${server.port}`;
  const trace = await tellTrace(url, SPANS, NOW);
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.addInitScript(WATCH);
  const cdp = await page.context().newCDPSession(page);
  const address = `${url}/traces/${encodeURIComponent(trace)}`;
  return { checkout, server, page, cdp, address, drawn: [], scrolled: [], zoomed: [] };
}

async function measure({ page, cdp, address, drawn, scrolled, zoomed }: Seen, counts: boolean): Promise<void> {
  await page.bringToFront();
  const took = await render(page, address);
  const frames = await workPerFrame(cdp, () => scroll(page, cdp));
  const zooming = await workPerFrame(cdp, () => zoom(page));
  if (!counts) return;
  drawn.push(took);
  scrolled.push(...frames);
  zoomed.push(...zooming);
}

function tell({ checkout, drawn, scrolled, zoomed }: Seen): void {
  const worst = Math.max(...drawn).toFixed(0);
  console.log(`${checkout}, ${SPANS} spans: drawn ${median(drawn).toFixed(0)} ms after the answer (worst ${worst})`);
  for (const [name, frames] of Object.entries({ scrolling: scrolled, zooming: zoomed })) {
    const p = (values: readonly number[]) =>
      `p50 ${at(values, 0.5).toFixed(1)} ms, p95 ${at(values, 0.95).toFixed(1)} ms`;
    const work = p(frames.map(({ ms }) => ms));
    console.log(`  ${name}, main thread for each of ${frames.length} frames: ${work}`);
    console.log(`    of it on a core: ${p(frames.map(({ cpuMs }) => cpuMs))}`);
  }
}

async function inTurns(folders: readonly string[]): Promise<void> {
  const browser = await startBrowser();
  const all: Seen[] = [];
  try {
    for (const [index, checkout] of checkouts.entries()) all.push(await show(checkout, folders[index] ?? '', browser));
    for (let round = -WARM_UP; round < ROUNDS; round += 1) for (const one of all) await measure(one, round >= 0);
    all.forEach(tell);
  } finally {
    await browser.close();
    for (const { server } of all) server.process.kill();
  }
}

await inNewFolder((one) => inNewFolder((other) => inTurns([one, other])));
