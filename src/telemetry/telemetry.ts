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

/** Hears what became of each delivery. */
export interface Hearer {
  /** One that was answered, by its outcome. */
  delivered(source: string, instance: string, outcome: string): void;
  /** One that was refused, by the code of the error; the instance is whatever the sender has written into the URL. */
  refused(source: string, instance: string, code: ErrorCode): void;
}

const DEAF: Hearer = { delivered: () => undefined, refused: () => undefined };

export function createTelemetry(
  log: Logger,
  now: () => number,
  hearer: Hearer = DEAF,
  isConfigured: (source: string, instance: string) => boolean = () => false,
): Telemetry {
  const refusals = new Map<string, Refusals & { readonly source: string; readonly instance: string }>();
  return {
    delivered(source, instance, status) {
      log.debug({ source, instance, status }, 'delivery answered');
      hearer.delivered(source, instance, status);
    },
    refused(source, instance, error) {
      const reason = error instanceof AppError ? error.message : 'internal error';
      const code = error instanceof AppError ? error.code : 'internal';
      log.debug({ source, instance, code }, 'delivery refused');
      hearer.refused(source, instance, code);
      const key = `${source}/${instance}`;
      const before = refusals.get(key);
      // Strangers take no room from those that somebody has set up.
      if (before === undefined && refusals.size >= MAX_COUNTED && !isConfigured(source, instance)) return;
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
