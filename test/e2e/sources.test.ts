import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { deliveryDetailSchema, sourceSchema } from '../../src/api/schema.ts';
import { githubSignature, newDataDir, removeDataDir, startServer, type TestServer } from '../support/server.ts';

type Source = z.infer<typeof sourceSchema>;

const SECRET = 'the secret of all senders';

let server: TestServer;
let dataDir: string;
beforeAll(async () => {
  dataDir = newDataDir();
  const names = ['GITHUB', 'JENKINS', 'JIRA', 'CUSTOMHTTP'];
  server = await startServer(dataDir, Object.fromEntries(names.map((name) => [`VS_SECRET_${name}`, SECRET])));
});
afterAll(async () => {
  await server.stop();
  removeDataDir(dataDir);
});

const json = { 'content-type': 'application/json' };

async function post(path: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}/webhooks/${path}`, {
    method: 'POST',
    body,
    headers: { ...json, ...headers },
  });
  return { status: response.status, answer: JSON.parse(await response.text()) };
}

async function get<T>(path: string): Promise<T> {
  return JSON.parse(await (await fetch(server.url + path)).text());
}

async function source(id: string): Promise<Source> {
  const { items } = await get<{ items: Source[] }>('/api/v1/sources');
  const found = items.find((item) => item.id === id);
  if (found === undefined) throw new Error(`there is no source ${id}`);
  return found;
}

const build = (number: number, endTime: number) =>
  JSON.stringify({ fullJobName: 'team/app', number, result: 'SUCCESS', endTime, duration: 1_000 });

describe('a sender that can send no signature', () => {
  const token = encodeURIComponent(SECRET);

  it('proves who it is by the token in its URL, which is kept nowhere', async () => {
    const { status, answer } = await post(`jenkins?token=${token}`, build(1, Date.now()));
    expect([status, answer.status]).toEqual([200, 'accepted']);
    const delivery = await get<z.infer<typeof deliveryDetailSchema>>(`/api/v1/deliveries/${answer.id}`);
    expect(delivery.authenticity).toBe('url-token');
    expect(JSON.stringify(delivery)).not.toContain(SECRET);
  });

  it('proves it by a bearer token, or by basic authentication', async () => {
    const basic = Buffer.from(`jenkins:${SECRET}`).toString('base64');
    expect((await post('jenkins', build(2, Date.now()), { authorization: `Bearer ${SECRET}` })).status).toBe(200);
    expect((await post('jenkins', build(3, Date.now()), { authorization: `Basic ${basic}` })).status).toBe(200);
  });

  it.each(['jenkins', 'jenkins?token=', 'jenkins?token=wrong', `jenkins?token=${token}&token=${token}`])(
    'is refused at %s, without a word on what would have been right',
    async (path) => {
      const { status, answer } = await post(path, build(4, Date.now()));
      expect(status).toBe(401);
      expect(JSON.stringify(answer)).not.toContain(SECRET);
    },
  );

  it('passes nobody by a stronger proof: a wrong signature is not mended by a token', async () => {
    const { status } = await post(`jira?token=${token}`, '{}', { 'x-hub-signature': `sha256=${'0'.repeat(64)}` });
    expect(status).toBe(401);
  });
});

describe('a body that may hold secrets', () => {
  it('is not stored, and its delivery is', async () => {
    const body = JSON.stringify({ name: 'app', createdDate: Date.now(), status: 'ACTIVE', configFile: '<password/>' });
    const { answer } = await post('jenkins', body, { authorization: `Bearer ${SECRET}` });
    expect(answer).toMatchObject({ status: 'ignored', reason: expect.stringContaining('not kept') });
    const delivery = await get<z.infer<typeof deliveryDetailSchema>>(`/api/v1/deliveries/${answer.id}`);
    expect(delivery).toMatchObject({ outcome: 'ignored', body: null });
    const { answer: again } = await post('jenkins', body, { authorization: `Bearer ${SECRET}` });
    expect(again.status).toBe('duplicate');
  });
});

describe('the health of a source', () => {
  const github = (event: string, payload: object, secret = SECRET) => {
    const body = JSON.stringify(payload);
    return post('github', body, { 'x-github-event': event, 'x-hub-signature-256': githubSignature(secret, body) });
  };

  it('waits, asks for events after a ping, finds a wrong secret, and is well in the end', async () => {
    expect((await source('github')).health).toEqual({ status: 'waiting', hints: [] });

    await github('ping', { zen: 'Keep it logically awesome.' });
    const pinged = await source('github');
    expect(pinged.health).toMatchObject({ status: 'warning', hints: [{ code: 'nothing_ticked' }] });
    expect(pinged.last_reasons.ignored).toContain('a ping');

    await github('ping', { zen: 'Half measures are as bad as nothing at all.' }, 'another secret');
    expect((await source('github')).health).toMatchObject({
      status: 'failing',
      hints: [{ code: 'secret_differs', message: expect.stringContaining('does not fit') }, { code: 'nothing_ticked' }],
    });

    const at = new Date(Date.now() - 1_000).toISOString();
    const repository = { id: 1, full_name: 'octo-org/api' };
    const issue = { number: 1, state: 'open', created_at: at, updated_at: at };
    await github('issues', { action: 'opened', issue, repository });
    expect((await source('github')).health).toEqual({ status: 'ok', hints: [] });

    await github('issues', { action: 'opened', issue: { number: 'one' }, repository });
    const dead = await source('github');
    expect(dead.health).toMatchObject({ status: 'warning', hints: [{ code: 'dead_letters' }] });
    expect(dead.last_reasons.dead_letter).toContain('issue.number');
  });

  it('finds a clock that is ahead', async () => {
    await post('jenkins', build(9, Date.now() + 300_000), { authorization: `Bearer ${SECRET}` });
    expect((await source('jenkins')).health.hints).toEqual([
      { code: 'clock_differs', message: expect.stringMatching(/^its clock is \d{3} seconds ahead of ours/) },
    ]);
  });

  it('blames the encoding for a form where none is read, and not the secret', async () => {
    const headers = { authorization: `Bearer ${SECRET}`, 'content-type': 'application/x-www-form-urlencoded' };
    expect((await post('jira', 'payload=%7B%7D', headers)).status).toBe(415);
    expect((await source('jira')).health).toMatchObject({ status: 'failing', hints: [{ code: 'form_encoded' }] });
    expect((await post('jira', '{', { authorization: `Bearer ${SECRET}` })).status).toBe(400);
    expect((await source('jira')).health).toMatchObject({ status: 'failing', hints: [{ code: 'not_read' }] });
  });

  it('tells a clock that is wrong from a secret that is', async () => {
    const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': '1614265330', 'webhook-signature': 'v1,x' };
    expect((await post('customhttp', '{}', headers)).status).toBe(401);
    expect((await source('customhttp')).health).toMatchObject({
      status: 'failing',
      hints: [{ code: 'clock_differs' }],
    });
  });
});
