const MAX_LENGTH = 1_024;
const SCHEMES = ['http:', 'https:', 'ssh:', 'git:'];
/** `git@github.com:acme/app.git`; without a user it may as well be a drive or a word. */
const SCP_LIKE = /^[^@/:\s]+@([^@/:\s]+):\/*(\S+)$/;
/** All of it, or as much as git and its tools show; of SHA-1 or of SHA-256. */
const SHA = /^(?:[0-9a-f]{7,12}|[0-9a-f]{40}|[0-9a-f]{64})$/i;

/**
 * `github.com/acme/app` of any address from which git fetches a repository: what is outside of the repository's server
 * knows no other name of it. Two ways to one repository may differ in their port, which only that of a web page keeps.
 */
export function addressOfRemote(remote: string | undefined): string | undefined {
  if (remote === undefined || remote.length > MAX_LENGTH) return undefined;
  const [, host, path] = SCP_LIKE.exec(remote) ?? [];
  if (host !== undefined && path !== undefined) return addressOf(host, path);
  const url = URL.parse(remote);
  if (url === null || !SCHEMES.includes(url.protocol)) return undefined;
  return addressOf(url.protocol.startsWith('http') ? url.host : url.hostname, url.pathname);
}

/**
 * `https://github.com/acme/app` of any address from which git fetches a repository: that of its page, as conventions want it.
 * So without `.git`, and without who may enter it: a token that a CI fetches with would be seen by everybody who sees a
 * span. What is no remote of a server (a folder) has no page.
 */
export function pageOfRemote(remote: string | undefined): string | undefined {
  const address = addressOfRemote(remote);
  if (address === undefined) return undefined;
  return `${URL.parse(remote ?? '')?.protocol === 'http:' ? 'http' : 'https'}://${address}`;
}

function addressOf(host: string, path: string): string | undefined {
  const name = path.replace(/^\/+/, '').replace(/(?:\.git)?\/?$/, '');
  return host === '' || name === '' ? undefined : `${host.toLowerCase()}/${name}`;
}

/** A commit's name, in the letter case in which git writes it; none of any other text. */
export function shaOf(text: string | undefined): string | undefined {
  return text !== undefined && SHA.test(text) ? text.toLowerCase() : undefined;
}
