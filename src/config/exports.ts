import { readFileSync } from 'node:fs';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { parseKeyPairsIntoRecord } from '@opentelemetry/core';
import { z } from 'zod';
import { type TraceMode, traceModes } from '../domain/pin.ts';
import { ConfigError } from './error.ts';

/** A tracing backend, as it was set; files are read. */
interface OtlpTargetSettings {
  /** Names its durable position. */
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  readonly timeoutMs: number;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly mode: TraceMode;
  readonly pendingSpans: boolean;
  readonly history: boolean;
}

export interface ExportSettings {
  readonly otlp: readonly OtlpTargetSettings[];
  /** How long a finished span waits for what caused it, in milliseconds. */
  readonly waitMs: number;
  readonly serviceName: string;
}

const DEFAULT_WAIT_MS = 60_000;
const DEFAULT_TIMEOUT_MS = 10_000;
const LONGEST_WAIT_MS = 24 * 3_600_000;

const url = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'must be a URL with http or https');
const waitMs = z.coerce.number().int().min(0).max(LONGEST_WAIT_MS);
const timeoutMs = z.coerce.number().int().min(1).max(600_000);
const compression = z.enum(['gzip', 'none']);
const mode = z.enum(traceModes);

const targetSchema = z.strictObject({
  endpoint: url.describe('the base URL of the receiver; `/v1/traces` is added where it does not end so'),
  name: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('names its position; the URL where none is given. Another name begins anew'),
  headers: z.record(z.string(), z.string()).default({}).describe('sent with each request: an API key'),
  compression: compression.default('gzip').describe('how requests are compressed'),
  timeout_ms: timeoutMs.default(DEFAULT_TIMEOUT_MS).describe('how long one request may take'),
  certificate: z.string().optional().describe('a PEM file with the certificate authorities to trust'),
  client_certificate: z.string().optional().describe('a PEM file with our certificate, where the receiver wants one'),
  client_key: z.string().optional().describe('the PEM file of its key'),
  mode: mode.default('whole').describe('one trace from the ticket to production, or one for each piece of work'),
  pending_spans: z
    .boolean()
    .default(false)
    .describe('whether to tell of spans that are open, as children of no length'),
  history: z.boolean().default(true).describe('whether a new target gets what is stored already'),
});

/** `exports` of the configuration file. */
export const exportsSchema = z.strictObject({
  otlp: z.array(targetSchema).default([]).describe('tracing backends that take OTLP over http/protobuf'),
  wait_ms: waitMs
    .default(DEFAULT_WAIT_MS)
    .describe('how long a finished span waits for what caused it to become known, in milliseconds'),
  service_name: z.string().min(1).default('valuestream').describe('the `service.name` of exported spans'),
});

/** The environment's names of ours; those of OpenTelemetry are `OTEL_EXPORTER_OTLP_…`. */
export const exportEnvironmentNames = {
  otlp: 'VS_OTLP',
  otlp_mode: 'VS_OTLP_MODE',
  otlp_wait_ms: 'VS_OTLP_WAIT_MS',
} as const;

export interface ExportFlags {
  readonly otlp?: readonly string[] | undefined;
  readonly otlp_mode?: string | undefined;
  readonly otlp_wait_ms?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The targets: those that flags name, else the environment, else the file. What OpenTelemetry's variables say (headers,
 * certificates) is for the first two: a key must not go to a backend for which it was not meant.
 * Throws a ConfigError that names what is wrong.
 */
export function exportSettings(
  file: z.infer<typeof exportsSchema>,
  environment: Environment,
  flags: ExportFlags,
): ExportSettings {
  const text = (flag: 'otlp_mode' | 'otlp_wait_ms') =>
    flags[flag] ?? nonEmpty(environment[exportEnvironmentNames[flag]]);
  const [wantedMode, wantedWait] = [text('otlp_mode'), text('otlp_wait_ms')];
  const asked = wantedMode === undefined ? undefined : parsed(mode, wantedMode, nameOf('otlp_mode', flags));
  const named = endpoints(environment, flags);
  const targets =
    named.length > 0
      ? named.map((one) => fromEnvironment(one, environment, asked ?? 'whole'))
      : file.otlp.map((one, index) => fromFile(one, `exports.otlp.${index}`, asked));
  const twice = targets.find(({ name }, index) => targets.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined)
    throw new ConfigError(`exports: two targets are called ${twice.name}; give each a name of its own`);
  return {
    otlp: targets,
    waitMs: wantedWait === undefined ? file.wait_ms : parsed(waitMs, wantedWait, nameOf('otlp_wait_ms', flags)),
    serviceName: nonEmpty(environment.OTEL_SERVICE_NAME) ?? file.service_name,
  };
}

function nameOf(flag: keyof ExportFlags, flags: ExportFlags): string {
  return flags[flag] === undefined ? exportEnvironmentNames[flag] : `--${flag.replaceAll('_', '-')}`;
}

interface Endpoint {
  readonly url: string;
  /** The flag or variable that has it. */
  readonly from: string;
}

