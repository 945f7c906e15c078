import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { EpochMs } from '../../domain/event.ts';
import type { Columns } from '../../measures/columns/contract.ts';
import type { Measure } from '../../measures/measure.ts';

/** One answer with numbers, below `/measures`. */
export interface MeasureEndpoint {
  /** Whose items can be listed. */
  readonly measures: readonly Measure[];
  /** What it asks beside what every measure is asked: query parameters by the names of the parameters of its SQL. */
  readonly options: Readonly<Record<string, z.ZodType<string | number | undefined>>>;
  readonly routes: (columns: Columns, now: () => EpochMs) => FastifyPluginAsyncZod;
}
