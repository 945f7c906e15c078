/** Why a text names no host. */
export class HostError extends Error {}

/**
 * The URL of a host's name, or of a whole URL for what stands before one (a proxy, a test) or below one. Throws a
 * {@link HostError} that gives an example of a name.
 */
export function urlOfHost(text: string, example: string): URL {
  const isUrl = text.includes('://');
  const whole = isUrl ? text : `https://${text}`;
  if (!URL.canParse(whole)) throw new HostError(`${text} is no host; give one such as ${example}`);
  const url = new URL(whole);
  if (!isUrl && url.pathname !== '/') throw new HostError(`${text} is no host: leave out ${url.pathname}`);
  if (url.username !== '' || url.password !== '' || url.search !== '')
    throw new HostError(`${url.host}: give the host alone; the token comes from the environment`);
  if (url.protocol === 'https:') return url;
  // A token that is sent in the clear is everybody's token.
  if (url.protocol === 'http:' && isLoopback(url.hostname)) return url;
  throw new HostError(`${text}: https is needed, for a token is sent; http is for this machine alone`);
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
