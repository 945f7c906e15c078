import type { Logger } from 'pino';

/** The facts worth telling about an export: once when it begins to fail, and once when that is over. */
export function createExportFacts(log: Logger) {
  return {
    failing(target: string, reason: string): void {
      log.warn({ target, reason }, 'spans cannot be exported now; they are kept, and it is tried again');
    },
    recovered(target: string): void {
      log.info({ target }, 'spans are exported again');
    },
    refused(target: string, spans: { readonly parked: number; readonly rejected: number }, reason: string): void {
      log.warn({ target, ...spans, reason }, 'spans were refused, and are not sent again');
    },
    failed(error: unknown): void {
      log.error({ err: error }, 'an export failed for a reason of our own');
    },
  };
}
