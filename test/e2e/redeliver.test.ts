import { afterEach, describe, expect, it } from 'vitest';
import type { Answered } from '../support/fake-api.ts';
import { companyOf } from '../support/github-api/company.ts';
import { type Asked, GithubApi, type Route, TOKEN } from '../support/github-api/server.ts';
import { runProgram } from '../support/server.ts';

interface Attempt {
  readonly id: number | bigint;
  readonly guid: string;
  readonly delivered_at: string;
  readonly redelivery: boolean;
  readonly status: string;
  readonly status_code: number;
  readonly event: string;
  readonly action: string | null;
}

let api: GithubApi;
afterEach(() => api.stop());

/** The webhooks of a repository, of which one leads to us; what is asked for again arrives, unless it is `broken`. */
async function serve(attempts: Attempt[], broken: string | null = null): Promise<void> {
  const hooks = '/api/v3/repos/octo-org/api/hooks';
  const route: Route = (asked) => {
    const { path, method } = asked;
    if (path === hooks) {
      const hook = (id: number, url: string) => ({ id, active: true, config: { url } });
      return {
        status: 200,
        body: [hook(1, 'https://ci.example.com'), hook(2, 'https://vs.example.com/webhooks/github')],
      };
    }
    const [, id] = /^.*\/hooks\/2\/deliveries\/(\d+)\/attempts$/.exec(path) ?? [];
    if (id !== undefined && method === 'POST') {
      const again = attempts.find((one) => String(one.id) === id);
      if (again === undefined) return null;
      const is = again.guid === broken ? { status: 'timed out', status_code: 504 } : { status: 'OK', status_code: 200 };
      attempts.unshift({
        ...again,
        ...is,
        id: LATER + BigInt(attempts.length),
        redelivery: true,
        delivered_at: ago(0),
      });
      return { status: 202, body: {} };
    }
    return path === `${hooks}/2/deliveries` ? page(attempts, asked) : null;
  };
  api = await new GithubApi(companyOf(1, 2, 1), { routes: [route] }).start();
}

/** Two of them, from a cursor on. */
function page(attempts: readonly Attempt[], { path, query, headers }: Asked): Answered {
  const from = Number(query.get('cursor') ?? 0);
  const next = `<http://${headers.host}${path}?per_page=100&cursor=${from + 2}>; rel="next"`;
  const isLast = from + 2 >= attempts.length;
  return { status: 200, body: attempts.slice(from, from + 2), headers: isLast ? {} : { link: next } };
}

/** As large as GitHub's are: no number holds it. */
const LATER = 1_882_829_105_192_961_537n;

const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

function attempt(id: Attempt['id'], guid: string, hours: number, code: number): Attempt {
  const status = code === 200 ? 'OK' : 'failed to connect';
  return {
    ...{ id, guid, delivered_at: ago(hours), redelivery: false, status, status_code: code },
    ...{ event: 'issues', action: 'opened' },
  };
}

const some = () => [
  attempt(5, 'arrived', 1, 200),
  attempt(4, 'missed', 2, 502),
  attempt(3, 'tried again', 3, 200),
  attempt(2, 'tried again', 4, 502),
  attempt(1, 'too old', 200, 502),
];

function redeliver(flags: readonly string[]) {
  const nobody = { GH_TOKEN: '', GITHUB_TOKEN: '', GH_ENTERPRISE_TOKEN: '', GITHUB_ENTERPRISE_TOKEN: '', PATH: '' };
  const args = ['redeliver', 'github', '--repo', 'octo-org/api', '--enterprise-host', api.url, '--json', ...flags];
  return runProgram(args, { ...nobody, VS_GITHUB_TOKEN: TOKEN });
}

describe('redeliver', () => {
  it('asks for what no attempt has delivered, and says that it has arrived', async () => {
    await serve(some());
    const { code, stdout } = await redeliver([]);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ failed: 1, arrived: 1 },
      deliveries: [
        { hook: '2', id: '4', guid: 'missed', kind: 'issues.opened', status: 'failed to connect', now: 'OK' },
      ],
    });
    expect(code).toBe(0);
  });

  it('asks for those whose numbers are larger than a number can be, each by its own', async () => {
    const [missed, other] = [LATER - 1n, LATER - 2n];
    await serve([attempt(missed, 'missed', 2, 502), attempt(other, 'arrived', 3, 200)]);
    const { code, stdout } = await redeliver([]);
    expect(JSON.parse(stdout)).toMatchObject({ deliveries: [{ id: String(missed), guid: 'missed', now: 'OK' }] });
    expect(code).toBe(0);
  });

  it('says what has failed again, and ends with 1', async () => {
    await serve(some(), 'missed');
    const { code, stdout } = await redeliver([]);
    expect(JSON.parse(stdout)).toMatchObject({ failed: 1, arrived: 0, deliveries: [{ now: 'timed out' }] });
    expect(code).toBe(1);
  });

  it('asks for nothing in a dry run', async () => {
    await serve(some());
    const { code, stdout } = await redeliver(['--dry-run']);
    expect(JSON.parse(stdout)).toMatchObject({ failed: 1, deliveries: [{ guid: 'missed', now: null }] });
    expect(code).toBe(0);
    expect(api.asked.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('refuses where no webhook leads here', async () => {
    await serve([]);
    expect(await redeliver(['--hook', '9'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--hook') });
    expect(await redeliver(['--hook', 'ours'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--hook') });
  });
});
