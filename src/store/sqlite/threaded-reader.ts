import { Piscina } from 'piscina';
import { StoreError, type StoreReader } from '../contract.ts';
import type { ReadAnswer, ReadCall } from './reader-thread.ts';

/** A reader whose reads run on a thread of its own. */
export function startSqliteReader(dataDir: string): StoreReader {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const filename = new URL(`./reader-thread.${extension}`, import.meta.url).href;
  const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1, workerData: { dataDir } });

  const call =
    <Method extends keyof StoreReader>(method: Method) =>
    async (...args: Parameters<StoreReader[Method]>): Promise<Awaited<ReturnType<StoreReader[Method]>>> => {
      const task: ReadCall = { method, args };
      const answer: ReadAnswer = await pool.run(task, { name: 'read' });
      if (!answer.ok) throw new StoreError(answer.code, answer.message);
      // The thread ran the method of this very name, so the value is what that method gives.
      return answer.value as Awaited<ReturnType<StoreReader[Method]>>;
    };

  return {
    listSpans: call('listSpans'),
    listStages: call('listStages'),
    findSpan: call('findSpan'),
    explainLinks: call('explainLinks'),
    listRoots: call('listRoots'),
    findTrace: call('findTrace'),
    findEvents: call('findEvents'),
    lookUpName: call('lookUpName'),
    listDeliveries: call('listDeliveries'),
    findDelivery: call('findDelivery'),
    findDeliveriesByKey: call('findDeliveriesByKey'),
    readBody: call('readBody'),
    spanIdsOf: call('spanIdsOf'),
    countDeliveries: call('countDeliveries'),
    countDeliveriesByHour: call('countDeliveriesByHour'),
    measureDeliveries: call('measureDeliveries'),
    listRecorded: call('listRecorded'),
    findRecorded: call('findRecorded'),
    findHistories: call('findHistories'),
    tallySpans: call('tallySpans'),
    tallyStages: call('tallyStages'),
    tallyOpen: call('tallyOpen'),
    changesAfter: call('changesAfter'),
    latestRevision: call('latestRevision'),
    listIdentities: call('listIdentities'),
    measureIdentities: call('measureIdentities'),
    recall: call('recall'),
    readAccess: call('readAccess'),
    listImportCursors: call('listImportCursors'),
    readExports: call('readExports'),
    readLineage: call('readLineage'),
    readPins: call('readPins'),
    readOutbox: call('readOutbox'),
    listExportTargets: call('listExportTargets'),
    listParked: call('listParked'),
    readColumns: call('readColumns'),
    latestColumnsRevision: call('latestColumnsRevision'),
    storeId: call('storeId'),
    close: async () => {
      await call('close')();
      await pool.destroy();
    },
  };
}
