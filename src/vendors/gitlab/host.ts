import { urlOfHost } from '../host.ts';

/** A GitLab: gitlab.com, or a server of one's own. */
export interface GitlabHost {
  /** As people and the GitLab CLI call it: `gitlab.com`, `gitlab.example.com`. */
  readonly name: string;
  /** Where its pages are, without a slash at the end. */
  readonly webUrl: string;
  /** Where its REST API is, without a slash at the end. */
  readonly restUrl: string;
  /** Where its GraphQL API is. */
  readonly graphqlUrl: string;
}

/**
 * The GitLab of a host name, or of a URL for one below a path, or for what stands before it (a proxy, a test). Throws a
 * {@link HostError}.
 *
 * Source: https://docs.gitlab.com/api/rest/ and https://docs.gitlab.com/install/relative_url/
 */
export function gitlabHost(text: string): GitlabHost {
  const url = urlOfHost(text, 'gitlab.example.com');
  const name = url.host.toLowerCase();
  const path = url.pathname.replace(/\/+$/, '').replace(/\/api(\/v4|\/graphql)?$/, '');
  const webUrl = name === 'www.gitlab.com' ? 'https://gitlab.com' : `${url.origin}${path}`;
  const base = { webUrl, restUrl: `${webUrl}/api/v4`, graphqlUrl: `${webUrl}/api/graphql` };
  return { name: name === 'www.gitlab.com' ? 'gitlab.com' : name, ...base };
}
