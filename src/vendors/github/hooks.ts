import { z } from 'zod';
import type { Github } from './client.ts';
import { githubId } from './id.ts';

/** Where webhooks are set up: an organization, or a repository as `owner/name`. */
export type HookOwner = { readonly org: string } | { readonly owner: string; readonly repo: string };

const hookSchema = z.object({
  id: githubId,
  active: z.boolean(),
  config: z.object({ url: z.string().nullish() }),
});
/** A webhook that is set up at GitHub. */
export type Hook = z.output<typeof hookSchema>;

const deliverySchema = z.object({
  id: githubId,
  guid: z.string(),
  delivered_at: z.string(),
  redelivery: z.boolean(),
  status: z.string(),
  status_code: z.number(),
  event: z.string(),
  action: z.string().nullable(),
});
/** One attempt to deliver something. All attempts for one thing have one `guid`. */
export type HookDelivery = z.output<typeof deliverySchema>;

/** The webhooks of an organization or a repository. Throws a GithubError. */
export async function listHooks(github: Github, of: HookOwner): Promise<Hook[]> {
  return z.array(hookSchema).parse(await github.rest.paginate(`GET ${pathOf(of)}`, { per_page: 100 }));
}

/**
 * What a webhook has tried to deliver since a time, the latest first. GitHub keeps it for three days.
 *
 * Source: https://docs.github.com/en/rest/repos/webhooks#list-deliveries-for-a-repository-webhook
 */
export async function listDeliveries(
  github: Github,
  of: HookOwner,
  hook: Hook['id'],
  since: number,
): Promise<HookDelivery[]> {
  const all: HookDelivery[] = [];
  const route = `GET ${pathOf(of)}/${hook}/deliveries`;
  for await (const { data } of github.rest.paginate.iterator(route, { per_page: 100 })) {
    const page = z.array(deliverySchema).parse(data);
    const recent = page.filter(({ delivered_at }) => Date.parse(delivered_at) >= since);
    all.push(...recent);
    if (recent.length < page.length) break;
  }
  return all;
}

/** Asks for a delivery once more. GitHub makes the attempt a moment later. */
export async function redeliver(
  github: Github,
  of: HookOwner,
  hook: Hook['id'],
  delivery: HookDelivery['id'],
): Promise<void> {
  await github.rest.request(`POST ${pathOf(of)}/${hook}/deliveries/${delivery}/attempts`);
}

/** Of each thing that no attempt has delivered the latest attempt, the oldest thing first. */
export function failedOf(deliveries: readonly HookDelivery[]): HookDelivery[] {
  const attempts = Map.groupBy(
    deliveries.toSorted((a, b) => Date.parse(a.delivered_at) - Date.parse(b.delivered_at)),
    ({ guid }) => guid,
  );
  return [...attempts.values()].flatMap((tries) => (tries.some(isDelivered) ? [] : tries.slice(-1)));
}

export function isDelivered({ status_code: code }: HookDelivery): boolean {
  return code >= 200 && code < 300;
}

function pathOf(of: HookOwner): string {
  return 'org' in of
    ? `/orgs/${encodeURIComponent(of.org)}/hooks`
    : `/repos/${encodeURIComponent(of.owner)}/${encodeURIComponent(of.repo)}/hooks`;
}
