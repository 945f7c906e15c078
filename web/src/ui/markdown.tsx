import { Link } from '@tanstack/react-router';
import Markdown from 'markdown-to-jsx';
import type { ReactNode } from 'react';
import { safeUrl } from './safe-link.tsx';
import './markdown.css';

/** A page of our own documentation. What is markup in it stays a text. */
export function Prose({ text }: { readonly text: string }) {
  return (
    <div className="prose">
      <Markdown
        options={{ disableParsingRawHTML: true, overrides: { a: { component: ProseLink }, pre: { component: Code } } }}
      >
        {text}
      </Markdown>
    </div>
  );
}

/** A scrolling block has to be reachable by keyboard. */
function Code({ children }: { readonly children?: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways.
    <pre tabIndex={0}>{children}</pre>
  );
}

interface LinkProps {
  readonly href?: string;
  readonly children?: ReactNode;
}

/** Links to other pages of the repository lead nowhere here, but for the definitions. */
function ProseLink({ href = '', children }: LinkProps) {
  if (href.startsWith('#'))
    return (
      <Link to="." search={true} hash={href.slice(1)}>
        {children}
      </Link>
    );
  if (/(^|\/)measures\.md/.test(href))
    return (
      <Link to="/definitions" search={true} hash={href.split('#')[1] ?? ''}>
        {children}
      </Link>
    );
  const url = safeUrl(href);
  return url === null ? (
    <span>{children}</span>
  ) : (
    <a href={url} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}
