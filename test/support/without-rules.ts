import { append as appendByRules, type Entry } from '../../src/ingest/append.ts';
import { type Retelling, swap as swapByRules } from '../../src/ingest/swap.ts';
import { Ruling } from '../../src/rules/ruling.ts';
import { noRules } from '../../src/rules/schema.ts';
import type { Store } from '../../src/store/contract.ts';

/** No rule has a say: what is folded is what was told. */
const none = new Ruling(noRules);

export const append = (store: Store, entries: readonly Entry[]) => appendByRules(store, entries, none);
export const swap = (store: Store, retellings: readonly Retelling[]) => swapByRules(store, retellings, none);
