import { workerData } from 'piscina';
import type { SpanChange } from '../domain/difference.ts';
import { Ruling } from '../rules/ruling.ts';
import type { RuleSettings } from '../rules/schema.ts';
import { type IdentityId, StoreError, type StoreErrorCode } from '../store/contract.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { append, type Entry, type Receipt } from './append.ts';
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

async function written<T>(work: Promise<T>): Promise<Written<T>> {
  try {
    return { ok: true, value: await work };
  } catch (error) {
    if (error instanceof StoreError) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}

export async function close(): Promise<void> {
  await store.close();
}
