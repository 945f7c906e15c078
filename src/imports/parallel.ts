/**
 * Does work for each item, so many at one time, and gives what came of each, in their order. Throws the first failure; then
 * nothing more is begun.
 */
export async function inParallel<T, R>(items: readonly T[], most: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const waiting = items.entries();
  const done: R[] = [];
  let hasFailed = false;
  const one = async () => {
    for (const [index, item] of waiting) {
      if (hasFailed) return;
      try {
        done[index] = await work(item);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const workers = Array.from({ length: Math.min(most, items.length) }, one);
  // Those under way end first, so that nothing goes on behind the failure.
  const ended = await Promise.allSettled(workers);
  const failure = ended.find((end) => end.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return done;
}
