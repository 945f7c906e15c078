/** What a newcomer does next, with URLs and commands to copy. */
export function welcome(url: string, hasGithubSecret: boolean): string {
  const secret = hasGithubSecret
    ? 'secret: the one you set'
    : 'no secret is set: accepted unsigned, from this machine only; set VS_SECRET_GITHUB before you open it to others';
  return `ValueStream is listening on ${url}

Paste into GitHub (Settings → Webhooks → Add webhook), content type application/json:
  ${url}/webhooks/github
  (${secret})

Or make a first span now:
  curl ${url}/webhooks/customhttp -H 'content-type: application/json' \\
    -d '{"id": "1", "namespace": "demo", "type": "build", "action": "start", "title": "My first build"}'

Then look at it:
  curl ${url}/api/v1/spans
`;
}
