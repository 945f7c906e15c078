import { Command, InvalidArgumentError } from 'commander';
import type { DemoDelivery } from '../demo/delivery.ts';
import { Demo, type DemoSettings } from '../demo/demo.ts';
import type { Outcomes } from '../demo/tell-all.ts';
import { Client, Unreachable } from './client.ts';
import { type DemoReport, nextSteps, printReport, type Tally } from './demo/report.ts';
import { checkSenders, goOn, type Held, heldBy, talliesAt, tellServer } from './demo/tell.ts';
import { CliFailure } from './failure.ts';
import { flag, type ServerFlags, wholeNumber, withJson, withServer } from './flags.ts';
import { progress } from './progress.ts';

/** What became of the demo in the store of a folder. */
interface Filled {
  readonly outcomes: Outcomes;
  readonly tallies: readonly Tally[];
}

/** What needs more than a server to ask. */
export interface DemoActions {
  /** Fills the store of a folder in this process, unless `mayBegin` says no to what it holds; then answers with null. */
  readonly fill: (
    dataDir: string,
    deliveries: readonly DemoDelivery[],
    how: { readonly from: number; readonly mayBegin: (held: Held) => boolean; readonly told: (count: number) => void },
  ) => Promise<Filled | null>;
  /** Serves the store of a folder until a signal; `ready` is told where. */
  readonly serve: (
    where: { readonly dataDir: string; readonly port: number },
    ready: (url: string, stop: AbortSignal) => Promise<void>,
  ) => Promise<void>;
  /** Finds the secret of a source's demo instance, where one is configured. */
  readonly secrets: () => Promise<(source: string) => string | undefined>;
}

interface DemoFlags extends ServerFlags {
  readonly seed: number;
  readonly to?: number;
  readonly days: number;
  readonly dataDir: string;
  readonly add?: boolean;
  readonly serve?: boolean;
  readonly port: number;
  readonly live?: boolean;
  readonly json?: boolean;
}

const MAX_SEED = 2_147_483_647;
const MAX_DAYS = 366;
const DAY_MS = 86_400_000;

/** `valuestream demo`: a believable quarter of three teams. */
export function demoCommand(actions: DemoActions): Command {
  const command = new Command('demo')
    .description('fill a fresh store with a believable quarter of three teams, to look around in')
    .addOption(flag('DEMO', '--serve', 'make it in a store of its own, and start a server on that'))
    .addOption(flag('DEMO', '--port <number>', 'where that server listens').argParser(wholeNumber(0)).default(4747))
    .addOption(flag('DEMO', '--live', 'go on with it, a webhook every few seconds, until Ctrl-C'))
    .addOption(flag('DEMO', '--add', 'also where there are deliveries already'))
    .addOption(flag('DEMO', '--data-dir <folder>', 'the store, where no server runs').default('./data/demo'))
    .addOption(
      flag('DEMO', '--seed <number>', 'another one makes another quarter').argParser(upTo(MAX_SEED)).default(1),
    )
    .addOption(flag('DEMO', '--to <time>', 'when it ends (RFC 3339; default: now)').argParser(pastTime))
    .addOption(flag('DEMO', '--days <number>', 'how long it is').argParser(upTo(MAX_DAYS)).default(90));
  return withJson(withServer(command))
    .addHelpText(
      'after',
      `
Three teams that do not exist, with GitHub, GitLab, Jenkins and Jira: good weeks and bad ones, incidents, a rollback, hotfixes,
flaky builds, reviews that wait. All of it comes as webhooks, of senders called "demo" (/webhooks/github/demo), so that it can
be told apart. The same seed, end and length make the same bytes.

A running server is told the webhooks; where none runs, a store of its own is filled, ./data/demo: remove that folder to be rid
of it. Where there are deliveries already nothing is done without --add: what a server was told is not taken back.

Examples:
  $ valuestream demo --serve
  $ valuestream demo --serve --live --port 8080
  $ valuestream demo --url http://127.0.0.1:4747
  $ valuestream demo --seed 7 --days 180 --to 2026-06-30T18:00:00Z --data-dir /tmp/demo`,
    )
    .action(async (flags: DemoFlags) => {
      const mayGoElsewhere = command.getOptionValueSource('url') === 'default';
      await demo(flags, actions, mayGoElsewhere);
    });
}

function upTo(most: number): (text: string) => number {
  return (text) => {
    const number = wholeNumber(1)(text);
    if (number <= most) return number;
    throw new InvalidArgumentError(`it must be at most ${most}`);
  };
}

function pastTime(text: string): number {
  const at = Date.parse(text);
  if (!/^\d{4}-\d\d-\d\d([T ].*(Z|[+-]\d\d:?\d\d))?$/i.test(text) || Number.isNaN(at))
    throw new InvalidArgumentError('it must be a day, or a time such as 2026-06-30T18:00:00Z');
  if (at > Date.now()) throw new InvalidArgumentError('it must not lie in the future');
  return at;
}

