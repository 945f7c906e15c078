import { emptyTail } from '../../src/domain/fold.ts';
import type { FoldedAttempt } from '../../src/domain/span.ts';
import type { IdentityId, Store, StoreReader, Transaction } from '../../src/store/contract.ts';

export interface OpenStore {
  readonly store: Store;
  readonly reader: StoreReader;
  /** Closes both, and opens them again on the same data. */
  reopen(): Promise<OpenStore>;
  /** Closes both and removes the data. */
  discard(): Promise<void>;
}

/** The store of a test. */
export interface Opened {
  /** As it is now; it may have been opened again. */
  readonly open: () => OpenStore;
  readonly reopen: () => Promise<void>;
}

/** What most tests of a store write. */
export function writing({ open }: Opened) {
  const write = <T>(work: (transaction: Transaction) => Promise<T>) => open().store.write(work);
  return {
    write,
    identify: (id: string) =>
      write(async (transaction) => {
        const [identity] = await transaction.addIdentities([
          { key: keyOf(id), spanId: `s-${id}`, otherwise: `o-${id}` },
        ]);
        if (identity === undefined) throw new Error('no identity was added');
        return identity;
      }),
    save: (identityId: IdentityId, attempts: readonly FoldedAttempt[]) =>
      write((transaction) => transaction.saveFolds([{ identityId, whole: true, attempts, tail: emptyTail }])),
  };
}

/** The key of the identity of a build. */
export function keyOf(id: string): string {
  return ['customhttp', '', 'build', 'shop', id].join('\u001f');
}
