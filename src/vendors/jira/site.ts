import { urlOfHost } from '../host.ts';

/** A Jira: a site of Jira Cloud, or a Data Center of one's own. */
export interface JiraSite {
  /** As people call it: `acme.atlassian.net`, `jira.example.com`. */
  readonly name: string;
  /** Below which its APIs are, without a slash at the end; of a Data Center with its context path. */
  readonly url: string;
  /** Whether its name says that Atlassian runs it; what stands below a name of one's own tells it itself. */
  readonly isCloud: boolean;
}

/** Atlassian's own domains: of sites, older sites, and the gateway that tokens with scopes need. */
const CLOUD = /(^|\.)(atlassian\.net|jira\.com)$|^api\.atlassian\.com$/;

/**
 * The Jira of a host name, or of its URL: that of a page inside it will do. Throws a {@link HostError}.
 *
 * Source of the gateway's form: https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/
 */
export function jiraSite(text: string): JiraSite {
  const url = urlOfHost(text, 'acme.atlassian.net');
  const name = url.host.toLowerCase();
  const isCloud = CLOUD.test(url.hostname);
  const isGateway = url.hostname === 'api.atlassian.com';
  const path = isGateway ? (/^\/ex\/jira\/[^/]+/.exec(url.pathname)?.[0] ?? '') : contextOf(url.pathname, isCloud);
  return { name, url: `${url.origin}${path}`, isCloud };
}

/** Sites of Cloud have none. */
function contextOf(path: string, isCloud: boolean): string {
  if (isCloud) return '';
  return path.replace(/\/(rest|browse|projects|secure|issues|plugins)(\/.*)?$/, '').replace(/\/+$/, '');
}
