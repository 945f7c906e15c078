/**
 * The load generator, in a process of its own. Told by its parent what to send; builds and signs all requests first, says
 * that it is ready, and on `go` posts them over so many keep-alive connections.
 */
import { hash, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { githubExamples } from '../test/support/github-examples.ts';
import { githubSignature } from '../test/support/server.ts';
import { SECRET } from './_secret.ts';

export interface Job {
  readonly port: number;
  /** `scattered` is `custom` with ids in no order, so that they lie everywhere in an index. */
  readonly kind: 'pull_request' | 'custom' | 'scattered';
  readonly connections: number;
  readonly requests: number;
  /** The number of the first operation, so that no two blocks send the same. */
  readonly offset: number;
}

export interface Outcome {
  readonly seconds: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly bytes: number;
}

type Example = Record<string, unknown> & { action: string; number: number };

const pulls = githubExamples.find(({ name }) => name === 'pull_request')?.examples as Example[];
const example = (action: string) => JSON.stringify(pulls.findLast((payload) => payload.action === action));
const [opened, closed] = [example('opened'), example('closed')];

/** GitHub's own example as another pull request: its numbers, ids, hashes and times are its own. */
function pullRequest(index: number): string {
  const number = Math.floor(index / 2) + 10;
  const isClosing = index % 2 === 1;
  const at = new Date(Date.UTC(2026, 0, 1) + number * 1_000).toISOString().replace('.000', '');
  const payload = JSON.parse(isClosing ? closed : opened);
  const sha = number.toString(16).padStart(40, 'a');
  payload.number = number;
  Object.assign(payload.pull_request, {
    number,
    id: 1_000_000 + number,
    title: `Change number ${number}`,
    created_at: at,
    updated_at: at,
    ...(isClosing ? { closed_at: at, merged_at: null } : {}),
  });
  payload.pull_request.head = { ...payload.pull_request.head, sha, ref: `feature/${number}` };
  return JSON.stringify(payload);
}

function customEvent(index: number, isScattered: boolean): string {
  const number = String(Math.floor(index / 2));
  const id = isScattered ? hash('sha1', number) : number;
  const action = index % 2 === 0 ? 'start' : 'end';
  const time = new Date(Date.UTC(2026, 0, 1) + index * 1_000).toISOString();
  const build = { id, namespace: 'shop/web', type: 'build', action, time };
  return JSON.stringify(action === 'start' ? { ...build, title: `Build ${id}`, branch: 'main' } : build);
}

function requestOf(kind: Job['kind'], index: number): Buffer {
  const isPull = kind === 'pull_request';
  const body = Buffer.from(isPull ? pullRequest(index) : customEvent(index, kind === 'scattered'));
  const path = isPull ? '/webhooks/github' : '/webhooks/customhttp';
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'user-agent: GitHub-Hookshot/bench',
    'content-type: application/json',
    `content-length: ${body.byteLength}`,
    'x-github-event: pull_request',
    `x-github-delivery: ${randomUUID()}`,
    `x-hub-signature-256: ${githubSignature(SECRET, body)}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

/** Posts from the list until it is empty; one request at a time on one connection. */
function sender(port: number, waiting: Buffer[], latencies: number[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let sentAt = 0;
  let answer = '';
  const next = () => {
    const request = waiting.pop();
    if (request === undefined) {
      socket.destroy();
      resolve();
      return;
    }
    sentAt = performance.now();
    socket.write(request);
  };
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
    if (!isWhole(answer)) return;
    latencies.push(performance.now() - sentAt);
    if (!answer.startsWith('HTTP/1.1 200 ') || !answer.includes('"accepted"'))
      reject(new Error(`it was answered: ${answer}`));
    answer = '';
    next();
  });
  socket
    .on('connect', next)
    .on('error', reject)
    .on('close', () => reject(new Error('the connection was cut')));
  return promise;
}

function isWhole(answer: string): boolean {
  const head = answer.indexOf('\r\n\r\n');
  if (head === -1) return false;
  const length = /content-length: (\d+)/i.exec(answer)?.[1];
  if (length === undefined) throw new Error(`an answer without a length: ${answer}`);
  return answer.length >= head + 4 + Number(length);
}

async function run({ port, connections }: Job, requests: Buffer[]): Promise<Outcome> {
  const bytes = requests.reduce((sum, request) => sum + request.byteLength, 0) / requests.length;
  const latencies: number[] = [];
  const before = performance.now();
  await Promise.all(Array.from({ length: connections }, () => sender(port, requests, latencies)));
  const seconds = (performance.now() - before) / 1_000;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  return { seconds, p50: at(0.5), p99: at(0.99), bytes };
}

let job: Job | undefined;
let requests: Buffer[] = [];
process.on('message', (message: Job | 'go') => {
  if (message === 'go') {
    if (job === undefined) throw new Error('there is nothing to send');
    void run(job, requests).then((outcome) => process.send?.(outcome));
    return;
  }
  job = message;
  const { kind, offset } = message;
  // From the end, so that a pull request is opened before it is closed.
  requests = Array.from({ length: message.requests }, (_, index) => requestOf(kind, offset + index)).reverse();
  process.send?.('ready');
});
