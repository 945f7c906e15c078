import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api, unwrap } from '../api/client.ts';
import { texts } from '../app/search.ts';
import { sessionQuery } from '../app/session.ts';
import { Copyable } from '../ui/copy.tsx';
import { ProblemBox } from '../ui/problem.tsx';
import './login.css';

type Proof = { readonly once: string } | { readonly token: string };

/** Signs in by the link of the terminal, at once, or by a token. */
export function LoginPage() {
  const signIn = useSignIn();
  const [token, setToken] = useState('');
  const { mutate } = signIn;
  useEffect(() => {
    document.title = 'Sign in · ValueStream';
    const tryLink = () => {
      const once = new URLSearchParams(window.location.hash.slice(1)).get('once');
      if (once === null) return;
      // It works once: nobody who sees the address later has use for it.
      window.history.replaceState(null, '', window.location.pathname + window.location.search);
      mutate({ once });
    };
    tryLink();
    // A link that is pasted while this page is open loads nothing anew.
    window.addEventListener('hashchange', tryLink);
    return () => window.removeEventListener('hashchange', tryLink);
  }, [mutate]);
  return (
    <div className="login">
      <section className="card">
        <h1>
          <img src="/favicon.svg" alt="" width={24} height={24} /> Sign in to ValueStream
        </h1>
        {signIn.isPending ? <p role="status">Signing in …</p> : null}
        {signIn.error === null ? null : <ProblemBox error={signIn.error} />}
        <p>Open the link that the server printed when it was started, or print another one on its machine:</p>
        <Copyable text="valuestream token link" what="the command" />
        <form
          onSubmit={(event) => {
            event.preventDefault();
            signIn.mutate({ token });
          }}
        >
          <label>
            Or with a token
            <input
              type="password"
              autoComplete="off"
              spellCheck={false}
              placeholder="vst_…"
              required
              value={token}
              onChange={({ target }) => setToken(target.value)}
            />
          </label>
          <button type="submit" className="button primary" disabled={signIn.isPending}>
            Sign in
          </button>
        </form>
      </section>
    </div>
  );
}

function useSignIn() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { to } = useSearch({ strict: false, select: (all) => texts(all as Record<string, unknown>, ['to'] as const) });
  return useMutation({
    mutationFn: (body: Proof) => unwrap(api.POST('/api/v1/session', { body })),
    onSuccess: async (session) => {
      queries.clear();
      queries.setQueryData(sessionQuery.queryKey, session);
      await navigate({ href: isOwnPath(to) ? to : '/', replace: true });
    },
  });
}

/** Where somebody wanted to go; never to another site, whatever a link says. */
export function isOwnPath(to: string | undefined): to is string {
  if (to === undefined || !to.startsWith('/')) return false;
  return new URL(to, window.location.origin).origin === window.location.origin && !to.startsWith('/login');
}
