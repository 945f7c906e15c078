import type { DeliveryCount, OpenTally } from '../../store/contract.ts';
import type { MetricsOptions } from './metrics.ts';
import type { Room } from './room.ts';
import type { Series } from './series.ts';

interface Rooms {
  readonly senders: Room<{ source: string; source_instance: string }>;
  readonly operations: Room<{ source: string; operation: string; project: string }>;
}

/** What is so at the moment of a scrape, and is read then. */
export class Look {
  readonly #options: Pick<MetricsOptions, 'reader' | 'inFlight'>;
  readonly #series: Series;
  readonly #rooms: Rooms;

  constructor(options: Pick<MetricsOptions, 'reader' | 'inFlight'>, series: Series, rooms: Rooms) {
    this.#options = options;
    this.#series = series;
    this.#rooms = rooms;
  }

  /** A store that cannot be read takes nothing away from what is known without it: that is when it is wanted most. */
  async at(): Promise<void> {
    const { deliveries, bytes } = this.#options.inFlight();
    this.#series.inFlight.set(deliveries);
    this.#series.bytesInFlight.set(bytes);
    const isReadable = await this.#atStore().then(
      () => true,
      () => false,
    );
    this.#series.readable.set(isReadable ? 1 : 0);
  }

  async #atStore(): Promise<void> {
    const { reader } = this.#options;
    const [counts, open, revision] = await Promise.all([
      reader.countDeliveries(),
      reader.tallyOpen(),
      reader.latestRevision(),
    ]);
    this.#atDeliveries(counts);
    this.#atOpen(open);
    this.#series.revision.set(revision);
  }

  #atDeliveries(counts: readonly DeliveryCount[]): void {
    const { deadLetters, lastDelivery } = this.#series;
    const bySender = Map.groupBy(counts, ({ source, instance }) => JSON.stringify([source, instance]));
    deadLetters.reset();
    lastDelivery.reset();
    for (const own of bySender.values()) {
      const { source = '', instance = '' } = own[0] ?? {};
      const labels = this.#rooms.senders.admit({ source, source_instance: instance });
      const dead = own.find(({ outcome }) => outcome === 'dead_letter')?.count ?? 0;
      const last = Math.max(...own.map(({ lastReceivedAt }) => lastReceivedAt)) / 1_000;
      deadLetters.inc(labels, dead);
      lastDelivery.set(labels, last);
    }
  }

  #atOpen(tallies: readonly OpenTally[]): void {
    const { open, oldest } = this.#series;
    open.reset();
    oldest.reset();
    // From the youngest to the oldest, which is the one that stays where several share their labels.
    for (const { source, operation, project, count, oldestStartedAt } of tallies.toSorted(
      (a, b) => b.oldestStartedAt - a.oldestStartedAt,
    )) {
      const labels = this.#rooms.operations.admit({ source, operation, project });
      open.inc(labels, count);
      oldest.set(labels, oldestStartedAt / 1_000);
    }
  }
}