function endpoints(environment: Environment, flags: ExportFlags): Endpoint[] {
  const bases = (texts: readonly string[], from: string) =>
    texts.map((text) => ({ url: tracesUrl(parsed(url, text, from)), from }));
  if (flags.otlp !== undefined && flags.otlp.length > 0) return bases(flags.otlp, '--otlp');
  const ours = nonEmpty(environment[exportEnvironmentNames.otlp]);
  if (ours !== undefined)
    return bases(
      ours.split(',').map((one) => one.trim()),
      exportEnvironmentNames.otlp,
    );
  // One endpoint of all signals gets the path of traces; the one of traces is taken as it is.
  const traces = nonEmpty(environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT);
  if (traces !== undefined) {
    const from = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
    return [{ url: new URL(parsed(url, traces, from)).href, from }];
  }
  const all = nonEmpty(environment.OTEL_EXPORTER_OTLP_ENDPOINT);
  return all === undefined ? [] : bases([all], 'OTEL_EXPORTER_OTLP_ENDPOINT');
}

function tracesUrl(base: string): string {
  const full = new URL(base);
  if (!full.pathname.endsWith('/v1/traces')) full.pathname = `${full.pathname.replace(/\/$/, '')}/v1/traces`;
  return full.href;
}

/** Shown and written down, so without what may be secret. */
function shownUrl(full: string): string {
  const { origin, pathname } = new URL(full);
  return origin + pathname;
}

/** https://opentelemetry.io/docs/specs/otel/protocol/exporter/#configuration-options : that of traces wins over that of all. */
function fromEnvironment({ url: full }: Endpoint, environment: Environment, wanted: TraceMode): OtlpTargetSettings {
  const setting = (name: string) => {
    const [specific, general] = [`OTEL_EXPORTER_OTLP_TRACES_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
    const from = nonEmpty(environment[specific]) === undefined ? general : specific;
    return { from, text: nonEmpty(environment[from]) };
  };
  const protocol = setting('PROTOCOL');
  if (protocol.text !== undefined && protocol.text !== 'http/protobuf')
    throw new ConfigError(`${protocol.from}: ${protocol.text} is not spoken here; only http/protobuf is`);
  const headers = (name: string) => sendable(parseKeyPairsIntoRecord(environment[name]), name);
  const compressed = setting('COMPRESSION');
  const timeout = setting('TIMEOUT');
  const file = (name: string) => {
    const { from, text } = setting(name);
    return text === undefined ? undefined : contentOf(text, from);
  };
  return {
    name: shownUrl(full),
    url: full,
    headers: { ...headers('OTEL_EXPORTER_OTLP_HEADERS'), ...headers('OTEL_EXPORTER_OTLP_TRACES_HEADERS') },
    compression: compressed.text === undefined ? 'none' : parsed(compression, compressed.text, compressed.from),
    timeoutMs: timeout.text === undefined ? DEFAULT_TIMEOUT_MS : parsed(timeoutMs, timeout.text, timeout.from),
    tls: tlsOf(file('CERTIFICATE'), file('CLIENT_CERTIFICATE'), file('CLIENT_KEY')),
    mode: wanted,
    pendingSpans: false,
    history: true,
  };
}

function fromFile(
  target: z.infer<typeof targetSchema>,
  path: string,
  wanted: TraceMode | undefined,
): OtlpTargetSettings {
  const { endpoint, name, headers, certificate, client_certificate, client_key } = target;
  const full = tracesUrl(endpoint);
  const file = (key: string, text: string | undefined) =>
    text === undefined ? undefined : contentOf(text, `${path}.${key}`);
  return {
    name: name ?? shownUrl(full),
    url: full,
    headers: sendable(headers, `${path}.headers`),
    compression: target.compression,
    timeoutMs: target.timeout_ms,
    tls: tlsOf(
      file('certificate', certificate),
      file('client_certificate', client_certificate),
      file('client_key', client_key),
    ),
    mode: wanted ?? target.mode,
    pendingSpans: target.pending_spans,
    history: target.history,
  };
}

/** Found only while sending, a wrong one would be tried for ever. What is wrong with a value is not shown: it may be a key. */
function sendable(headers: Readonly<Record<string, string>>, from: string): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    if (!isAccepted(() => validateHeaderName(name)))
      throw new ConfigError(`${from}: ${JSON.stringify(name)} cannot be the name of a header`);
    if (!isAccepted(() => validateHeaderValue(name, value)))
      throw new ConfigError(`${from}: the value of ${name} has characters that no header may have`);
  }
  return headers;
}

function isAccepted(validate: () => void): boolean {
  try {
    validate();
    return true;
  } catch {
    return false;
  }
}

function tlsOf(ca: string | undefined, cert: string | undefined, key: string | undefined): OtlpTargetSettings['tls'] {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function contentOf(path: string, from: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`${from}: ${error instanceof Error ? error.message : path}`);
  }
}

function parsed<T>(schema: z.ZodType<T>, text: string, from: string): T {
  const result = schema.safeParse(text);
  if (result.success) return result.data;
  throw new ConfigError(`${from}: ${result.error.issues[0]?.message ?? 'is wrong'}`);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
