/**
 * What it takes to import GitHub's history: pull requests, their commits, issues, runs, deployments and releases of so many
 * repositories, from a server in this process that speaks GitHub's API, by the program as people run it, into a store of its
 * own. Once without interruption, and once killed after each fifth of the requests and started again; then both have the same spans.
 *
 * Run: node bench/import.ts [repositories] [pull requests of each]
 */
import { historyOf } from '../test/support/github-api/past.ts';
import { pastRoutes } from '../test/support/github-api/rest.ts';
import { GithubApi, TOKEN } from '../test/support/github-api/server.ts';
import { startProgram } from '../test/support/server.ts';
import { spansIn } from '../test/support/spans-in.ts';
import { inNewFolder } from './_measure.ts';

const [repositories = 40, pulls = 250] = process.argv.slice(2).map(Number);
const FIFTHS = [1, 2, 3, 4];

interface Ran {
  readonly seconds: number;
  readonly requests: number;
  /** What it says that it has done; nothing where it was killed. */
  readonly stdout: string;
}

const history = historyOf(repositories, pulls);
const api = await new GithubApi(history.company, { routes: pastRoutes }).start();

/** Runs the import into a folder, and kills it when it asks for more than so much. */
async function run(folder: string, most = Number.POSITIVE_INFINITY): Promise<Ran> {
  const before = api.asked.length;
  const from = performance.now();
  const args = ['import', 'github', '--org', 'octo-org', '--enterprise-host', api.url, '--data-dir', folder, '--json'];
  const program = startProgram(args, { VS_GITHUB_TOKEN: TOKEN });
  api.mishap = ({ index }) => {
    if (index - before >= most) program.child.kill('SIGKILL');
    return null;
  };
  const { code, signal, stdout, stderr } = await program.ended;
  const isKilled = signal === 'SIGKILL' && Number.isFinite(most);
  if (code !== 0 && !isKilled) throw new Error(`the import ended with ${code ?? signal}: ${stderr}`);
  return { seconds: (performance.now() - from) / 1_000, requests: api.asked.length - before, stdout };
}

const rate = (things: number, seconds: number) => `${Math.round(things / seconds)} things/s`;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

try {
  await inNewFolder(async (whole) => {
    const once = await run(whole);
    const { things } = JSON.parse(once.stdout);
    console.log(`${things} things of ${repositories} repositories, ${repositories * pulls} of them pull requests`);
    console.log(
      `uninterrupted  ${once.seconds.toFixed(1)} s  ${once.requests} requests  ${rate(things, once.seconds)}`,
    );
    await inNewFolder(async (folder) => {
      const runs: Ran[] = [];
      for (const fifth of FIFTHS) {
        const asked = sum(runs.map(({ requests }) => requests));
        runs.push(await run(folder, Math.max(1, Math.round((once.requests * fifth) / 5) - asked)));
      }
      runs.push(await run(folder));
      const seconds = sum(runs.map((one) => one.seconds));
      const requests = sum(runs.map((one) => one.requests));
      console.log(
        `killed ${FIFTHS.length} times  ${seconds.toFixed(1)} s  ${requests} requests  ${rate(things, seconds)}`,
      );
      const [expected, found] = [await spansIn(whole), await spansIn(folder)];
      const isSame = expected.length === found.length && expected.every((span, at) => span === found[at]);
      console.log(`${expected.length} spans, ${isSame ? 'the same' : `and others (${found.length})`} in both`);
      if (!isSame) process.exitCode = 1;
    });
  });
} finally {
  await api.stop();
}
