import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchemaValidationError,
} from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError, type ErrorCode, type FieldProblem } from '../domain/app-error.ts';
import { ColumnsUnavailable } from '../measures/columns/contract.ts';
import { StoreError } from '../store/contract.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

interface Meaning {
  readonly status: number;
  readonly title: string;
}

/** docs/problems.md explains them to people. */
export const meanings: Record<ErrorCode, Meaning> = {
  invalid_body: { status: 400, title: 'The body cannot be read' },
  invalid_parameter: { status: 400, title: 'A parameter is wrong' },
  invalid_event: { status: 422, title: 'The event is wrong' },
  unauthenticated: { status: 401, title: 'The signature, token or session is missing or wrong' },
  forbidden: { status: 403, title: 'This is not allowed with that token or session' },
  cross_origin: { status: 403, title: 'A page of another site asks for it' },
  wrong_host: { status: 403, title: 'The server is not known by that name' },
  not_found: { status: 404, title: 'There is no such thing' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  conflict: { status: 409, title: 'Something else is under way' },
  too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The content type is not supported' },
  too_many_attempts: { status: 429, title: 'Too many tokens or links were wrong' },
  overloaded: { status: 503, title: 'The server is busy' },
  unavailable: { status: 503, title: 'The store is unavailable' },
  preparing: { status: 503, title: 'What measures are computed from is being made' },
  internal: { status: 500, title: 'The server failed' },
};

/** How to prove who one is, to who has not (RFC 6750). */
export const CHALLENGE = 'Bearer realm="ValueStream"';
const RETRY_AFTER_MS = 2_000;

const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.number().int(),
    code: z.enum(Object.keys(meanings) as ErrorCode[]).describe('what went wrong, in a word that does not change'),
    detail: z.string().describe('what is wrong, and what to do'),
    errors: z
      .array(z.object({ pointer: z.string(), message: z.string() }))
      .optional()
      .describe('each wrong field: a JSON pointer (RFC 6901) into the body, or the name of a parameter'),
    progress: z.number().min(0).max(1).optional().describe('of `preparing`: the part that is done'),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457)' });

/** The error answers of an operation, for its description. */
export function problems(...codes: readonly ErrorCode[]) {
  const byStatus = Map.groupBy(codes, (code) => meanings[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => {
      const description = same.map((code) => `${meanings[code].title} (\`${code}\`)`).join('; ');
      return [status, { description, content: { 'application/problem+json': { schema: problemSchema } } }];
    }),
  );
}

/** Answers every error as problem details (RFC 9457). The only place that maps errors to HTTP. */
export function answerProblems(app: FastifyInstance, telemetry: Telemetry): void {
  app.setNotFoundHandler((request, reply) => {
    send(reply, new AppError('not_found', `nothing is served at ${request.method} ${pathOf(request)}`));
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const problem = asAppError(error);
    if (problem.code === 'internal') telemetry.failed(error);
    send(reply, problem, error instanceof ColumnsUnavailable ? { progress: error.progress } : {});
  });
}

/** Answers one error, whatever it is. */
export function sendProblem(reply: FastifyReply, error: FastifyError): void {
  send(reply, asAppError(error));
}

function send(
  reply: FastifyReply,
  { code, message, fields, retryAfterMs = RETRY_AFTER_MS }: AppError,
  more: { progress?: number } = {},
): void {
  const { status, title } = meanings[code];
  if (status === 503 || status === 429) void reply.header('retry-after', String(Math.ceil(retryAfterMs / 1_000)));
  // RFC 9110 wants a challenge with every 401; who refuses may have said more.
  if (status === 401 && !reply.hasHeader('www-authenticate')) void reply.header('www-authenticate', CHALLENGE);
  const problem = { type: 'about:blank', title, status, code, detail: message, ...errorsOf(fields), ...more };
  // As bytes, for to a text Fastify would add a charset, which this media type does not have.
  void reply
    .code(status)
    .type('application/problem+json')
    .send(Buffer.from(JSON.stringify(problem)));
}

function errorsOf(fields: readonly FieldProblem[]): { errors?: readonly FieldProblem[] } {
  return fields.length === 0 ? {} : { errors: fields };
}

function asAppError(error: FastifyError): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof StoreError) return fromStore(error);
  if (error instanceof ColumnsUnavailable) return new AppError('preparing', error.message);
  if (hasZodFastifySchemaValidationErrors(error)) {
    const fields = error.validation.flatMap(fieldsOf);
    const named = fields
      .map(({ pointer, message }) => (pointer === '' ? message : `${pointer}: ${message}`))
      .join('; ');
    return new AppError('invalid_parameter', named, fields);
  }
  return fromFastify(error);
}

/** One problem for each field; for several fields that nobody knows, one for each of these. */
function fieldsOf({
  keyword,
  instancePath,
  message = 'is wrong',
  params,
}: FastifySchemaValidationError): FieldProblem[] {
  const place = instancePath.replace(/^\//, '');
  const unknown: unknown = params.keys;
  if (keyword !== 'unrecognized_keys' || !Array.isArray(unknown)) return [{ pointer: place, message }];
  return unknown.map((key) => ({ pointer: place === '' ? `${key}` : `${place}/${key}`, message: 'is not known here' }));
}

function fromStore(error: StoreError): AppError {
  if (error.code === 'bad_cursor') return new AppError('invalid_parameter', error.message);
  return new AppError('unavailable', 'the store cannot be read now; try again in a moment');
}

// What Fastify refuses before a handler runs (a malformed URL, a header too large) is the sender's to mend.
function fromFastify({ statusCode, message }: FastifyError): AppError {
  if (statusCode === 413) return new AppError('too_large', message);
  if (statusCode === 415) return new AppError('unsupported_media_type', message);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new AppError('invalid_body', message);
  return new AppError('internal', 'the server failed; its log says why');
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]?.slice(0, 200) ?? '';
}
