import { createHmac } from 'node:crypto';
import type { DemoDelivery } from './delivery.ts';

/** The headers by which each sender proves itself with a secret; the page of each source says how. */
const signatures: Readonly<Record<string, (secret: string, body: string) => Readonly<Record<string, string>>>> = {
  github: (secret, body) => ({ 'x-hub-signature-256': hmac(secret, body) }),
  jira: (secret, body) => ({ 'x-hub-signature': hmac(secret, body) }),
  gitlab: (secret) => ({ 'x-gitlab-token': secret }),
  jenkins: (secret) => ({ authorization: `Bearer ${secret}` }),
};

/** The headers of a delivery, signed where there is a secret. */
export function signedHeaders(
  { source, headers, body }: DemoDelivery,
  secret: string | undefined,
): Readonly<Record<string, string>> {
  return secret === undefined ? headers : { ...headers, ...signatures[source]?.(secret, body) };
}

function hmac(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}
