/** Texts that would become markup, script or a link if anything took them for more than texts. */
export const markup = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>{{7*7}}';
export const unsafeUrls = [
  'javascript:window.hurt=1',
  ' jaVaScRiPt:window.hurt=1',
  'data:text/html,<script>window.hurt=1</script>',
  'https://user:secret@elsewhere.example/',
  'vbscript:msgbox',
  `"><svg onload=window.hurt=1>`,
];
/** Shown as something else than it is, by characters that turn the direction of writing. */
const turned = `\u202e${markup}`;

export interface HostileHook {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Issues whose address is no address, of people and repositories with hostile names. */
const issues = unsafeUrls.map((url, index): HostileHook => {
  const ada = { login: `ada"><u>${index}</u>`, id: 1, type: 'User' };
  const times = { created_at: '2026-03-02T09:00:00Z', updated_at: '2026-03-02T09:00:00Z', closed_at: null };
  const text = { title: `${markup} ${index}`, html_url: url, body: markup, labels: [{ name: markup }] };
  const issue = { number: index + 1, state: 'open', user: ada, ...times, ...text };
  const repository = { id: 7, full_name: '<u>octo-org</u>/"><b>api', html_url: url };
  return {
    path: '/webhooks/github',
    headers: { 'x-github-event': 'issues', 'x-github-delivery': `hostile-${index}<u>` },
    body: { action: 'opened', issue, repository, sender: ada },
  };
});

const common = { namespace: 'evil"><b>/../..', branch: `feature/${markup}`, metadata: { [`a.${'b'}`]: markup } };
const custom: HostileHook = {
  path: '/webhooks/customhttp',
  headers: {},
  body: [
    { ...common, id: '7<i>', type: 'issue', action: 'start', title: markup, stage: `<u>${markup}</u>` },
    { ...common, id: '7<i>', type: 'deploy', action: 'start', environment: markup, commit: 'a'.repeat(40) },
    { ...common, id: '7<i>', type: 'deploy', action: 'end', error: true, environment: 'production', title: turned },
  ],
};
const unreadable: HostileHook = {
  path: '/webhooks/github',
  headers: { 'x-github-event': `issues"><u>`, 'x-github-delivery': 'hostile-kind' },
  body: { action: markup },
};

/** Every kind of thing that the dashboard shows, with hostile texts in each of its places. */
export const hostileHooks: readonly HostileHook[] = [...issues, custom, unreadable];
