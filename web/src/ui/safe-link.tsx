import type { ReactNode } from 'react';
import { ExternalLink } from './icon.ts';

/** The address of a page elsewhere, if it is one that a browser only opens: http or https. */
export function safeUrl(url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const { protocol, username, password, href } = new URL(url);
  const isPage = protocol === 'https:' || protocol === 'http:';
  return isPage && username === '' && password === '' ? href : null;
}

interface Props {
  readonly url: string | null;
  readonly children: ReactNode;
}

/** A link to where a webhook says that something is; as a text where that is no address of a page. */
export function SafeLink({ url, children }: Props) {
  const href = safeUrl(url);
  if (href === null) return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" className="external">
      {children}
      <ExternalLink size={12} aria-hidden />
      <span className="sr-only"> (opens in a new tab)</span>
    </a>
  );
}
