import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { parseSpanId, spanIdOf } from '../domain/identity.ts';
import { Client, Refused, Unreachable } from './client.ts';
import { CliFailure } from './failure.ts';
import { flag, type ServerFlags } from './flags.ts';

type Tags = Readonly<Record<string, string | number | boolean>>;

/** What names a custom operation. */
export interface OperationFlags {
  readonly type: string;
  readonly namespace: string;
  readonly id?: string;
  readonly instance?: string;
}

/** The fields that any custom event may tell. */
export interface DetailFlags {
  readonly title?: string;
  readonly link?: string;
  readonly parent?: string;
  readonly tag?: Tags;
  readonly commit?: string;
  readonly branch?: string;
  readonly environment?: string;
}

export interface Operation {
  readonly type: string;
  readonly namespace: string;
  readonly id: string;
  readonly instance: string;
}

/** An event in the words of custom HTTP, without what names its operation. */
export type Telling = Readonly<Record<string, unknown>> & {
  readonly action: 'start' | 'transition' | 'end';
  readonly time: string;
};

/** What `run` tells its command, so that what that starts knows what caused it. */
export const PARENT_VARIABLE = 'VS_PARENT_SPAN_ID';

export function withOperation(command: Command, name: string): Command {
  return command
    .addOption(flag(name, '--type <word>', 'what it is: build, deploy, or a word of your own').default('build'))
    .addOption(
      flag(name, '--namespace <name>', 'what the id is unique in').default(
        basename(process.cwd()),
        'this folder’s name',
      ),
    )
    .addOption(flag(name, '--id <id>', 'its id; one is made where none is given'))
    .addOption(flag(name, '--instance <name>', 'post to /webhooks/customhttp/<name>'));
}

export function withDetails(command: Command, name: string): Command {
  return command
    .addOption(flag(name, '--title <text>', 'what people see'))
    .addOption(flag(name, '--link <url>', 'where people click'))
    .addOption(flag(name, '--parent <span-id>', 'the span that caused it').env(PARENT_VARIABLE))
    .addOption(flag(name, '--tag <key=value>', 'shown with the span; may be repeated').argParser(readTag))
    .addOption(flag(name, '--commit <sha>', 'the commit it works on'))
    .addOption(flag(name, '--branch <name>', 'the branch it works on'))
    .addOption(flag(name, '--environment <name>', 'where it acts: production, staging'));
}

/** Numbers and truth values are kept as such. */
function readTag(text: string, before: Tags = {}): Tags {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError('it must be key=value');
  if (value === 'true' || value === 'false') return { ...before, [key]: value === 'true' };
  return { ...before, [key]: /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value };
}

export function detailsOf(flags: DetailFlags): Readonly<Record<string, unknown>> {
  const { title, link, parent, tag, commit, branch, environment } = flags;
  return { title, url: link, parent_id: parent, metadata: tag, commit, branch, environment };
}

/** An operation with the id that is given, or a new one. */
export function newOperation({ type, namespace, id, instance = '' }: OperationFlags): Operation {
  return { type, namespace, id: id ?? randomBytes(8).toString('hex'), instance };
}

/** The operation that a span id or the flags name. Throws a CliFailure when neither does. */
export function existingOperation(spanId: string | undefined, flags: OperationFlags): Operation {
  if (spanId === undefined) {
    if (flags.id === undefined) throw new CliFailure('which one? Give the span id that start printed, or --id', 2);
    return newOperation(flags);
  }
  const parsed = parseSpanId(spanId);
  if (parsed === null) throw new CliFailure(`${spanId} is no span id; "valuestream event start" prints one`, 2);
  if (parsed.source !== 'customhttp')
    throw new CliFailure(`${spanId} is a span of ${parsed.source}, which tells its events itself`, 2);
  return { type: parsed.kind, namespace: parsed.scope, id: parsed.id, instance: parsed.instance };
}

export function spanIdOfOperation({ type, namespace, id, instance }: Operation): string {
  return spanIdOf({ source: 'customhttp', instance, kind: type, scope: namespace, id }, { scope: namespace, id });
}

export interface Sending {
  /** How long to try, in milliseconds. */
  readonly patienceMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Posts one event. A server that is away or busy is asked again, with the same key, until patience ends; then throws the
 * last failure, as it does at once for what will not heal.
 */
export async function send(
  server: ServerFlags,
  operation: Operation,
  telling: Telling,
  sending: Sending,
): Promise<void> {
  const client = new Client(server);
  const { instance, ...named } = operation;
  const body = JSON.stringify({ ...named, ...telling });
  const path = `/webhooks/customhttp${instance === '' ? '' : `/${encodeURIComponent(instance)}`}`;
  const headers = { 'idempotency-key': randomUUID(), 'x-vs-channel': 'cli', ...signature(instance, body) };
  const deadline = Date.now() + sending.patienceMs;
  const post = () =>
    withDeadline(deadline, sending.signal, (signal) => client.json('POST', path, { headers, body, signal }));
  for (let pauseMs = 250; ; pauseMs *= 2) {
    const failure = await post();
    if (failure === null) return;
    const pause = Math.max(pauseMs, failure instanceof Refused ? (failure.retryAfterMs ?? 0) : 0);
    if (!mayHeal(failure) || Date.now() + pause > deadline) throw failure;
    await wait(pause, undefined, sending);
    sending.signal?.throwIfAborted();
  }
}

/**
 * What `work` failed with, or null. A server that accepts a connection and says nothing must not hold us longer than
 * patience; a second it gets in any case.
 */
async function withDeadline(
  deadline: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<unknown>,
): Promise<unknown> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, Math.max(1_000, deadline - Date.now()));
  signal?.addEventListener('abort', abort);
  try {
    await work(controller.signal);
    return null;
  } catch (error) {
    return error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

function mayHeal(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Refused && error.status >= 500);
}

/** src/sources/customhttp/README.md says how a body is signed. */
function signature(instance: string, body: string): { 'x-vs-signature'?: string } {
  const suffix = instance === '' ? '' : `_${instance.toUpperCase().replaceAll('-', '_')}`;
  const secret = process.env[`VS_SECRET_CUSTOMHTTP${suffix}`]?.split(',')[0]?.trim();
  if (secret === undefined || secret === '') return {};
  return { 'x-vs-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` };
}
