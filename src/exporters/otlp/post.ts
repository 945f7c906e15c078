import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { version } from '../../version.ts';

export interface Destination {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  /** For one request, until its answer is whole. */
  readonly timeoutMs: number;
  readonly agent: Agent;
}

export interface Answer {
  readonly status: number;
  /** What `Retry-After` says, in milliseconds from now; null where it says nothing. */
  readonly retryAfterMs: number | null;
  readonly body: Uint8Array;
}

/** An answer has a few bytes; one that never ends must not fill the memory. */
const MAX_ANSWER = 1024 * 1024;

const compress = promisify(gzip);

/** The exporter, its language and its version: https://opentelemetry.io/docs/specs/otel/protocol/exporter/#user-agent */
const USER_AGENT = `ValueStream-OTLP-Exporter-JavaScript/${version}`;

/** Posts protobuf. Throws what the network or the timeout throws; an aborted signal ends it at once. */
export async function post(destination: Destination, message: Uint8Array, signal: AbortSignal): Promise<Answer> {
  const { url, headers, compression, timeoutMs, agent } = destination;
  const body = compression === 'gzip' ? await compress(message) : message;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, {
    method: 'POST',
    agent,
    signal,
    headers: {
      'user-agent': USER_AGENT,
      ...lowerCase(headers),
      'content-type': 'application/x-protobuf',
      'content-length': body.byteLength,
      ...(compression === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
    },
  });
  // A socket that is silent and one that is slow: the time is for all of it.
  const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  request.on('response', (response) => answerOf(response).then(resolve, reject));
  request.on('error', reject);
  request.end(body);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** Names of headers have no letter case, but those of an object have. */
function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    if (size > MAX_ANSWER) throw new Error('its answer is larger than a megabyte');
    chunks.push(chunk);
  }
  return {
    status: response.statusCode ?? 0,
    retryAfterMs: retryAfter(response.headers['retry-after'], Date.now()),
    body: Buffer.concat(chunks),
  };
}

/** Seconds or a date (RFC 9110, 10.2.3), as milliseconds from `now`; null for neither. */
export function retryAfter(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
