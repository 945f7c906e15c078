import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../domain/app-error.ts';
import type { EpochMs } from '../domain/event.ts';
import { PLAIN_TEXT } from '../domain/text.ts';
import { type Correction, type Saying, verdictsOf, whyUncounted } from '../domain/verdict.ts';
import type { SpanDetail, StoreReader } from '../store/contract.ts';
import { problems } from './problem.ts';
import { verdictSchema } from './schema.ts';
import { findSpan } from './spans.ts';
import { tags } from './tags.ts';
import { wireVerdict } from './wire.ts';

const text = (length: number) =>
  z.string().trim().min(1).max(length).regex(PLAIN_TEXT, 'must be one line, and hold no control characters');

const judged = z.boolean().nullable().optional();

const bodySchema = z
  .object({
    attempt: z.number().int().min(1).optional().describe('the latest one where it is not given'),
    is_failure: judged.describe('whether it needed somebody to step in; null takes back what was said before'),
    is_rework: judged.describe('whether it was made, unplanned, to mend something in production; null as above'),
    author: text(200).describe('who says so'),
    reason: text(2_000).describe('why'),
  })
  .refine(({ is_failure, is_rework }) => is_failure !== undefined || is_rework !== undefined, {
    path: ['is_failure'],
    error: 'is_failure or is_rework has to be given: nothing is said otherwise',
  });

const correcting = {
  tags: [tags.measures],
  operationId: 'correctVerdict',
  summary: 'Say of a deployment whether it has failed, or was rework',
  description:
    'What a person says comes before every rule, and the last word counts. It is kept as a delivery of the channel ' +
    '`correction`, so that it stays whatever is read again.',
  params: z.object({ '*': z.string() }),
  body: bodySchema,
  response: { 200: verdictSchema, ...problems('invalid_parameter', 'not_found', 'invalid_event', 'unavailable') },
};

interface Parts {
  readonly reader: StoreReader;
  /** Makes it durable and readable. */
  readonly correct: (correction: Correction) => Promise<unknown>;
  readonly now: () => EpochMs;
}

/** `PATCH /verdicts/{span_id}`. */
export function verdictRoutes(parts: Parts): FastifyPluginAsyncZod {
  return async (app) => {
    // A wildcard, because a span id holds slashes: percent-encoded or not, it is found.
    app.patch('/verdicts/*', { schema: correcting }, async ({ params, body }) => correct(parts, params['*'], body));
  };
}

async function correct({ reader, correct, now }: Parts, id: string, body: z.infer<typeof bodySchema>) {
  const span = await findSpan(reader, id);
  const attempt = attemptOf(span, body.attempt);
  const [newest] = await reader.findEvents(span.spanId, 1);
  if (newest === undefined) throw new AppError('not_found', `nothing is known of ${span.spanId} any more`);
  const { identity, name, operation } = newest.event;
  if (body.is_failure != null || body.is_rework != null) refuseUncounted(span.spanId, attempt);
  const before = verdictOn(span, attempt.ordinal);
  // The last word is the last also where it came within one millisecond, or the clock was put back.
  const saidAt = Math.max(now(), (before?.saidAt ?? 0) + 1);
  await correct({ identity, name, operation, attempt: attempt.key, saying: sayingOf(body), saidAt });
  const verdict = verdictOn(await findSpan(reader, span.spanId), attempt.ordinal);
  if (verdict === undefined) throw new AppError('not_found', `${span.spanId} has changed meanwhile; say it again`);
  return wireVerdict(verdict);
}

function attemptOf({ spanId, attempts }: SpanDetail, asked: number | undefined): SpanDetail['attempts'][number] {
  const attempt = asked === undefined ? attempts.at(-1) : attempts.find(({ ordinal }) => ordinal === asked);
  if (attempt === undefined) throw new AppError('not_found', `${spanId} has no attempt ${asked ?? 1}`);
  const { operation, state } = attempt;
  if (operation !== 'deploy')
    throw new AppError('invalid_event', `${spanId} is no deployment: its operation is ${operation}`);
  if (state === 'open') throw new AppError('invalid_event', `${spanId} has not ended yet; say it when it has`);
  return attempt;
}

/** A deployment that counts nowhere would keep a verdict that changes nothing; one that was said before can be taken back. */
function refuseUncounted(spanId: string, attempt: SpanDetail['attempts'][number]): void {
  const why = whyUncounted(attempt);
  if (why !== null)
    throw new AppError('invalid_event', `${spanId} counts in no measure, so a verdict would change nothing: ${why}`);
}

function verdictOn({ attempts }: SpanDetail, ordinal: number) {
  return verdictsOf(attempts).find(({ attempt }) => attempt === ordinal);
}

function sayingOf({ is_failure, is_rework, author, reason }: z.infer<typeof bodySchema>): Saying {
  return {
    author,
    reason,
    ...(is_failure === undefined ? {} : { isFailure: is_failure }),
    ...(is_rework === undefined ? {} : { isRework: is_rework }),
  };
}
