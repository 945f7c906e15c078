import type { Reference } from '../../domain/reference.ts';

/** A repository, as what is in it is named from within it, and from elsewhere. */
export interface Place {
  /** By its immutable id. */
  readonly scope: string;
  /** Where its server shows repositories: `github.com`, `example.com/gitlab`. */
  readonly server: string | undefined;
  /** `octo-org/api` */
  readonly path: string;
}

/** A repository by the id that never changes, its path and the address of its page. */
export function placeOf(scope: string, path: string, url: string | null | undefined): Place {
  const address = addressOf(url);
  return { scope, path, server: address?.endsWith(`/${path}`) ? address.slice(0, -path.length - 1) : undefined };
}

/** `github.com/octo-org/api` of the address of a repository's page, as other tools and other repositories name it. */
export function addressOf(url: string | null | undefined): string | undefined {
  if (!url || !URL.canParse(url)) return undefined;
  const { protocol, host, pathname } = new URL(url);
  const path = pathname.replace(/(?:\.git)?\/?$/, '');
  return /^https?:$/.test(protocol) && path !== '' ? `${host}${path}` : undefined;
}

/** The same thing by the repository's id and by its address: what is outside of it knows only the latter. */
export function inBothScopes(
  { scope, server, path }: Place,
  named: Pick<Reference, 'type' | 'value'>,
): readonly Reference[] {
  const inside: Reference = { ...named, scope };
  return server === undefined ? [inside] : [inside, { ...named, scope: `${server}/${path}` }];
}
