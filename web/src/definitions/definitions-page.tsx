import { useQuery } from '@tanstack/react-query';
import { useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import { definitionsQuery } from '../api/queries.ts';
import { Page } from '../app/page.tsx';
import { Prose } from '../ui/markdown.tsx';
import { Part } from '../ui/part.tsx';

/** What every number means, by the page that the numbers are tested against. */
export function DefinitionsPage() {
  const query = useQuery(definitionsQuery);
  useHash(query.data !== undefined);
  return (
    <Page title="Definitions">
      <Part query={query} height={640}>
        {(text) => <Prose text={text} />}
      </Part>
    </Page>
  );
}

/** The text comes after the page: only then there is something to scroll to. */
function useHash(isThere: boolean): void {
  const hash = useRouterState({ select: ({ location }) => location.hash });
  useEffect(() => {
    if (!isThere || hash === '') return;
    const heading = document.getElementById(hash);
    if (heading === null) return;
    heading.tabIndex = -1;
    heading.scrollIntoView();
    heading.focus({ preventScroll: true });
  }, [hash, isThere]);
}
