/** Every way in which a request can fail for a reason its sender can know. Mapped to HTTP in one place. */
export type ErrorCode =
  | 'invalid_body'
  | 'invalid_parameter'
  | 'invalid_event'
  | 'unauthenticated'
  | 'forbidden'
  | 'cross_origin'
  | 'wrong_host'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'too_large'
  | 'unsupported_media_type'
  | 'too_many_attempts'
  | 'overloaded'
  | 'unavailable'
  | 'preparing'
  | 'internal';

/** One wrong field; `pointer` is an RFC 6901 JSON pointer into the body, or the name of a query parameter. */
export interface FieldProblem {
  readonly pointer: string;
  readonly message: string;
}

/** An expected failure. The message is for the person who sent the request: what is wrong, and what to do. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly fields: readonly FieldProblem[];
  /** When to try again, in milliseconds, where that is known. */
  readonly retryAfterMs: number | undefined;
  constructor(code: ErrorCode, message: string, fields: readonly FieldProblem[] = [], retryAfterMs?: number) {
    super(message);
    this.name = 'AppError';
    this.code = code;
    this.fields = fields;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A parameter of a query that cannot be as it is; the message goes on from its name. */
export function wrongParameter(parameter: string, message: string): AppError {
  return new AppError('invalid_parameter', `${parameter}: ${message}`, [{ pointer: parameter, message }]);
}
