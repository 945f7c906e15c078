/** A sender of webhooks, as a newcomer meets it. */
export interface Sender {
  readonly id: string;
  readonly title: string;
  readonly hasSecret: boolean;
}

/** What a newcomer does next, with URLs and commands to copy. */
export function welcome(url: string, senders: readonly Sender[]): string {
  const width = Math.max(...senders.map(({ title }) => title.length));
  const lines = senders.map(
    ({ id, title, hasSecret }) =>
      `  ${title.padEnd(width)}  ${url}/webhooks/${id}${hasSecret ? '  (its secret is set)' : ''}`,
  );
  return `ValueStream is listening on ${url}

Paste into the webhook settings of your tools, content type application/json:
${lines.join('\n')}
${senders.every(({ hasSecret }) => hasSecret) ? '' : withoutSecret(senders)}
Or make a first span now:
  curl ${url}/webhooks/customhttp -H 'content-type: application/json' \\
    -d '{"id": "1", "namespace": "demo", "type": "build", "action": "start", "title": "My first build"}'

Then look at it:
  curl ${url}/api/v1/spans
`;
}

function withoutSecret(senders: readonly Sender[]): string {
  const variables = senders.filter(({ hasSecret }) => !hasSecret).map(({ id }) => `VS_SECRET_${id.toUpperCase()}`);
  return `  Without a secret they are accepted unsigned, from this machine only. Before you open it to others, set
  ${variables.join(', ')}.
`;
}
