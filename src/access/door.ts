import { isIPv4 } from 'node:net';

/** The settings that decide who has to prove who they are. */
export interface DoorSettings {
  /** The address to listen on. */
  readonly host: string;
  readonly access: 'auto' | 'required';
  readonly insecure: boolean;
  /** Where people reach it, where that is not where it listens. */
  readonly public_url?: string | undefined;
}

/** What is looked at of a request; header names in lower case. */
export interface Caller {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The address of the other end of the connection. */
  readonly ip: string;
}

/** Why a request that proves nothing is not let in. */
export type Closed = 'required' | 'proxied' | 'host';

/** What proxies add. They are believed only to close the door: whoever adds one is told to prove who they are. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'];

/** Whether a name means this machine, whoever resolves it. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  if (name === 'localhost' || name.endsWith('.localhost') || name === '::1') return true;
  return isIPv4(name) && name.startsWith('127.');
}

/** By these a container reaches the machine that it runs on; nobody else can be called so. */
const HOST_OF_CONTAINERS = new Set(['host.docker.internal', 'host.containers.internal']);

/** Whether everybody has to prove who they are: beyond this machine, or where the settings say so. */
export function isAccessRequired(settings: DoorSettings): boolean {
  return settings.access === 'required' || (!settings.insecure && isReachedFromElsewhere(settings));
}

/** Whether other machines may reach it: by the address that it listens on, or by what the settings say people use. */
export function isReachedFromElsewhere({ host, public_url }: DoorSettings): boolean {
  return !isLoopback(host) || (public_url !== undefined && !isLoopback(new URL(public_url).hostname));
}

/**
 * Why a request has to prove who it comes from; null where it need not.
 *
 * Who listens on loopback alone is reached by this machine alone, but a browser on it sends what pages of strangers want (DNS
 * rebinding: their name leads here, and stands in `Host`), and a proxy on it what others want.
 */
export function whyClosed(caller: Caller, settings: DoorSettings): Closed | null {
  if (isAccessRequired(settings)) return 'required';
  if (settings.insecure) return null;
  return whyNotFromHere(caller);
}

/** Why a request does not come from a program on this machine for its own sake; null where it does. */
export function whyNotFromHere({ headers }: Caller): 'proxied' | 'host' | null {
  if (FORWARDED.some((name) => headers[name] !== undefined)) return 'proxied';
  const host = hostOf(headers) ?? '';
  return isLoopback(host) || HOST_OF_CONTAINERS.has(host.toLowerCase()) ? null : 'host';
}

/** Whether a page of another origin makes a browser send it, so that its reader must get no answer. */
export function isForeign({ method, headers }: Caller, { public_url }: Pick<DoorSettings, 'public_url'>): boolean {
  const site = single(headers['sec-fetch-site']);
  if (site === 'same-origin' || site === 'none') return false;
  // A link that somebody follows shows them what is theirs, and the page that it was on nothing.
  if (site !== undefined) return !isFollowedLink(method, headers);
  const origin = single(headers.origin);
  return origin !== undefined && !isOwnOrigin(origin, headers, public_url);
}

/** Whether a browser vouches that our own page sends it. */
export function isOwnPage({ headers }: Caller, { public_url }: Pick<DoorSettings, 'public_url'>): boolean {
  const site = single(headers['sec-fetch-site']);
  if (site !== undefined) return site === 'same-origin';
  const origin = single(headers.origin);
  return origin !== undefined && isOwnOrigin(origin, headers, public_url);
}

/** Whether the browser reached us by https, as far as it says itself or the settings say. */
export function isSecure({ headers }: Caller, { public_url }: Pick<DoorSettings, 'public_url'>): boolean {
  return public_url?.startsWith('https:') === true || single(headers.origin)?.startsWith('https:') === true;
}

function isFollowedLink(method: string, headers: Caller['headers']): boolean {
  const isReading = method === 'GET' || method === 'HEAD';
  return isReading && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

// The scheme is not compared: behind a proxy that ends TLS it is another one than here.
function isOwnOrigin(origin: string, headers: Caller['headers'], publicUrl: string | undefined): boolean {
  if (!URL.canParse(origin)) return false;
  const { host } = new URL(origin);
  const own = [single(headers.host)?.toLowerCase(), publicUrl === undefined ? undefined : new URL(publicUrl).host];
  return host !== '' && own.includes(host);
}

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;

/** The name in `Host`, without its port; null where it is written in another way, which is none of our names. */
function hostOf(headers: Caller['headers']): string | null {
  return HOST.exec(single(headers.host) ?? '')?.[1] ?? null;
}

function single(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}
