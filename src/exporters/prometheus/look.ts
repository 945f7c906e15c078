import type { EpochMs } from '../../domain/event.ts';
import type { DeliveryCount, OpenTally, StoreReader } from '../../store/contract.ts';
import type { ExportLag } from '../../store/exports.ts';
import type { Room } from './room.ts';
import type { Senders } from './senders.ts';
import type { Series } from './series.ts';

/** What a target of the configuration is doing, as far as it is told here. */
interface TargetState {
  /** Since when it has had something to send that it could not; null while it keeps up. */
  readonly behindSince: EpochMs | null;
}

/** Where there is something to look at. */
export interface Looked {
  readonly reader: Pick<StoreReader, 'countDeliveries' | 'latestRevision' | 'tallyOpen' | 'listExportTargets'>;
  readonly inFlight: () => {
    readonly deliveries: number;
    readonly bytes: number;
    readonly oldestSince: EpochMs | null;
  };
  /** The targets that the configuration names, by their names. */
  readonly exports: () => ReadonlyMap<string, TargetState>;
  /** The sizes of the files of the store in bytes, by what they are. Throws what the file system says against it. */
  readonly storeBytes: () => Promise<Readonly<Record<string, number>>>;
}

interface Rooms {
  readonly senders: Senders;
  readonly operations: Room<{ source: string; operation: string; project: string }>;
}

const INCIDENT = 'incident';

/** What is so at the moment of a scrape, and is read then. */
export class Look {
  readonly #looked: Looked;
  readonly #series: Series;
  readonly #rooms: Rooms;

  constructor(looked: Looked, series: Series, rooms: Rooms) {
    this.#looked = looked;
    this.#series = series;
    this.#rooms = rooms;
  }

  /**
   * Looks at all of it, and at what else is to be read in the store. A store that cannot be read takes nothing away from
   * what is known without it: that is when it is wanted most.
   */
  async at(alsoAtStore: () => Promise<void> | undefined): Promise<void> {
    this.#atGate();
    this.#atExports();
    const isReadable = await Promise.all([this.#atStore(), alsoAtStore()]).then(
      () => true,
      () => false,
    );
    this.#series.readable.set(isReadable ? 1 : 0);
  }

  #atGate(): void {
    const { inFlight, bytesInFlight, inFlightOldest } = this.#series;
    const { deliveries, bytes, oldestSince } = this.#looked.inFlight();
    inFlight.set(deliveries);
    bytesInFlight.set(bytes);
    if (oldestSince === null) inFlightOldest.remove();
    else inFlightOldest.set(oldestSince / 1_000);
  }

  #atExports(): void {
    const { behindSince } = this.#series;
    behindSince.reset();
    for (const [exporter, state] of this.#looked.exports())
      if (state.behindSince !== null) behindSince.set({ exporter }, state.behindSince / 1_000);
  }

  async #atStore(): Promise<void> {
    const { reader, storeBytes } = this.#looked;
    const [counts, open, revision, targets, files] = await Promise.all([
      reader.countDeliveries(),
      reader.tallyOpen(),
      reader.latestRevision(),
      reader.listExportTargets(),
      storeBytes(),
    ]);
    this.#atDeliveries(counts);
    this.#atOpen(open);
    this.#atTargets(targets);
    this.#series.revision.set(revision);
    for (const [file, bytes] of Object.entries(files)) this.#series.storeBytes.set({ file }, bytes);
  }

  #atDeliveries(counts: readonly DeliveryCount[]): void {
    const { deadLetters, lastDelivery } = this.#series;
    const bySender = [...Map.groupBy(counts, ({ source, instance }) => JSON.stringify([source, instance])).values()];
    const lastOf = (own: readonly DeliveryCount[]) => Math.max(...own.map(({ lastReceivedAt }) => lastReceivedAt));
    deadLetters.reset();
    lastDelivery.reset();
    // The latest comes last, and is the one that stays where several share their labels.
    for (const own of bySender.toSorted((a, b) => lastOf(a) - lastOf(b))) {
      const { source = '', instance = '' } = own[0] ?? {};
      const labels = this.#rooms.senders.known(source, instance);
      const dead = own.find(({ outcome }) => outcome === 'dead_letter')?.count ?? 0;
      deadLetters.inc(labels, dead);
      lastDelivery.set(labels, lastOf(own) / 1_000);
    }
  }

  #atOpen(tallies: readonly OpenTally[]): void {
    const { open, oldest, incidents, incidentsOpen } = this.#series;
    open.reset();
    oldest.reset();
    incidentsOpen.reset();
    // From the youngest to the oldest, which is the one that stays where several share their labels.
    for (const { source, operation, project, count, oldestStartedAt } of tallies.toSorted(
      (a, b) => b.oldestStartedAt - a.oldestStartedAt,
    )) {
      const labels = this.#rooms.operations.admit({ source, operation, project });
      open.inc(labels, count);
      oldest.set(labels, oldestStartedAt / 1_000);
      if (operation !== INCIDENT) continue;
      const own = { source, project: labels.project };
      incidentsOpen.inc(own, count);
      incidents.inc(own, 0);
    }
  }

  /** Those of the configuration: of one that is there no more, nobody wants to hear. */
  #atTargets(targets: readonly ExportLag[]): void {
    const { exportedSpans, parked, exportBehind, lastSuccess } = this.#series;
    const configured = this.#looked.exports();
    for (const series of [exportedSpans, parked, exportBehind, lastSuccess]) series.reset();
    for (const target of targets) {
      const { name: exporter, exported, rejected, changed, lastSuccessAt } = target;
      if (!configured.has(exporter)) continue;
      // Counted in the store, with what was sent: so they go on after a restart.
      for (const [outcome, count] of Object.entries({ sent: exported - rejected, rejected, changed }))
        exportedSpans.inc({ exporter, outcome }, count);
      parked.set({ exporter }, target.parked);
      exportBehind.set({ exporter }, target.behind);
      if (lastSuccessAt !== null) lastSuccess.set({ exporter }, lastSuccessAt / 1_000);
    }
  }
}
