/** A sender of webhooks, as a newcomer meets it. */
export interface Sender {
  readonly id: string;
  readonly title: string;
  readonly hasSecret: boolean;
}

/** Whether those who come have to prove who they are, and a link to begin with, where nobody has signed in. */
export interface Welcoming {
  readonly isAccessRequired: boolean;
  readonly signInUrl: string | null;
}

/** What a newcomer does next, with URLs and commands to copy. */
export function welcome(
  url: string,
  senders: readonly Sender[],
  { isAccessRequired, signInUrl }: Welcoming = { isAccessRequired: false, signInUrl: null },
): string {
  const token = isAccessRequired ? ' -H "authorization: Bearer $VS_TOKEN"' : '';
  const width = Math.max(...senders.map(({ title }) => title.length));
  const lines = senders.map(
    ({ id, title, hasSecret }) =>
      `  ${title.padEnd(width)}  ${url}/webhooks/${id}${hasSecret ? '  (its secret is set)' : ''}`,
  );
  return `ValueStream is listening on ${url}
${signInUrl === null ? '' : signIn(signInUrl)}
Paste into the webhook settings of your tools, content type application/json:
${lines.join('\n')}
${senders.every(({ hasSecret }) => hasSecret) ? '' : withoutSecret(senders)}
Or make a first span now:
  curl ${url}/webhooks/customhttp${token} -H 'content-type: application/json' \\
    -d '{"id": "1", "namespace": "demo", "type": "build", "action": "start", "title": "My first build"}'

Then look at it:
  curl ${url}/api/v1/spans${token}

Or look around in a quarter of three teams, in a store of its own: valuestream demo --serve --port 0
`;
}

function signIn(url: string): string {
  return `
Sign in with a browser, once and within 10 minutes ("valuestream token link" prints another one):
  ${url}
`;
}

function withoutSecret(senders: readonly Sender[]): string {
  const variables = senders.filter(({ hasSecret }) => !hasSecret).map(({ id }) => `VS_SECRET_${id.toUpperCase()}`);
  return `  Without a secret they are accepted unsigned, from this machine only. Before you open it to others, set
  ${variables.join(', ')}.
`;
}
