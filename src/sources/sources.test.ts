import { createHmac } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RECEIVED_AT, type Signer, sourceContract, type Token } from '../../test/contract/sources.ts';
import { sources } from './registry.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));

const hex = (header: string): Signer => ({
  scheme: 'hmac-sha256',
  secret: "It's a Secret to Everybody",
  otherSecret: 'another',
  header,
  sign: (body, secret) => ({
    [header.toLowerCase()]: `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  }),
});

const standard: Signer = {
  scheme: 'standard-webhooks',
  secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  otherSecret: `whsec_${Buffer.alloc(32, 8).toString('base64')}`,
  header: 'webhook-signature',
  sign: (body, secret) => {
    const timestamp = String(RECEIVED_AT / 1_000);
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const signature = createHmac('sha256', key).update(`msg_1.${timestamp}.`).update(body).digest('base64');
    return { 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
  },
};

const bearer: Token = { scheme: 'bearer', send: (secret) => ({ headers: { authorization: `Bearer ${secret}` } }) };
const basic: Token = {
  scheme: 'basic',
  send: (secret) => ({
    headers: { authorization: `Basic ${Buffer.from(`anybody:${secret}`).toString('base64')}` },
  }),
};
const inUrl: Token = { scheme: 'url-token', send: (token) => ({ token }) };
const inHeader = (name: string): Token => ({ scheme: 'token', send: (secret) => ({ headers: { [name]: secret } }) });

/** How the senders of each source prove who they are. */
const proofs: Readonly<Record<string, Parameters<typeof sourceContract>[2]>> = {
  github: { signers: [hex('X-Hub-Signature-256')] },
  customhttp: { signers: [standard, hex('X-VS-Signature')] },
  gitlab: { signers: [standard], tokens: [inHeader('x-gitlab-token')] },
  jenkins: { tokens: [bearer, basic, inUrl] },
  jira: { signers: [hex('X-Hub-Signature')], tokens: [bearer, basic, inUrl] },
};

describe('the registry', () => {
  it('has every folder once, by the id of its source', () => {
    const folders = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
      .map(({ name }) => name);
    expect(sources.map(({ id }) => id).sort()).toEqual(folders.sort());
  });

  it('says of every source how it proves where a request comes from, here', () => {
    expect(Object.keys(proofs).sort()).toEqual(sources.map(({ id }) => id).sort());
  });
});

for (const source of sources) sourceContract(source, `${folder}/${source.id}`, proofs[source.id] ?? {});
