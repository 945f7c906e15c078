import type { Logger } from 'pino';

const REASONS = {
  missing: 'there are none yet, or their file was removed',
  damaged: 'their file is damaged',
  unfinished: 'the program ended while they were being made',
  another_version: 'another version of the program has made them',
  another_store: 'they are of another store',
  ahead_of_store: 'the store was put back to an earlier state',
} as const;

/** The facts worth telling about the columns that measures are computed from. Of an empty store there is nothing to make. */
export function createColumnsFacts(log: Logger) {
  return {
    remaking(why: keyof typeof REASONS, latest: number): void {
      if (latest > 0) log.info({ reason: REASONS[why] }, 'the columns for measures are made anew');
    },
    remade(why: keyof typeof REASONS, latest: number, durationMs: number): void {
      if (latest > 0) log.info({ reason: REASONS[why], duration_ms: durationMs }, 'the columns for measures are made');
    },
    failing(error: unknown): void {
      log.error({ err: error }, 'the columns for measures cannot follow the store now; it is tried again');
    },
    recovered(): void {
      log.info('the columns for measures follow the store again');
    },
  };
}