async function demo(flags: DemoFlags, actions: DemoActions, mayGoElsewhere: boolean): Promise<void> {
  if (flags.live === true && flags.to !== undefined)
    throw new CliFailure('--live goes on from now, so the quarter has to end now: leave --to out', 2);
  const settings = { seed: flags.seed, to: flags.to ?? Date.now(), days: flags.days };
  if (flags.serve === true) {
    await serve(flags, settings, actions);
    return;
  }
  const client = new Client(flags);
  const held = await heldBy(client).catch((error: unknown) => {
    if (mayGoElsewhere && error instanceof Unreachable && flags.live !== true) return null;
    throw error;
  });
  if (held !== null) {
    refuseMixing(held, flags, `the server at ${flags.url}`);
    await atServer(client, flags, settings, actions);
    return;
  }
  console.error(`No server runs: filling ${flags.dataDir} in this process.`);
  const report = await here(flags, settings, { demo: new Demo(settings), actions });
  if (report !== null) printReport(report, flags);
  if (flags.json !== true) console.error(nextSteps(report, { dataDir: flags.dataDir, url: null }));
}

async function atServer(
  client: Client,
  flags: DemoFlags,
  settings: DemoSettings,
  { secrets }: DemoActions,
): Promise<void> {
  const secretOf = await secrets();
  const made = new Demo(settings);
  const deliveries = made.until(settings.to);
  await checkSenders(client, deliveries);
  const bar = progress('webhooks');
  const told = (read: number) => bar.update({ total: deliveries.length, read });
  const outcomes = await tellServer(client, deliveries, { secretOf, told })
    .catch((error: unknown) => {
      console.error(`What was told stays. To go on with it: ${again(settings)}`);
      throw error;
    })
    .finally(() => bar.stop());
  const report = reportOf(settings, made, { outcomes, tallies: await talliesAt(client, settings) });
  printReport(report, flags);
  if (flags.json !== true) console.error(nextSteps(report, { url: flags.url, dataDir: null }));
  if (flags.live !== true) return;
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  await goOn(client, made, { secretOf, signal: stop.signal });
}

function again({ seed, days, to }: DemoSettings): string {
  return `valuestream demo --add --seed ${seed} --days ${days} --to ${new Date(to).toISOString()}`;
}

/** Fills a store in this process; null where its demo is there already, and that is as good. */
async function here(
  flags: DemoFlags,
  settings: DemoSettings,
  { demo: made, actions }: { readonly demo: Demo; readonly actions: DemoActions },
): Promise<DemoReport | null> {
  const deliveries = made.until(settings.to);
  const isGoodAsItIs = ({ hasDemo, isUnfinished }: Held) =>
    hasDemo && !isUnfinished && flags.serve === true && flags.live !== true && flags.add !== true;
  const bar = progress('webhooks');
  const filled = await actions
    .fill(flags.dataDir, deliveries, {
      from: beginOf(settings),
      mayBegin: (held) => {
        if (isGoodAsItIs(held)) return false;
        refuseMixing(held, flags, `the store in ${flags.dataDir}`);
        return true;
      },
      told: (read) => bar.update({ total: deliveries.length, read }),
    })
    .finally(() => bar.stop());
  return filled === null ? null : reportOf(settings, made, filled);
}

async function serve(flags: DemoFlags, settings: DemoSettings, actions: DemoActions): Promise<void> {
  const { dataDir, port } = flags;
  const made = new Demo(settings);
  const report = await here(flags, settings, { demo: made, actions });
  if (report === null) console.error(`The demo is in ${dataDir} already; remove that folder to have a fresh one.`);
  else printReport(report, flags);
  await actions.serve({ dataDir, port }, async (url, signal) => {
    console.error(`ValueStream is listening on ${url}`);
    console.error(nextSteps(report, { url, dataDir }));
    if (flags.live === true) await goOn(new Client({ url }), made, { secretOf: () => undefined, signal });
  });
}

/** What is real must not be mixed with what is made up, unless somebody wants that. */
function refuseMixing({ isEmpty, hasDemo, isUnfinished }: Held, { add, live }: DemoFlags, where: string): void {
  if (isUnfinished)
    throw new CliFailure(`${where} has a demo that was not finished here: remove that store, and make it anew.`);
  if (isEmpty || add === true) return;
  const what = hasDemo ? 'has a demo already' : 'has deliveries already, which are real ones';
  const goesOn = hasDemo && live === true ? ' --live goes on only with one that it has just made.' : '';
  throw new CliFailure(
    `${where} ${what}: nothing was done.${goesOn} "valuestream demo --serve --data-dir FOLDER" makes one in a store of its ` +
      'own; --add puts it beside what is there, where it can be told apart, but not be taken out again.',
  );
}

function reportOf(settings: DemoSettings, { worthSeeing }: Demo, { outcomes, tallies }: Filled): DemoReport {
  return { ...settings, from: beginOf(settings), outcomes, tallies, worthSeeing };
}

function beginOf({ to, days }: DemoSettings): number {
  return to - days * DAY_MS;
}
