import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { api } from '../api/client.ts';
import { followLive, useLive } from '../api/live.ts';
import { CircleHelp, LogOut, MenuIcon, Monitor, Moon, Search, Sun } from '../ui/icon.ts';
import { Menu } from '../ui/menu.tsx';
import { pages } from './pages.ts';
import { sessionQuery } from './session.ts';
import { useShortcuts } from './shortcuts.ts';
import { setTheme, type Theme, useTheme } from './theme.ts';

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }));
const ShortcutsHelp = lazy(async () => ({ default: (await import('./shortcuts-help.tsx')).ShortcutsHelp }));

export type Dialogs = 'palette' | 'help';

/** What is around every page: navigation, live state, palette and help. */
export function Shell() {
  const queries = useQueryClient();
  const [dialog, setDialog] = useState<Dialogs | null>(null);
  const [isNavOpen, setNavOpen] = useState(false);
  useEffect(() => followLive(queries), [queries]);
  useShortcuts(setDialog);
  useFocusOnNavigation(() => setNavOpen(false));
  return (
    <div className="shell" data-nav={isNavOpen ? 'open' : 'closed'}>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <div className="sidebar">
        <div className="brand">
          <button
            type="button"
            className="button quiet nav-toggle"
            aria-expanded={isNavOpen}
            aria-controls="nav"
            onClick={() => setNavOpen(!isNavOpen)}
          >
            <MenuIcon size={18} aria-hidden />
            <span className="sr-only">Navigation</span>
          </button>
          <Link to="/" search={true} className="logo">
            <img src="/favicon.svg" alt="" width={20} height={20} />
            ValueStream
          </Link>
        </div>
        <button type="button" className="palette-button" onClick={() => setDialog('palette')}>
          <Search size={14} aria-hidden />
          <span>Search or jump to</span>
          <kbd>Ctrl K</kbd>
        </button>
        <nav id="nav" aria-label="Pages">
          {pages.map(({ to, title, icon: Icon }) => (
            <Link
              key={to}
              to={to}
              search={true}
              className="nav-item"
              activeOptions={{ exact: to === '/', includeSearch: false }}
            >
              <Icon size={16} aria-hidden />
              {title}
            </Link>
          ))}
        </nav>
        <footer className="sidebar-foot">
          <LiveState />
          <div className="row">
            <ThemeMenu />
            <button
              type="button"
              className="button quiet"
              onClick={() => setDialog('help')}
              aria-label="Keyboard shortcuts"
            >
              <CircleHelp size={16} aria-hidden />
            </button>
            <a className="button quiet" href="/docs">
              API
            </a>
            <SignOut />
          </div>
        </footer>
      </div>
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
      <Suspense fallback={null}>
        {dialog === 'palette' ? <Palette close={() => setDialog(null)} help={() => setDialog('help')} /> : null}
        {dialog === 'help' ? <ShortcutsHelp close={() => setDialog(null)} /> : null}
      </Suspense>
    </div>
  );
}

/** After another page was opened, the keyboard and screen readers go on at its beginning. */
function useFocusOnNavigation(navigated: () => void): void {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    const isWithin = (one: string, other: string) => one.startsWith(`${other}/`);
    const isPanel = isWithin(path, before.current) || isWithin(before.current, path);
    before.current = path;
    navigated();
    if (!isPanel) document.getElementById('main')?.focus({ preventScroll: true });
  });
}

/** For who has signed in; who was let in without has nothing to leave. */
function SignOut() {
  const { data } = useQuery(sessionQuery);
  const leave = useMutation({
    mutationFn: () => api.DELETE('/api/v1/session'),
    onSuccess: () => window.location.assign('/login'),
  });
  if (data?.via !== 'session') return null;
  return (
    <>
      {data.role === 'admin' ? null : <span className="badge">read only</span>}
      <button type="button" className="button quiet" aria-label="Sign out" onClick={() => leave.mutate()}>
        <LogOut size={16} aria-hidden />
      </button>
    </>
  );
}

const states = {
  live: ['Live', 'good'],
  connecting: ['Connecting …', 'warn'],
  lost: ['Not connected', 'error'],
} as const;

function LiveState() {
  const { connection } = useLive();
  const [label, kind] = states[connection];
  return (
    <p className="live-state" role="status">
      <i className={`pulse ${kind}`} aria-hidden /> {label}
    </p>
  );
}

const themes: readonly [Theme, string, typeof Sun][] = [
  ['system', 'As the system', Monitor],
  ['light', 'Light', Sun],
  ['dark', 'Dark', Moon],
];

function ThemeMenu() {
  const theme = useTheme();
  const [, label, Icon] = themes.find(([one]) => one === theme) ?? themes[0] ?? ['system', '', Monitor];
  return (
    <Menu
      className="button quiet"
      name={`Theme: ${label}`}
      label={<Icon size={16} aria-hidden />}
      items={themes.map(([one, text]) => ({
        ...{ key: one, label: text, isChosen: one === theme },
        run: () => setTheme(one),
      }))}
    />
  );
}
