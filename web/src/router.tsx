import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  retainSearchParams,
} from '@tanstack/react-router';
import { type SharedSearch, shared, sharedSearch, texts } from './app/search.ts';
import { Shell } from './app/shell.tsx';
import { parseSearch, stringifySearch } from './app/url.ts';
import { Overview } from './overview/overview.tsx';
import { NotFound, PageProblem } from './ui/problem.tsx';

const root = createRootRoute({
  validateSearch: (search: Record<string, unknown>): SharedSearch => sharedSearch(search),
  search: { middlewares: [retainSearchParams([...shared])] },
  errorComponent: PageProblem,
});

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (search: Record<string, unknown>) => texts(search, ['to'] as const),
  component: lazyRouteComponent(() => import('./login/login-page.tsx'), 'LoginPage'),
});
/** Everything but the sign-in, which stands alone. */
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });
const overview = createRoute({ getParentRoute: () => shell, path: '/', component: Overview });
const time = createRoute({
  getParentRoute: () => shell,
  path: '/time',
  component: lazyRouteComponent(() => import('./time/time-page.tsx'), 'TimePage'),
});
const items = createRoute({
  getParentRoute: () => shell,
  path: '/items',
  // What the path of a number's items says goes on to the API as it is.
  validateSearch: (search: Record<string, unknown>) => texts(search, Object.keys(search)),
  component: lazyRouteComponent(() => import('./items/items-page.tsx'), 'ItemsPage'),
});
const traces = createRoute({
  getParentRoute: () => shell,
  path: '/traces',
  validateSearch: (search: Record<string, unknown>) => texts(search, ['q', 'operation', 'state', 'is_error'] as const),
  component: lazyRouteComponent(() => import('./traces/traces-page.tsx'), 'TracesPage'),
});
const trace = createRoute({
  getParentRoute: () => shell,
  path: '/traces/$traceId',
  validateSearch: (search: Record<string, unknown>) => texts(search, ['span', 'attempt'] as const),
  component: lazyRouteComponent(() => import('./traces/trace-page.tsx'), 'TracePage'),
});
const deliveries = createRoute({
  getParentRoute: () => shell,
  path: '/deliveries',
  validateSearch: (search: Record<string, unknown>) =>
    texts(search, ['outcome', 'kind', 'instance', 'delivery'] as const),
  component: lazyRouteComponent(() => import('./deliveries/deliveries-page.tsx'), 'DeliveriesPage'),
});
const sources = createRoute({
  getParentRoute: () => shell,
  path: '/sources',
  validateSearch: (search: Record<string, unknown>) => texts(search, ['setup'] as const),
  component: lazyRouteComponent(() => import('./sources/sources-page.tsx'), 'SourcesPage'),
});
const definitions = createRoute({
  getParentRoute: () => shell,
  path: '/definitions',
  component: lazyRouteComponent(() => import('./definitions/definitions-page.tsx'), 'DefinitionsPage'),
});

const nothing = createRoute({ getParentRoute: () => shell, path: '$', component: NotFound });

export const router = createRouter({
  routeTree: root.addChildren([
    login,
    shell.addChildren([overview, time, items, traces, trace, deliveries, sources, definitions, nothing]),
  ]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: PageProblem,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
