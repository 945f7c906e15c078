import { afterEach, describe, expect, it } from 'vitest';
import { companyOf } from '../../../test/support/github-api/company.ts';
import { GithubApi, type Route, TOKEN } from '../../../test/support/github-api/server.ts';
import { createGithub, type Github } from './client.ts';
import { failedOf, listDeliveries, listHooks, redeliver } from './hooks.ts';
import { githubHost } from './host.ts';

// https://docs.github.com/en/rest/repos/webhooks#list-deliveries-for-a-repository-webhook
const HOOK = 9_007_199_254_740_995n;
const told = (id: number | bigint, guid: string, status_code: number) => ({
  ...{ id, guid, delivered_at: '2026-11-27T09:00:00Z', redelivery: false, duration: 0.03, status: 'OK', status_code },
  ...{ event: 'issues', action: 'opened', installation_id: null, repository_id: 9_007_199_254_740_993n },
});

let api: GithubApi;
afterEach(() => api.stop());

async function serve(deliveries: readonly object[]): Promise<Github> {
  const hooks = '/api/v3/repos/octo-org/api/hooks';
  const route: Route = ({ path, method }) => {
    if (path === hooks)
      return { status: 200, body: [{ id: HOOK, active: true, config: { url: 'https://vs.example.com' } }] };
    if (path === `${hooks}/${HOOK}/deliveries`) return { status: 200, body: deliveries };
    return method === 'POST' ? { status: 202, body: {} } : null;
  };
  api = await new GithubApi(companyOf(1, 0, 1), { routes: [route] }).start();
  return createGithub({
    ...{ host: githubHost(api.url), token: TOKEN, userAgent: 'valuestream/test', maxWaitMs: 0 },
  });
}

const of = { owner: 'octo-org', repo: 'api' };

describe('webhooks of GitHub and what they have delivered', () => {
  it('are known by numbers that no number of JavaScript holds, to the last digit', async () => {
    const github = await serve([
      told(1_882_829_105_192_961_537n, 'missed', 502),
      told(1_882_829_105_192_961_536n, 'arrived', 200),
    ]);
    const [hook] = await listHooks(github, of);
    expect(hook?.id).toBe(String(HOOK));
    const failed = failedOf(await listDeliveries(github, of, String(HOOK), 0));
    expect(failed.map(({ id, guid }) => [id, guid])).toEqual([['1882829105192961537', 'missed']]);
    await redeliver(github, of, String(HOOK), '1882829105192961537');
    expect(api.asked.at(-1)?.path).toBe(
      `/api/v3/repos/octo-org/api/hooks/${HOOK}/deliveries/1882829105192961537/attempts`,
    );
  });

  it('are known by small numbers too', async () => {
    const github = await serve([told(12, 'missed', 502)]);
    expect((await listDeliveries(github, of, String(HOOK), 0)).map(({ id }) => id)).toEqual(['12']);
  });
});
