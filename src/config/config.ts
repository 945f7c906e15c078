import { existsSync, readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type RuleSettings, rulesSchema, teamsSchema } from '../rules/schema.ts';
import { logLevels } from '../telemetry/log.ts';
import { ConfigError } from './error.ts';
import { type ExportFlags, type ExportSettings, exportSettings, exportsSchema } from './exports.ts';
import { type MeasuresFlags, type MeasuresSettings, measuresSchema, measuresSettings } from './measures.ts';

export { ConfigError };

/** See docs/access.md. */
const accessModes = ['auto', 'required'] as const;

const secrets = z.array(z.string().min(1)).min(1);

const serverSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('the address to listen on'),
  port: z.coerce.number().int().min(0).max(65_535).default(4747).describe('the port to listen on; 0 takes a free one'),
  data_dir: z.string().min(1).default('./data').describe('the folder of the embedded store'),
  store: z
    .enum(['sqlite'])
    .default('sqlite')
    .describe('the kind of store; sqlite is the embedded one, in the data folder'),
  log_level: z.enum(logLevels).default('info').describe('how much to say'),
  // What a 2-core machine clears in about a second; more than this waiting only makes senders time out.
  max_deliveries_in_flight: z.coerce
    .number()
    .int()
    .min(1)
    .default(2_000)
    .describe('deliveries that may be read, written or answered at one time'),
  max_bytes_in_flight: z.coerce
    .number()
    .int()
    .min(1)
    .default(128 * 1024 * 1024)
    .describe('bytes of bodies that may be held at one time'),
  access: z
    .enum(accessModes)
    .default('auto')
    .describe(
      'who needs a token or a session: `required`, everybody; `auto`, everybody once it is reached from elsewhere',
    ),
  public_url: z
    .url({ protocol: /^https?$/, abort: true, error: 'must be a URL such as https://valuestream.example.org' })
    .refine((url) => new URL(url).pathname === '/', 'must have no path: the server is at the top of its host')
    .transform((url) => new URL(url).origin)
    .optional()
    .describe('where people and senders reach it, where that is not where it listens: behind a proxy'),
  insecure: z
    .stringbool()
    .or(z.boolean())
    .default(false)
    .describe('accept unsigned webhooks from anywhere, and let everybody in without a token'),
});

/** The configuration file, as docs/configuration.md describes it. */
export const fileSchema = z.strictObject({
  server: serverSchema.partial().default({}).describe('the server itself; a flag or the environment wins over it'),
  rules: rulesSchema
    .default(rulesSchema.parse({}))
    .describe('what the facts of the senders mean; the first rule that holds decides'),
  teams: teamsSchema
    .default([])
    .describe('who works on what; projects decide before people, and the first team that holds'),
  sources: z
    .record(
      z.string(),
      z.strictObject({
        secrets: secrets.optional().describe('one, or several while it is being replaced'),
        instances: z
          .record(z.string().regex(/^[a-z0-9][a-z0-9-]*$/), z.strictObject({ secrets }))
          .optional()
          .describe('several senders of a kind, each with its name in the URL'),
      }),
    )
    .default({})
    .describe('the secrets of the webhooks, by the name of the source'),
  exports: exportsSchema
    .default(exportsSchema.parse({}))
    .describe('where finished spans are sent; `--otlp` or the environment wins over it'),
  measures: measuresSchema
    .default(measuresSchema.parse({}))
    .describe('what measures may take; a flag or the environment wins over it'),
});

export type ServerSettings = z.infer<typeof serverSchema>;

export interface Config {
  readonly server: ServerSettings;
  readonly rules: RuleSettings;
  /** By source, then by instance; the default instance is `''`. */
  readonly secrets: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  readonly exports: ExportSettings;
  readonly measures: MeasuresSettings;
}

type Settings = Readonly<Record<string, unknown>>;

/** The environment's name of each server setting. */
export const environmentNames = {
  host: 'VS_HOST',
  port: 'VS_PORT',
  data_dir: 'VS_DATA_DIR',
  store: 'VS_STORE',
  log_level: 'VS_LOG_LEVEL',
  max_deliveries_in_flight: 'VS_MAX_DELIVERIES_IN_FLIGHT',
  max_bytes_in_flight: 'VS_MAX_BYTES_IN_FLIGHT',
  access: 'VS_ACCESS',
  public_url: 'VS_PUBLIC_URL',
  insecure: 'VS_INSECURE',
} as const satisfies Record<keyof ServerSettings, string>;

const DEFAULT_FILE = 'valuestream.yaml';
const SECRET = /^VS_SECRET_([A-Z0-9]+)(?:_([A-Z0-9_]+))?$/;

/**
 * Reads the configuration: a flag wins over the environment, the environment over the file.
 * Throws a ConfigError that names what is wrong, and for the file in which line.
 */
