import { type Answered, numberedPage, ok } from '../fake-api.ts';
import type { Repository } from './company.ts';
import type { Past } from './past.ts';
import type { Asked, Route } from './server.ts';

/** The parts of the REST API that an import asks: https://docs.github.com/en/rest. */
export const pastRoutes: readonly Route[] = [
  (asked, viewer, company) => {
    const [, owner, name, rest] = /^\/api\/v3\/repos\/([^/]+)\/([^/]+)\/(.+)$/.exec(asked.path) ?? [];
    const repository = company.repositories.find((one) => one.owner === owner && one.name === name);
    const maySee = repository?.isPrivate !== true || viewer.scopes === null || viewer.scopes.includes('repo');
    if (repository === undefined || rest === undefined || !maySee || asked.method !== 'GET') return null;
    return answer(rest, asked, repository);
  },
];

const NONE: Past = {
  ...{ databaseId: 0, pulls: new Map(), issues: [], turns: new Map(), runs: [], attempts: new Map(), jobs: new Map() },
  ...{ deployments: [], statuses: new Map(), releases: [], line: [] },
};

function answer(rest: string, asked: Asked, { past = NONE }: Repository): Answered | null {
  const [, run, attempt] = /^actions\/runs\/(\d+)\/attempts\/(\d+)$/.exec(rest) ?? [];
  if (run !== undefined) {
    const body = past.attempts.get(`${run}#${attempt}`);
    return body === undefined ? null : ok(body);
  }
  const jobs = /^actions\/runs\/(\d+)\/jobs$/.exec(rest)?.[1];
  if (jobs !== undefined) return page(asked, past.jobs.get(Number(jobs)) ?? [], 'jobs');
  const statuses = /^deployments\/(\d+)\/statuses$/.exec(rest)?.[1];
  if (statuses !== undefined) return page(asked, past.statuses.get(Number(statuses)) ?? []);
  switch (rest) {
    case 'issues':
      return page(asked, changedSince(past, asked));
    case 'actions/runs':
      return page(asked, past.runs, 'workflow_runs');
    case 'deployments':
      return page(asked, past.deployments);
    case 'releases':
      return page(asked, past.releases);
    default:
      return null;
  }
}

function changedSince({ issues }: Past, { query }: Asked): Past['issues'] {
  const since = Date.parse(query.get('since') ?? '1970-01-01T00:00:00Z');
  return issues
    .filter(({ updated_at }) => Date.parse(updated_at) >= since)
    .toSorted((a, b) => Date.parse(a.updated_at) - Date.parse(b.updated_at));
}

/** Lists of Actions stand in an object that counts them. */
function page({ path, query, headers: { host } }: Asked, items: readonly unknown[], list?: string): Answered {
  const { shown, headers } = numberedPage(items, query, 30, `http://${host}${path}`);
  return { status: 200, headers, body: list === undefined ? shown : { total_count: items.length, [list]: shown } };
}
