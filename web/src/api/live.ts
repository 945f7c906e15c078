import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import type { Schemas } from './client.ts';

interface LiveSpan {
  readonly span: Schemas['Span'];
  readonly at: number;
}

type Connection = 'connecting' | 'live' | 'lost';

interface Live {
  readonly connection: Connection;
  /** The latest first, each span once. */
  readonly spans: readonly LiveSpan[];
}

const KEPT = 30;
/** What is shown is asked anew at most this often while events arrive. */
const REFRESH_MS = 4_000;

let live: Live = { connection: 'connecting', spans: [] };
const listeners = new Set<() => void>();

function set(next: Partial<Live>): void {
  live = { ...live, ...next };
  for (const listener of listeners) listener();
}

/**
 * Follows what happens, for as long as the page is open: the browser connects again by itself, and goes on where it was.
 * Whatever arrives lets the answers that are shown be asked anew. Returns how to stop.
 */
export function followLive(queries: QueryClient): () => void {
  const source = new EventSource('/api/v1/stream');
  let refresh: ReturnType<typeof setTimeout> | undefined;
  const changed = () => {
    refresh ??= setTimeout(
      () => {
        refresh = undefined;
        void queries.invalidateQueries();
      },
      live.spans.length <= 1 ? 0 : REFRESH_MS,
    );
  };
  source.onopen = () => set({ connection: 'live' });
  source.onerror = () => set({ connection: source.readyState === EventSource.CLOSED ? 'lost' : 'connecting' });
  source.addEventListener('span', ({ data }: MessageEvent<string>) => {
    const span = JSON.parse(data) as Schemas['Span'];
    const others = live.spans.filter((one) => one.span.span_id !== span.span_id);
    set({ spans: [{ span, at: Date.now() }, ...others].slice(0, KEPT) });
    changed();
  });
  source.addEventListener('removed', changed);
  return () => {
    clearTimeout(refresh);
    source.close();
  };
}

export function useLive(): Live {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => live,
  );
}
