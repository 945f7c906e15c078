/**
 * What `GET /api/v1/traces/{trace_id}` costs for a trace of many spans, alone and beside another checkout of this repository
 * that answers in turns with it; and what it costs to make the answer of a trace of changes that as many deployments carry.
 *
 * Run: node bench/trace-answer.ts [--spans 2000] [--rounds 15] [--against folder]
 */
import { parseArgs } from 'node:util';
import type { wireTrace } from '../src/api/wire-trace.ts';
import { referenceKey } from '../src/domain/reference.ts';
import type { Attempt } from '../src/domain/span.ts';
import type { StoredTrace, TraceSpan } from '../src/store/traces.ts';
import { inNewFolder, median } from './_measure.ts';
import { checkoutsOf, cpuSeconds, serverOf, type Target } from './_server.ts';
import { tellTrace } from './web/_trace.ts';

const { values: options } = parseArgs({
  options: {
    spans: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '15' },
    against: { type: 'string' },
  },
});
const SPANS = Number(options.spans);
const ROUNDS = Number(options.rounds);
const WARM_UP = 3;
const PER_BLOCK = 5;
const checkouts = checkoutsOf(options.against);
const HOUR = 3_600_000;
const NOW = Date.now();

interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Medians of each checkout over alternating blocks, and their ratio to the first one. */
async function inTurns(measure: readonly (() => Promise<Cost>)[]): Promise<void> {
  const costs = measure.map((): Cost[] => []);
  for (let round = -WARM_UP; round < ROUNDS; round += 1)
    for (const [index, one] of measure.entries()) {
      const cost = await one();
      if (round >= 0) costs[index]?.push(cost);
    }
  const medians = costs.map((own) => ({ ms: median(own.map(({ ms }) => ms)), cpu: median(own.map((c) => c.cpuMs)) }));
  const [base] = medians;
  medians.forEach(({ ms, cpu }, index) => {
    const ratio = index > 0 ? `, ×${(cpu / (base?.cpu ?? 1)).toFixed(2)}` : '';
    console.log(`  ${checkouts[index]}: ${ms.toFixed(1)} ms, ${cpu.toFixed(1)} ms of CPU${ratio}`);
  });
}

async function block(server: Target, path: string): Promise<Cost> {
  const [began, cpu] = [performance.now(), cpuSeconds(server)];
  for (let asked = 0; asked < PER_BLOCK; asked += 1) {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`);
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
  }
  return { ms: (performance.now() - began) / PER_BLOCK, cpuMs: ((cpuSeconds(server) - cpu) / PER_BLOCK) * 1_000 };
}

async function answers(folders: readonly string[]): Promise<void> {
  const servers: Target[] = [];
  try {
    for (const [index, checkout] of checkouts.entries()) servers.push(await serverOf(checkout, folders[index] ?? ''));
    const paths: string[] = [];
    for (const { port } of servers) paths.push(await tellTrace(`http://127.0.0.1:${port}`, SPANS, NOW));
    console.log(`the answer of ${SPANS} spans:`);
    await inTurns(servers.map((server, index) => () => block(server, `/api/v1/traces/${paths[index]}`)));
  } finally {
    for (const server of servers) server.process.kill();
  }
}

const attempt = (operation: string, at: number): Attempt => ({
  ...{ key: 'n:1', ordinal: 1, operation, project: 'bench', team: null, state: 'finished', startedAt: at },
  ...{ finishedAt: at + HOUR, result: 'success', isError: false, title: null, url: null, actor: null },
  ...{ tags: {}, facts: {}, mentions: [], anomalies: [] },
});

/** Half of them changes below one ticket, half deployments of other traces, each of which carries one of them. */
function carried(): StoredTrace {
  const common = { source: 'customhttp', stages: [], base: 'known' } as const;
  const issue: TraceSpan = {
    ...{ ...common, spanId: 'issue', attempt: attempt('issue', NOW - SPANS * HOUR), parent: null, via: null },
  };
  const numbers = Array.from({ length: SPANS / 2 }, (_, index) => index);
  const at = (number: number) => NOW - (SPANS - 2 * number) * HOUR;
  const changes = numbers.map(
    (number): TraceSpan => ({
      ...{ ...common, spanId: `pull-${number}`, attempt: attempt('pull_request', at(number)), via: null },
      parent: { spanId: 'issue', attempt: 1 },
    }),
  );
  const deployments = numbers.map(
    (number): TraceSpan => ({
      ...{ ...common, spanId: `deploy-${number}`, attempt: attempt('deploy', at(number) + HOUR), via: 'carries' },
      parent: null,
    }),
  );
  const key = referenceKey({ type: 'commit', value: 'c0ffee', scope: 'bench' });
  const reason = { key, via: 'field', through: null } as const;
  const links = numbers.map((number) => ({
    ...{ kind: 'carries', spanId: `pull-${number}`, attempt: null, certainty: 'certain', reason, isParent: false },
    from: { spanId: `deploy-${number}`, attempt: 1 },
  }));
  return { traceId: 'issue', spans: [issue, ...changes, ...deployments], links, isTruncated: false } as StoredTrace;
}

async function making(): Promise<void> {
  const trace = carried();
  const makers = await Promise.all(
    checkouts.map(async (checkout) => {
      const made: { readonly wireTrace: typeof wireTrace } = await import(`${checkout}/src/api/wire-trace.ts`);
      return made.wireTrace;
    }),
  );
  console.log(`making the answer of ${SPANS / 2} changes and as many deployments that carry them:`);
  await inTurns(
    makers.map((make) => async () => {
      const [began, cpu] = [performance.now(), process.cpuUsage()];
      make(trace, NOW);
      return { ms: performance.now() - began, cpuMs: process.cpuUsage(cpu).user / 1_000 };
    }),
  );
}

await inNewFolder((one) => inNewFolder((other) => answers([one, other])));
await making();
