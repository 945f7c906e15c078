import { createHmac } from 'node:crypto';
import { RECEIVED_AT, type Signer, type Token } from './sources.ts';

// How senders prove who they are, as the contract of sources tries it.

export function hexSigner(header: string): Signer {
  return {
    scheme: 'hmac-sha256',
    secret: "It's a Secret to Everybody",
    otherSecret: 'another',
    header,
    sign: (body, secret) => ({
      [header.toLowerCase()]: `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    }),
  };
}

export const standardSigner: Signer = {
  scheme: 'standard-webhooks',
  secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  otherSecret: `whsec_${Buffer.alloc(32, 8).toString('base64')}`,
  header: 'webhook-signature',
  sign: (body, secret, at = RECEIVED_AT) => {
    const timestamp = String(Math.floor(at / 1_000));
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const signature = createHmac('sha256', key).update(`msg_1.${timestamp}.`).update(body).digest('base64');
    return { 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
  },
};

export function tokenInHeader(name: string): Token {
  return { scheme: 'token', send: (secret) => ({ headers: { [name]: secret } }) };
}

/** What senders that sign nothing can do: a header for the proxy's sake, or the URL. */
export const plainTokens: readonly Token[] = [
  { scheme: 'bearer', send: (secret) => ({ headers: { authorization: `Bearer ${secret}` } }) },
  {
    scheme: 'basic',
    send: (secret) => ({
      headers: { authorization: `Basic ${Buffer.from(`anybody:${secret}`).toString('base64')}` },
    }),
  },
  { scheme: 'url-token', send: (token) => ({ token }) },
];
