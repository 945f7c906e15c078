import { Follow, type FollowOptions } from '../../src/exporters/follow.ts';
import { otlpExporter } from '../../src/exporters/otlp/index.ts';
import type { SpanSettings } from '../../src/exporters/otlp/spans.ts';
import type { Store } from '../../src/store/contract.ts';
import type { ExportStore } from '../../src/store/exports.ts';
import type { OtlpReceiver } from './otlp.ts';
import type { World } from './world.ts';

/** Each call in a transaction of its own, as the writer's thread does it. */
export function exportsOf(store: Store): ExportStore {
  return {
    openTarget: (...args) => store.write(({ exports }) => exports.openTarget(...args)),
    pin: (...args) => store.write(({ exports }) => exports.pin(...args)),
    begin: (...args) => store.write(({ exports }) => exports.begin(...args)),
    finish: (...args) => store.write(({ exports }) => exports.finish(...args)),
    unpark: (...args) => store.write(({ exports }) => exports.unpark(...args)),
  };
}

interface Exporting {
  readonly follow: Follow;
  /** Resolves once all that there is was sent; rejects where the backend, or the store, does not take it. */
  readonly caughtUp: Promise<void>;
}

/** Exports what a world knows to a receiver, from where the last one ended. */
export function exporting(
  { reader, store }: World,
  { url }: OtlpReceiver,
  { settings = {}, options = {} }: { settings?: Partial<SpanSettings>; options?: Partial<FollowOptions> } = {},
): Exporting {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const exporter = otlpExporter({
    ...{ url: `${url}/v1/traces`, headers: {}, compression: 'gzip', timeoutMs: 10_000, tls: {} },
    ...{ mode: 'whole', pendingSpans: false, serviceName: 'valuestream', ...settings },
  });
  const follow = new Follow({
    name: 'receiver',
    exporter,
    reader,
    store: exportsOf(store),
    // It waits for a commit once it has sent everything.
    commits: {
      next: (signal) => {
        resolve();
        return new Promise((done) => signal.addEventListener('abort', () => done()));
      },
    },
    waitMs: 0,
    history: true,
    drainMs: 5_000,
    now: Date.now,
    random: Math.random,
    facts: {
      failing: (_, reason) => reject(new Error(reason)),
      recovered: () => undefined,
      reached: () => undefined,
      refused: (_target, _spans, reason) => reject(new Error(reason)),
      failed: (error) => reject(error),
    },
    ...options,
  });
  // Whoever does not ask for it must not fail by it.
  promise.catch(() => undefined);
  follow.start();
  return { follow, caughtUp: promise };
}

/** Exports all that there is now, and ends. */
export async function exportNow(...of: Parameters<typeof exporting>): Promise<void> {
  const { follow, caughtUp } = exporting(...of);
  try {
    await caughtUp;
  } finally {
    await follow.close();
  }
}
