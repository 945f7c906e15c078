import type { DemoDelivery } from './delivery.ts';

/** How many deliveries became what: `accepted`, `duplicate`, … */
export type Outcomes = Readonly<Record<string, number>>;

export interface Telling {
  /** So many are under way at one time; they begin in order. */
  readonly atOnce: number;
  /** Tells one of them, and answers with what became of it. */
  readonly tell: (delivery: DemoDelivery) => Promise<string>;
  /** How many have been told. */
  readonly told: (count: number) => void;
}

/** Tells all of them. After a first failure none is begun any more, and that is thrown once nothing is under way. */
export async function tellAll(deliveries: readonly DemoDelivery[], { atOnce, tell, told }: Telling): Promise<Outcomes> {
  const outcomes: Record<string, number> = {};
  const left = deliveries.values();
  let count = 0;
  let hasFailed = false;
  const tellSome = async () => {
    for (const delivery of left) {
      if (hasFailed) return;
      const outcome = await tell(delivery).catch((error: unknown) => {
        hasFailed = true;
        throw error;
      });
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      count += 1;
      told(count);
    }
  };
  const all = await Promise.allSettled(Array.from({ length: atOnce }, tellSome));
  for (const one of all) if (one.status === 'rejected') throw one.reason;
  return outcomes;
}
