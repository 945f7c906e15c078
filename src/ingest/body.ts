import type { Readable } from 'node:stream';
import { AppError } from '../domain/app-error.ts';
import type { Admission } from './admission.ts';

/** GitHub's own cap, and the largest of all senders we know. */
export const MAX_BODY_BYTES = 25 * 1024 * 1024;
/** Deeper than any sender nests, and far from where re-serialising would overflow the stack. */
const MAX_DEPTH = 64;

/**
 * Reads a body, counting the bytes that really arrive: a declared length is only believed when it is too large.
 * Throws an AppError: `too_large`, or `overloaded` when the server holds too many bytes already.
 */
export function readBody(
  stream: Readable,
  declaredLength: string | undefined,
  admission: Pick<Admission, 'take'>,
): Promise<Buffer> {
  if (Number(declaredLength) > MAX_BODY_BYTES) return Promise.reject(tooLarge());
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    length += chunk.byteLength;
    try {
      if (length > MAX_BODY_BYTES) throw tooLarge();
      admission.take(chunk.byteLength);
      chunks.push(chunk);
    } catch (error) {
      stream.removeAllListeners('data').pause();
      reject(error);
    }
  });
  // Most bodies come in one piece, which need not be copied.
  stream.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length)));
  // A sender that hangs up is no failure of ours.
  const hungUp = () => reject(new AppError('invalid_body', 'the connection ended before the body did'));
  stream.on('error', hungUp).on('close', hungUp);
  return promise;
}

function tooLarge(): AppError {
  return new AppError('too_large', `the body is larger than ${MAX_BODY_BYTES} bytes`);
}

/**
 * Parses a body by its content type. None at all is read as JSON: several senders set none.
 * Throws an AppError: `unsupported_media_type` or `invalid_body`.
 */
export function parseBody(body: Buffer, contentType: string | undefined, forms: boolean): unknown {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (mediaType === '' || mediaType === 'application/json' || mediaType.endsWith('+json')) return parseJson(body);
  if (forms && mediaType === 'application/x-www-form-urlencoded') return parseJson(formPayload(body));
  const accepted = forms ? 'application/json or application/x-www-form-urlencoded' : 'application/json';
  throw new AppError('unsupported_media_type', `the content type is ${quoted(mediaType)}; send ${accepted}`);
}

// https://docs.github.com/en/webhooks/using-webhooks/creating-webhooks: the form has one field, `payload`.
function formPayload(body: Buffer): Buffer {
  const payload = new URLSearchParams(body.toString('utf8')).get('payload');
  if (payload === null) throw new AppError('invalid_body', 'the form has no field called payload');
  return Buffer.from(payload, 'utf8');
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(body: Buffer): unknown {
  if (body.byteLength === 0) throw new AppError('invalid_body', 'the body is empty; send JSON');
  const text = textOf(body);
  if (isTooDeep(text)) throw new AppError('invalid_body', `the JSON is nested deeper than ${MAX_DEPTH} levels`);
  try {
    return JSON.parse(text);
  } catch (error) {
    const detail = error instanceof SyntaxError ? positionOf(error) : String(error);
    throw new AppError('invalid_body', `the body is not valid JSON: ${detail}`);
  }
}

function textOf(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw new AppError('invalid_body', 'the body is not valid JSON: it is not valid UTF-8');
  }
}

// The parser's message quotes the text around the error, and a body may hold secrets: only the position is told.
function positionOf(error: SyntaxError): string {
  const position = /at position (\d+)/.exec(error.message)?.[1];
  return position === undefined ? 'it ends too early or holds an unexpected token' : `unexpected token at ${position}`;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Whether brackets nest too deep; linear, and before the parser so that no depth can hurt what comes after. On the text,
 * because searching a string costs half of searching bytes (bench/README.md).
 */
export function isTooDeep(json: string): boolean {
  let depth = 0;
  for (let index = 0; index < json.length; index += 1) {
    const code = json.charCodeAt(index);
    if (code === QUOTE) index = endOfString(json, index);
    else if (code === 0x7b || code === 0x5b) depth += 1;
    else if (code === 0x7d || code === 0x5d) depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end === -1 ? json.length : end;
}

function isEscaped(json: string, index: number): boolean {
  let backslashes = 0;
  while (json.charCodeAt(index - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
