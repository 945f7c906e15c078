import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hexSigner, plainTokens, standardSigner, tokenInHeader } from '../contract/proofs.ts';
import type { Signer, Token } from '../contract/sources.ts';
import { newDataDir, removeDataDir, startServer, type TestServer } from '../support/server.ts';

/**
 * How senders prove who they are. The contract of sources tries each source's check by itself, a new one's too; this is to
 * see that the server asks it, of the bytes that came, and answers what it says.
 */
const proofs: Readonly<Record<string, { readonly signers: readonly Signer[]; readonly tokens: readonly Token[] }>> = {
  github: { signers: [hexSigner('X-Hub-Signature-256')], tokens: [] },
  gitlab: { signers: [standardSigner], tokens: [tokenInHeader('x-gitlab-token')] },
  jira: { signers: [hexSigner('X-Hub-Signature')], tokens: plainTokens },
  jenkins: { signers: [], tokens: plainTokens },
  customhttp: { signers: [standardSigner, hexSigner('X-VS-Signature')], tokens: [] },
};

const { secret } = standardSigner;
// Every source answers these with 200 or 422; what they mean is not asked here.
const body = Buffer.from('{"object_kind":"wiki_page","webhookEvent":"ping","id":"1"}');

let server: TestServer;
const dataDir = newDataDir();
beforeAll(async () => {
  const secrets = Object.keys(proofs).map((source) => [`VS_SECRET_${source.toUpperCase()}`, `another,${secret}`]);
  server = await startServer(dataDir, Object.fromEntries(secrets));
});
afterAll(async () => {
  await server.stop();
  removeDataDir(dataDir);
});

async function statusOf(source: string, bytes: Buffer, headers: Record<string, string>, token?: string) {
  const url = new URL(`/webhooks/${source}`, server.url);
  if (token !== undefined) url.searchParams.set('token', token);
  const sent = { 'content-type': 'application/json', 'x-github-event': 'ping', ...headers };
  const response = await fetch(url, { method: 'POST', body: new Uint8Array(bytes), headers: sent });
  await response.body?.cancel();
  return response.status;
}

/** The same with one bit of one byte turned over; the body stays JSON, so that nothing else can be wrong with it. */
function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const last = copy.length - 3;
  copy[last] = (copy[last] ?? 0) ^ 2;
  return copy;
}

const signed = Object.entries(proofs).flatMap(([source, { signers }]) =>
  signers.map((signer) => [source, signer.scheme, signer] as const),
);
const sent = Object.entries(proofs).flatMap(([source, { tokens }]) =>
  tokens.map((token) => [source, token.scheme, token] as const),
);

describe('a webhook that is signed', () => {
  it.each(signed)('of %s by %s is taken as it was sent, and 401 with one flipped byte', async (source, _, { sign }) => {
    const headers = sign(body, secret, Date.now());
    expect([200, 422]).toContain(await statusOf(source, body, headers));
    expect(JSON.parse(flipped(body).toString())).not.toEqual(JSON.parse(body.toString()));
    expect(await statusOf(source, flipped(body), headers)).toBe(401);
    expect(await statusOf(source, body, {})).toBe(401);
  });
});

describe('a webhook that is sent with its secret', () => {
  it.each(sent)('of %s as %s is taken with it, and 401 with one flipped byte of it', async (source, _, { send }) => {
    const right = send(secret);
    const wrong = send(flipped(Buffer.from(secret)).toString());
    expect(await statusOf(source, body, right.headers ?? {}, right.token)).toBe(200);
    expect(await statusOf(source, body, wrong.headers ?? {}, wrong.token)).toBe(401);
  });
});

describe("GitLab's token", () => {
  it('does not help where a signature is there and wrong, or is too old', async () => {
    const token = { 'x-gitlab-token': secret };
    const other = standardSigner.sign(body, standardSigner.otherSecret, Date.now());
    const old = standardSigner.sign(body, secret, Date.now() - 6 * 60_000);
    expect(await statusOf('gitlab', body, { ...other, ...token })).toBe(401);
    expect(await statusOf('gitlab', body, { ...old, ...token })).toBe(401);
  });
});
