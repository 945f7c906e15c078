import type { AccessStore } from '../store/access.ts';
import type { Store } from '../store/contract.ts';

/** Who may come in, each call in a transaction of its own; for a store that this process writes itself. */
export function eachInATransaction(store: Store): AccessStore {
  return {
    addToken: (token) => store.write(({ access }) => access.addToken(token)),
    removeToken: (id) => store.write(({ access }) => access.removeToken(id)),
    tokenUsed: (id, at) => store.write(({ access }) => access.tokenUsed(id, at)),
    addSession: (session) => store.write(({ access }) => access.addSession(session)),
    removeSession: (id) => store.write(({ access }) => access.removeSession(id)),
    sessionUsed: (id, at) => store.write(({ access }) => access.sessionUsed(id, at)),
    addLink: (link) => store.write(({ access }) => access.addLink(link)),
    takeLink: (hash) => store.write(({ access }) => access.takeLink(hash)),
  };
}
