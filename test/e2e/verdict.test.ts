import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDataDir, removeDataDir, startServer, type TestServer } from '../support/server.ts';

const dataDir = newDataDir();
let server: TestServer;

const event = (id: string, type: string, action: string, minute: number, more: object = {}) => ({
  ...{ id, namespace: 'shop', type, action, environment: 'production', ...more },
  time: new Date(Date.UTC(2026, 2, 2, 9, minute)).toISOString(),
});

beforeAll(async () => {
  server = await startServer(dataDir);
  const events = [
    ...[event('1', 'deploy', 'start', 0), event('1', 'deploy', 'end', 5)],
    ...[event('2', 'deploy', 'start', 10), event('3', 'build', 'start', 0), event('3', 'build', 'end', 5)],
    ...[
      event('4', 'deploy', 'end', 5, { environment: 'blue' }),
      event('5', 'deploy', 'end', 5, { environment: undefined }),
    ],
  ];
  const sent = await call('POST', '/webhooks/customhttp', events);
  expect(sent.status).toBe(200);
});

afterAll(async () => {
  await server.stop();
  removeDataDir(dataDir);
});

async function call(method: string, path: string, body?: object) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

const judge = (id: string, body: object) => call('PATCH', `/api/v1/verdicts/${id}`, body);
const DEPLOY = 'vstrace-customhttp-deploy-shop-1';
const byAda = { author: 'ada', reason: 'customers could not pay' };

test('a person corrects what the rules say of a deployment, and it stays, whatever is read again', async () => {
  const said = await judge(DEPLOY, { ...byAda, is_failure: true });
  expect(said).toMatchObject({ status: 200, body: { attempt: 1, is_failure: true, is_rework: null, ...byAda } });

  const verdicts = [said.body];
  expect((await call('GET', `/api/v1/spans/${DEPLOY}`)).body).toMatchObject({ verdicts, result: 'success' });
  const { body: deliveries } = await call('GET', '/api/v1/deliveries?source=valuestream');
  expect(deliveries.items).toMatchObject([{ channel: 'correction', kind: 'verdict', outcome: 'accepted', events: 1 }]);
  const [{ id }] = deliveries.items;
  const replayed = await call('POST', `/api/v1/deliveries/${id}/replay`);
  expect(replayed.body).toMatchObject({ state: 'done', deliveries: { read: 1, changed: 0 } });

  await server.stop();
  server = await startServer(dataDir);
  expect((await call('GET', `/api/v1/spans/${DEPLOY}`)).body.verdicts).toEqual(verdicts);
});

test('null takes it back, and says who did', async () => {
  await judge(DEPLOY, { ...byAda, is_failure: true });
  const { body } = await judge(DEPLOY, { is_failure: null, author: 'bob', reason: 'it was the bank' });
  expect(body).toMatchObject({ is_failure: null, is_rework: null, author: 'bob', reason: 'it was the bank' });
});

test('what is no deployment that has ended cannot be judged', async () => {
  expect(await judge('vstrace-customhttp-build-shop-3', { ...byAda, is_failure: true })).toMatchObject({
    status: 422,
    body: { code: 'invalid_event', detail: 'vstrace-customhttp-build-shop-3 is no deployment: its operation is build' },
  });
  expect(await judge('vstrace-customhttp-deploy-shop-2', { ...byAda, is_failure: true })).toMatchObject({
    status: 422,
    body: { detail: 'vstrace-customhttp-deploy-shop-2 has not ended yet; say it when it has' },
  });
  expect(await judge('vstrace-customhttp-deploy-shop-9', { ...byAda, is_failure: true })).toMatchObject({
    status: 404,
  });
  expect(await judge(DEPLOY, { ...byAda, is_failure: true, attempt: 2 })).toMatchObject({ status: 404 });
});

test.each([
  ['4', 'nobody has told what kind of environment blue is; a rule under rules.environments can, with tier'],
  ['5', 'nobody has told to which environment it went; a rule under rules.deploys can, with environment'],
])('a deployment that counts nowhere cannot be judged, and the answer says why (%s)', async (id, why) => {
  const name = `vstrace-customhttp-deploy-shop-${id}`;
  for (const said of [{ is_failure: true }, { is_rework: false }])
    expect(await judge(name, { ...byAda, ...said })).toMatchObject({
      status: 422,
      body: { detail: `${name} counts in no measure, so a verdict would change nothing: ${why}` },
    });
  expect(await judge(name, { ...byAda, is_failure: null })).toMatchObject({ status: 200 });
});

test.each([
  ['author', { author: 'ada\u202Egro.pmoc' }],
  ['reason', { reason: 'prices\u0007' }],
  ['reason', { reason: '\u2066prices' }],
  ['reason', { reason: 'half \ud83d' }],
])('what does not show as what it is, is refused: %s', async (pointer, more) => {
  const { status, body } = await judge(DEPLOY, { ...byAda, is_failure: true, ...more });
  expect({ status, errors: body.errors }).toMatchObject({
    status: 400,
    errors: [{ pointer, message: 'must be one line, and hold no control characters' }],
  });
});

test.each([
  ['author', { is_failure: true, reason: 'why' }],
  ['reason', { is_failure: true, author: 'ada', reason: ' ' }],
  ['is_failure', byAda],
])('a saying without %s is refused, by its name', async (pointer, body) => {
  const { status, body: problem } = await judge(DEPLOY, body);
  expect({ status, pointers: problem.errors.map((error: { pointer: string }) => error.pointer) }).toEqual({
    status: 400,
    pointers: [pointer],
  });
});
