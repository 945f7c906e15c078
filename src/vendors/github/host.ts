import { urlOfHost } from '../host.ts';

/** A GitHub: github.com, GitHub Enterprise Cloud with data residency, or a server of one's own. */
export interface GithubHost {
  /** As people and the GitHub CLI call it: `github.com`, `github.example.com`. */
  readonly name: string;
  /** Where its REST API is, without a slash at the end. */
  readonly restUrl: string;
  /** Where its GraphQL API is. */
  readonly graphqlUrl: string;
  /** Whether GitHub runs it: then tokens of github.com's variables are meant for it. */
  readonly isCloud: boolean;
}

/**
 * The GitHub of a host name, or of a URL for what stands before one (a proxy, a test): its APIs are below the URL as they are
 * below a GitHub Enterprise Server. Throws a {@link HostError}.
 *
 * Source: https://docs.github.com/en/enterprise-server/rest/using-the-rest-api/getting-started-with-the-rest-api
 */
export function githubHost(text: string): GithubHost {
  const url = urlOfHost(text, 'github.example.com');
  const name = url.host.toLowerCase();
  if (name === 'github.com' || name === 'www.github.com' || name === 'api.github.com')
    return cloud('github.com', 'https://api.github.com');
  const tenant = /^(?:api\.)?([a-z0-9-]+\.ghe\.com)$/.exec(name)?.[1];
  if (tenant !== undefined) return cloud(tenant, `https://api.${tenant}`);
  const base = `${url.origin}${url.pathname.replace(/\/+$/, '').replace(/\/api(\/v3|\/graphql)?$/, '')}`;
  return { name, restUrl: `${base}/api/v3`, graphqlUrl: `${base}/api/graphql`, isCloud: false };
}

function cloud(name: string, restUrl: string): GithubHost {
  return { name, restUrl, graphqlUrl: `${restUrl}/graphql`, isCloud: true };
}
