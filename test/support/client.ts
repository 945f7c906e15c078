import { randomUUID } from 'node:crypto';
import { githubExamples } from './github-examples.ts';
import { githubSignature } from './server.ts';

export const SECRET = 's3cret';

/** A delivery that a client sends, and may send again. */
export interface Sent {
  readonly key: string;
  readonly source: 'github' | 'customhttp';
  readonly spanId: string;
  /** What it says of its span. */
  readonly action: 'start' | 'end';
  readonly at: number;
  readonly body: string;
}

/** `null`: the connection ended without an answer. */
export type Reply = { readonly status: number; readonly body: { readonly status?: string } } | null;

export async function post(url: string, { key, source, body }: Sent): Promise<Reply> {
  const headers: Record<string, string> =
    source === 'github'
      ? {
          'x-github-event': 'pull_request',
          'x-github-delivery': key,
          'x-hub-signature-256': githubSignature(SECRET, body),
        }
      : { 'idempotency-key': key };
  try {
    const response = await fetch(`${url}/webhooks/${source}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    return { status: response.status, body: JSON.parse(await response.text()) };
  } catch {
    return null;
  }
}

interface Pull {
  readonly action: string;
  readonly repository: { readonly full_name: string };
  readonly pull_request: object;
}

const pulls = githubExamples.find(({ name }) => name === 'pull_request')?.examples as Pull[];
const example = (action: string): Pull => {
  const found = pulls.find((pull) => pull.action === action);
  if (found === undefined) throw new Error(`there is no example of a pull request that is ${action}`);
  return found;
};

const FIRST = Date.UTC(2026, 0, 5, 9);

/** GitHub's own example, as the opening or the closing of the n-th pull request. */
export function pullRequest(n: number, action: Sent['action']): Sent {
  const number = n + 10;
  const openedAt = FIRST + n * 60_000;
  const closedAt = openedAt + 30_000;
  const at = action === 'start' ? openedAt : closedAt;
  const time = (value: number) => new Date(value).toISOString().replace('.000', '');
  const payload = example(action === 'start' ? 'opened' : 'closed');
  const times = {
    created_at: time(openedAt),
    updated_at: time(at),
    ...(action === 'end' ? { closed_at: time(closedAt), merged_at: null, merged: false } : {}),
  };
  const pull_request = { ...payload.pull_request, number, id: 5_000_000 + n, title: `Change ${n}`, ...times };
  const spanId = `vstrace-github-pull_request-${payload.repository.full_name}-${number}`;
  const body = JSON.stringify({ ...payload, number, pull_request });
  return { key: randomUUID(), source: 'github', spanId, action, at, body };
}

/** The start or the end of the n-th custom build. */
export function customBuild(n: number, action: Sent['action'], padding = ''): Sent {
  const at = FIRST + n * 60_000 + (action === 'start' ? 0 : 30_000);
  const event = { id: String(n), namespace: 'shop', type: 'build', action, time: new Date(at).toISOString() };
  const body = JSON.stringify(padding === '' ? event : { ...event, unread: padding });
  return { key: randomUUID(), source: 'customhttp', spanId: `vstrace-customhttp-build-shop-${n}`, action, at, body };
}