export function loadConfig(
  environment: Readonly<Record<string, string | undefined>>,
  flags: Settings & ExportFlags & MeasuresFlags & { readonly config?: string | undefined },
  sourceIds: readonly string[],
): Config {
  const {
    config: flaggedFile,
    otlp,
    otlp_mode,
    otlp_wait_ms,
    measures_memory_mb,
    measures_threads,
    ...flagged
  } = flags;
  const file = readFile(flaggedFile ?? environment.VS_CONFIG, sourceIds);
  const merged = { ...file.server, ...fromEnvironment(environment), ...defined(flagged) };
  const server = serverSchema.safeParse(merged);
  if (!server.success) throw new ConfigError(serverProblem(server.error, environment, flagged));
  const secretsBySource = secretsOf(file, environment);
  for (const source of secretsBySource.keys()) {
    if (!sourceIds.includes(source))
      throw new ConfigError(
        `a secret is set for "${source}", which is no event source; there are ${sourceIds.join(', ')}`,
      );
  }
  return {
    server: server.data,
    rules: { rules: file.rules, teams: file.teams },
    secrets: secretsBySource,
    exports: exportSettings(file.exports, environment, { otlp, otlp_mode, otlp_wait_ms }),
    measures: measuresSettings(file.measures, environment, { measures_memory_mb, measures_threads }),
  };
}

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): Settings {
  const settings = Object.entries(environmentNames).map(([setting, name]) => [setting, environment[name]] as const);
  return Object.fromEntries(settings.filter(([, value]) => value !== undefined && value !== ''));
}

function defined(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function serverProblem(error: z.ZodError, environment: Settings, flags: Settings): string {
  return error.issues
    .map(({ path: [setting], message }) => {
      const name = environmentNames[setting as keyof ServerSettings];
      if (flags[String(setting)] !== undefined) return `--${String(setting).replaceAll('_', '-')}: ${message}`;
      return `${environment[name] === undefined ? `server.${String(setting)}` : name}: ${message}`;
    })
    .join('; ');
}

/** The rules of a file; null where none is named and there is none. Throws a ConfigError that names the line. */
export function loadRules(path: string | undefined, sourceIds: readonly string[]): RuleSettings | null {
  if (path === undefined && !existsSync(DEFAULT_FILE)) return null;
  const { rules, teams } = readFile(path, sourceIds);
  return { rules, teams };
}

function readFile(path: string | undefined, sourceIds: readonly string[]): z.infer<typeof fileSchema> {
  if (path === undefined && !existsSync(DEFAULT_FILE)) return fileSchema.parse({});
  const name = path ?? DEFAULT_FILE;
  const lines = new LineCounter();
  const document = parseDocument(contentOf(name), { lineCounter: lines });
  const [problem] = document.errors;
  if (problem !== undefined) throw new ConfigError(`${name}: ${problem.message}`);
  const parsed = fileSchema.superRefine(knowsSources(sourceIds)).safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = positionIn(document, issue?.path ?? []);
  const where = at === undefined ? '' : ` line ${lines.linePos(at).line}:`;
  throw new ConfigError(`${name}:${where} ${[...(issue?.path ?? [])].join('.')}: ${issue?.message ?? 'is wrong'}`);
}

/** A misspelt source in a rule would silently never hold. */
function knowsSources(sourceIds: readonly string[]) {
  return (
    { rules: { defaults: _none, bots: _neither, ...lists } }: z.infer<typeof fileSchema>,
    context: z.RefinementCtx,
  ) => {
    for (const [list, rules] of Object.entries(lists)) {
      rules.forEach(({ when }, index) => {
        const unknown = [when.source ?? []].flat().find((id) => !id.includes('*') && !sourceIds.includes(id));
        if (unknown === undefined) return;
        const message = `"${unknown}" is no event source; there are ${sourceIds.join(', ')}`;
        context.addIssue({ code: 'custom', path: ['rules', list, index, 'when', 'source'], message });
      });
    }
  };
}

function contentOf(name: string): string {
  try {
    return readFileSync(name, 'utf8');
  } catch (error) {
    throw new ConfigError(`the configuration file cannot be read: ${error instanceof Error ? error.message : name}`);
  }
}

// The deepest node on the path that stands in the file: an unknown key itself has no value of its own.
function positionIn(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) return node.range[0];
  }
  return undefined;
}

function secretsOf(
  file: z.infer<typeof fileSchema>,
  environment: Readonly<Record<string, string | undefined>>,
): Map<string, Map<string, readonly string[]>> {
  const bySource = new Map<string, Map<string, readonly string[]>>();
  const set = (source: string, instance: string, values: readonly string[]) => {
    const instances = bySource.get(source) ?? new Map<string, readonly string[]>();
    bySource.set(source, instances.set(instance, values));
  };
  for (const [source, { secrets: own, instances = {} }] of Object.entries(file.sources)) {
    if (own !== undefined) set(source, '', own);
    for (const [instance, { secrets: its }] of Object.entries(instances)) set(source, instance, its);
  }
  for (const [name, value] of Object.entries(environment)) {
    const [, source, instance = ''] = SECRET.exec(name) ?? [];
    if (source === undefined || value === undefined || value === '') continue;
    const values = value.split(',').map((secret) => secret.trim());
    if (values.includes('')) throw new ConfigError(`${name}: one of the secrets between the commas is empty`);
    set(source.toLowerCase(), instance.toLowerCase().replaceAll('_', '-'), values);
  }
  return bySource;
}
