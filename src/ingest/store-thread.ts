import { workerData } from 'piscina';
import { retraceSome } from '../correlate/link.ts';
import type { SpanChange } from '../domain/difference.ts';
import { Ruling } from '../rules/ruling.ts';
import type { RuleSettings } from '../rules/schema.ts';
import type { AccessStore } from '../store/access.ts';
import { type IdentityId, StoreError, type StoreErrorCode } from '../store/contract.ts';
import type { ExportStore } from '../store/exports.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { append, type Entry, type Receipt } from './append.ts';
import { appendImported, type ImportedBatch } from './imports.ts';
import { RULES_APPLIED, refold } from './refold.ts';
import { type Retelling, swap } from './swap.ts';

/** Loaded in the writer's thread: the only code that writes the embedded store, one task at a time. */
const { dataDir, rules }: { readonly dataDir: string; readonly rules: RuleSettings } = workerData;
const store = openSqliteStore(dataDir);
const ruling = new Ruling(rules);

/** Errors lose their class on the way between threads, so an expected one travels as data. */
export type Written<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: StoreErrorCode; readonly message: string };

export function appendGroup(entries: readonly Entry[]): Promise<Written<readonly Receipt[]>> {
  return written(append(store, entries, ruling));
}

export function importGroup(batch: ImportedBatch): Promise<Written<readonly Receipt[]>> {
  return written(appendImported(store, batch, ruling));
}

export function swapGroup(retellings: readonly Retelling[]): Promise<Written<readonly SpanChange[]>> {
  return written(swap(store, retellings, ruling));
}

export function refoldGroup(identityIds: readonly IdentityId[]): Promise<Written<readonly SpanChange[]>> {
  return written(refold(store, identityIds, ruling));
}

/** Notes that every identity is folded by the rules in force. */
export function rulesApplied(): Promise<Written<void>> {
  return written(store.write((transaction) => transaction.remember(RULES_APPLIED, ruling.fingerprint)));
}

export interface ExportCall {
  readonly method: keyof ExportStore;
  readonly args: readonly unknown[];
}

/** One step of an exporter, in a transaction of its own. */
export function writeExports({ method, args }: ExportCall): Promise<Written<unknown>> {
  return written(
    store.write(({ exports }) => {
      const call: (...args: readonly never[]) => Promise<unknown> = exports[method];
      return Reflect.apply(call, exports, args);
    }),
  );
}

export interface AccessCall {
  readonly method: keyof AccessStore;
  readonly args: readonly unknown[];
}

/** One change of who may come in, in a transaction of its own. */
export function writeAccess({ method, args }: AccessCall): Promise<Written<unknown>> {
  return written(
    store.write(({ access }) => {
      const call: (...args: readonly never[]) => Promise<unknown> = access[method];
      return Reflect.apply(call, access, args);
    }),
  );
}

/** How many are told of their new trace in one transaction, and how long the writer has to have been idle for that. */
const RETRACED_AT_ONCE = 200;
const IDLE_MS = 100;

let idle: NodeJS.Timeout | undefined;
let retracing = Promise.resolve();

function whenIdle(): void {
  clearTimeout(idle);
  idle = setTimeout(() => {
    retracing = retraceAll();
  }, IDLE_MS).unref();
}

/** What cannot be written now is still to be done later, and is tried again after the next group. */
async function retraceAll(): Promise<void> {
  try {
    while (await store.write(({ correlation }) => retraceSome(correlation, RETRACED_AT_ONCE)));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}

whenIdle();

async function written<T>(work: Promise<T>): Promise<Written<T>> {
  whenIdle();
  try {
    return { ok: true, value: await work };
  } catch (error) {
    if (error instanceof StoreError) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}

export async function close(): Promise<void> {
  clearTimeout(idle);
  await retracing;
  await store.close();
}
