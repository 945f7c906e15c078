import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../domain/app-error.ts';
import { stageSpanId } from '../domain/identity.ts';
import type { TraceMode } from '../domain/pin.ts';
import type { Revision, StoreReader } from '../store/contract.ts';
import type { ExportLag, ParkedSpan } from '../store/exports.ts';
import { problems } from './problem.ts';
import { exportSchema } from './schema.ts';
import { tags } from './tags.ts';
import { wireTime, wireTimeOrNull } from './wire.ts';

type WireExport = z.infer<typeof exportSchema>;

/** What a target of the configuration is doing. */
interface TargetState {
  readonly url: string;
  readonly mode: TraceMode;
  readonly doing: Exclude<WireExport['state'], 'not_configured'>;
  readonly lastError: { readonly at: number; readonly message: string } | null;
  readonly nextAttemptAt: number | null;
}

const PARKED_SHOWN = 50;

const listing = {
  tags: [tags.exports],
  operationId: 'listExports',
  summary: 'The tracing backends that spans are sent to, and how far each has got',
  response: { 200: z.object({ items: z.array(exportSchema) }) },
};

const resending = {
  tags: [tags.exports],
  operationId: 'resendParked',
  summary: 'Send again what a tracing backend has refused',
  description: 'For when the backend has been mended. What it refuses again is parked again.',
  params: z.object({ name: z.string() }),
  response: { 202: exportSchema, ...problems('not_found', 'conflict') },
};

/** What follows the configured targets. */
interface Exports {
  readonly states: ReadonlyMap<string, TargetState>;
  /** False where the configuration has no such target. */
  resend(name: string): boolean;
}

/** `GET /exports`, and `POST /exports/{name}/resend`. */
export function exportRoutes(reader: StoreReader, exports: Exports): FastifyPluginAsyncZod {
  const list = async (): Promise<WireExport[]> => {
    const [targets, latest] = await Promise.all([reader.listExportTargets(), reader.latestRevision()]);
    const now = exports.states;
    const items = targets.map(async (target) =>
      wireExport(target, now.get(target.name), { latest, parked: await reader.listParked(target.id, PARKED_SHOWN) }),
    );
    return await Promise.all(items);
  };
  return async (app) => {
    app.get('/exports', { schema: listing }, async () => ({ items: await list() }));
    app.post('/exports/:name/resend', { schema: resending }, async ({ params: { name } }, reply) => {
      const target = (await list()).find((one) => one.name === name);
      if (target === undefined)
        throw new AppError('not_found', `there is no target ${name}: GET /api/v1/exports has all`);
      if (!exports.resend(name)) throw new AppError('conflict', `${name} is not in the configuration any more`);
      return reply.code(202).send(target);
    });
  };
}

function wireExport(
  target: ExportLag,
  state: TargetState | undefined,
  { latest, parked }: { readonly latest: Revision; readonly parked: readonly ParkedSpan[] },
): WireExport {
  const { name, position, behind, exported, rejected, changed } = target;
  const error = state?.lastError ?? null;
  return {
    name,
    url: state?.url ?? null,
    mode: state?.mode ?? null,
    state: state?.doing ?? 'not_configured',
    position,
    latest,
    behind,
    exported,
    rejected,
    changed_after_export: changed,
    last_success_at: wireTimeOrNull(target.lastSuccessAt),
    last_error: error === null ? null : { at: wireTime(error.at), message: error.message },
    next_attempt_at: wireTimeOrNull(state?.nextAttemptAt),
    parked: { count: target.parked, latest: parked.map(wireParked) },
  };
}

function wireParked({ spanId, ordinal, stage, parkedAt, reason }: ParkedSpan): WireExport['parked']['latest'][number] {
  return {
    span_id: stage === null ? spanId : stageSpanId(spanId, ordinal, stage),
    parked_at: wireTime(parkedAt),
    reason,
  };
}
