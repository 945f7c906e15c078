import { Piscina } from 'piscina';
import type { SpanChange } from '../domain/difference.ts';
import type { RuleSettings } from '../rules/schema.ts';
import type { AccessStore } from '../store/access.ts';
import { type IdentityId, StoreError } from '../store/contract.ts';
import type { ExportStore } from '../store/exports.ts';
import type { Entry, Receipt } from './append.ts';
import type { ImportedBatch } from './imports.ts';
import type { AccessCall, ExportCall, Written } from './store-thread.ts';
import type { Retelling } from './swap.ts';

/** Writes groups on a thread of its own, so that fsync and SQL never hold up the thread that answers requests. */
export interface Writer {
  /** Throws a StoreError when the group could not be written. */
  append(entries: readonly Entry[]): Promise<readonly Receipt[]>;
  /** See imports.ts; between two groups of deliveries that have arrived. */
  import(batch: ImportedBatch): Promise<readonly Receipt[]>;
  /** See swap.ts; between two groups of deliveries that have arrived. */
  swap(retellings: readonly Retelling[]): Promise<readonly SpanChange[]>;
  /** See refold.ts; between two groups of deliveries that have arrived. */
  refold(identityIds: readonly IdentityId[]): Promise<readonly SpanChange[]>;
  /** Notes that every identity is folded by the rules in force. */
  rulesApplied(): Promise<void>;
  /** What exporters note, each call in a transaction of its own. */
  readonly exports: ExportStore;
  /** Who may come in, each call in a transaction of its own. */
  readonly access: AccessStore;
  close(): Promise<void>;
}

export function startWriter(dataDir: string, rules: RuleSettings): Writer {
  const filename = new URL(
    import.meta.url.endsWith('.ts') ? './store-thread.ts' : './store-thread.js',
    import.meta.url,
  );
  const pool = new Piscina({ filename: filename.href, minThreads: 1, maxThreads: 1, workerData: { dataDir, rules } });
  const exported =
    <Method extends keyof ExportStore>(method: Method) =>
    (...args: Parameters<ExportStore[Method]>) => {
      const call: ExportCall = { method, args };
      return resultOf<Awaited<ReturnType<ExportStore[Method]>>>(pool.run(call, { name: 'writeExports' }));
    };
  const admitted =
    <Method extends keyof AccessStore>(method: Method) =>
    (...args: Parameters<AccessStore[Method]>) => {
      const call: AccessCall = { method, args };
      return resultOf<Awaited<ReturnType<AccessStore[Method]>>>(pool.run(call, { name: 'writeAccess' }));
    };
  return {
    append: async (entries) => {
      const owned = entries.map(withOwnBody);
      return resultOf<readonly Receipt[]>(pool.run(owned, { name: 'appendGroup', ...transferOf(owned) }));
    },
    import: ({ entries, cursor }) => {
      const owned = entries.map(withOwnBody);
      const batch: ImportedBatch = { entries: owned, cursor };
      return resultOf<readonly Receipt[]>(pool.run(batch, { name: 'importGroup', ...transferOf(owned) }));
    },
    swap: (retellings) => resultOf<readonly SpanChange[]>(pool.run(retellings, { name: 'swapGroup' })),
    refold: (identityIds) => resultOf<readonly SpanChange[]>(pool.run(identityIds, { name: 'refoldGroup' })),
    rulesApplied: () => resultOf<void>(pool.run(undefined, { name: 'rulesApplied' })),
    exports: {
      openTarget: exported('openTarget'),
      pin: exported('pin'),
      begin: exported('begin'),
      finish: exported('finish'),
      unpark: exported('unpark'),
    },
    access: {
      addToken: admitted('addToken'),
      removeToken: admitted('removeToken'),
      tokenUsed: admitted('tokenUsed'),
      addSession: admitted('addSession'),
      removeSession: admitted('removeSession'),
      sessionUsed: admitted('sessionUsed'),
      addLink: admitted('addLink'),
      takeLink: admitted('takeLink'),
    },
    close: async () => {
      await pool.run(undefined, { name: 'close' });
      await pool.destroy();
    },
  };
}

type OwnedEntry = Entry & { readonly delivery: { readonly body: Uint8Array<ArrayBuffer> | null } };

// A small Buffer is a view on a shared slab, which must not be handed over; a copy costs less than cloning the slab.
function withOwnBody(entry: Entry): OwnedEntry {
  const { body } = entry.delivery;
  return { ...entry, delivery: { ...entry.delivery, body: body === null ? null : new Uint8Array(body) } };
}

function transferOf(owned: readonly OwnedEntry[]): { transferList: ArrayBuffer[] } {
  return { transferList: owned.flatMap(({ delivery: { body } }) => (body === null ? [] : [body.buffer])) };
}

async function resultOf<T>(running: Promise<Written<T>>): Promise<T> {
  const written = await running.catch(threadDied);
  if (!written.ok) throw new StoreError(written.code, written.message);
  return written.value;
}

function threadDied(error: unknown): Written<never> {
  const message = error instanceof Error ? error.message : String(error);
  return { ok: false, code: 'unavailable', message: `the writer's thread failed: ${message}` };
}
