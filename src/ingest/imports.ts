import { createHash } from 'node:crypto';
import { AppError } from '../domain/app-error.ts';
import type { EpochMs } from '../domain/event.ts';
import type { Ruling } from '../rules/ruling.ts';
import type { Source } from '../sources/contract.ts';
import type { Store } from '../store/contract.ts';
import type { ImportCursor, ImportOrigin } from '../store/imports.ts';
import { append, type Entry, type Receipt } from './append.ts';
import { entryOf } from './receive.ts';

/** Imported deliveries as they are asked to be stored. */
export interface ImportRequest extends ImportOrigin {
  readonly deliveries: readonly object[];
  readonly cursor?: Pick<ImportCursor, 'scope' | 'resource' | 'position'> | undefined;
}

/** Imported deliveries with what they mean, and where the import stands once they are stored. */
export interface ImportedBatch {
  readonly entries: readonly Entry[];
  readonly cursor: ImportCursor | null;
}

/** What became of a batch. */
export interface Imported {
  readonly accepted: number;
  readonly duplicates: number;
  readonly ignored: number;
  /** Our numbers of those that the mapping could not read. */
  readonly deadLetters: readonly number[];
}

/** Reads a batch, each delivery by its source alone. Throws an AppError `not_found` where nothing is imported of a source. */
export function readBatch(
  { source: id, instance, deliveries, cursor }: ImportRequest,
  findSource: (id: string) => Source | undefined,
  receivedAt: EpochMs,
): ImportedBatch {
  const source = findSource(id);
  if (source === undefined)
    throw new AppError('not_found', `there is no event source ${id}; GET /api/v1/sources lists them`);
  return {
    entries: deliveries.map((payload) => importedEntry(source, instance, payload, receivedAt)),
    cursor: cursor === undefined ? null : { source: id, instance, ...cursor },
  };
}

/** What is the same as before is the same delivery: its key is the hash of its content. */
function importedEntry(source: Source, instance: string, payload: object, receivedAt: EpochMs): Entry {
  const body = Buffer.from(JSON.stringify(payload));
  const key = `import:${createHash('sha256').update(body).digest('hex')}`;
  return entryOf(source, { instance, key, headers: {}, body, payload, receivedAt, channel: 'import' }, 'imported');
}

/** Appends a batch and moves its cursor, in one transaction: what was stored is never asked for again, nor left out. */
export function appendImported(store: Store, { entries, cursor }: ImportedBatch, ruling: Ruling): Promise<Receipt[]> {
  return append(store, entries, ruling, async (transaction) => {
    if (cursor !== null) await transaction.moveImportCursor(cursor);
  });
}

export function importedBy(receipts: readonly Receipt[]): Imported {
  const count = (status: Receipt['status']) => receipts.filter((receipt) => receipt.status === status).length;
  return {
    accepted: count('accepted'),
    duplicates: count('duplicate'),
    ignored: count('ignored'),
    deadLetters: receipts.filter(({ status }) => status === 'dead_letter').map(({ id }) => id),
  };
}
