import type { Pin, TraceMode } from '../../domain/pin.ts';
import type { StoreReader } from '../../store/contract.ts';
import type { ExportStore } from '../../store/exports.ts';
import { type Lineage, Pinning } from './pinning.ts';

/**
 * The ids of an attempt before it is exported. What they were given to uses them, so they are its ids for good: they are
 * pinned, on stable storage, before they are answered. Null where there is no such attempt. Throws a StoreError.
 */
export async function handOut(
  { spanId, ordinal }: { readonly spanId: string; readonly ordinal: number },
  mode: TraceMode,
  { reader, store }: { readonly reader: StoreReader; readonly store: ExportStore },
): Promise<Pick<Pin, 'traceId' | 'spanId'> | null> {
  for (;;) {
    const [own, ...above] = await reader.readLineage(spanId, ordinal, mode);
    if (own === undefined) return null;
    const lineage: Lineage = [own, ...above];
    const pinning = new Pinning(mode);
    const ids = pinning.idsOf(lineage);
    // Where an export has pinned one of them meanwhile, it is read again.
    if (pinning.pins.length === 0 || (await store.pin(mode, pinning.pins))) return ids;
  }
}
