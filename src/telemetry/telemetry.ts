import type { Logger } from 'pino';
import { AppError, type ErrorCode } from '../domain/app-error.ts';

/** Refused requests of one source's instance since the server started; they are not stored, so only counted. */
interface Refusals {
  readonly count: number;
  readonly lastAt: number;
  readonly lastReason: string;
  readonly lastCode: ErrorCode;
}

/** The facts worth telling about ourselves: each counts once and logs once, with one static message. */
export interface Telemetry {
  delivered(source: string, instance: string, status: string): void;
  refused(source: string, instance: string, error: unknown): void;
  failed(error: unknown): void;
  refusalsOf(source: string, instance: string): Refusals | null;
  readonly refusedInstances: readonly { readonly source: string; readonly instance: string }[];
}

// Instances come from URLs; counting must stay bounded whatever is asked for.
const MAX_COUNTED = 200;

/** Hears what became of each delivery; of a refused one the code of the error. */
export type Hearer = (source: string, instance: string, outcome: string) => void;

export function createTelemetry(log: Logger, now: () => number, hear: Hearer = () => undefined): Telemetry {
  const refusals = new Map<string, Refusals & { readonly source: string; readonly instance: string }>();
  return {
    delivered(source, instance, status) {
      log.debug({ source, instance, status }, 'delivery answered');
      hear(source, instance, status);
    },
    refused(source, instance, error) {
      const reason = error instanceof AppError ? error.message : 'internal error';
      const code = error instanceof AppError ? error.code : 'internal';
      log.debug({ source, instance, code }, 'delivery refused');
      hear(source, instance, code);
      const key = `${source}/${instance}`;
      const before = refusals.get(key);
      if (before === undefined && refusals.size >= MAX_COUNTED) return;
      const count = (before?.count ?? 0) + 1;
      refusals.set(key, { source, instance, count, lastAt: now(), lastReason: reason, lastCode: code });
    },
    failed(error) {
      log.error({ err: error }, 'a request failed for a reason of our own');
    },
    refusalsOf: (source, instance) => refusals.get(`${source}/${instance}`) ?? null,
    get refusedInstances() {
      return [...refusals.values()].map(({ source, instance }) => ({ source, instance }));
    },
  };
}
