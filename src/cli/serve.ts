import { Command } from 'commander';
import { environmentNames } from '../config/config.ts';
import { exportEnvironmentNames } from '../config/exports.ts';
import { measuresEnvironmentNames } from '../config/measures.ts';

/** The flags of `serve`, as given; what is absent comes from the environment, the file or the default. */
export interface ServeFlags {
  readonly config?: string;
  readonly host?: string;
  readonly port?: string;
  readonly data_dir?: string;
  readonly store?: string;
  readonly log_level?: string;
  readonly max_deliveries_in_flight?: string;
  readonly max_bytes_in_flight?: string;
  readonly access?: string;
  readonly public_url?: string;
  readonly insecure?: boolean;
  readonly otlp?: readonly string[];
  readonly otlp_mode?: string;
  readonly otlp_wait_ms?: string;
  readonly measures_memory_mb?: string;
  readonly measures_threads?: string;
}

/** `valuestream serve`: the server itself. Resolves when it has been stopped. */
export function serveCommand(serve: (flags: ServeFlags) => Promise<void>): Command {
  const env = { ...environmentNames, ...exportEnvironmentNames, ...measuresEnvironmentNames };
  return new Command('serve')
    .description('start the server')
    .option('--config <file>', 'the configuration file (VS_CONFIG; default: ./valuestream.yaml, where there is one)')
    .option('--host <address>', `the address to listen on (${env.host}; default: 127.0.0.1)`)
    .option('--port <number>', `the port to listen on, 0 for any free one (${env.port}; default: 4747)`)
    .option('--data-dir <folder>', `the folder of the embedded store (${env.data_dir}; default: ./data)`)
    .option('--store <kind>', `the kind of store (${env.store}; default: sqlite)`)
    .option('--log-level <level>', `how much to say (${env.log_level}; default: info)`)
    .option(
      '--max-deliveries-in-flight <number>',
      `how many deliveries at one time, the others are answered 503 (${env.max_deliveries_in_flight}; default: 2000)`,
    )
    .option(
      '--max-bytes-in-flight <number>',
      `how many bytes of bodies at one time (${env.max_bytes_in_flight}; default: 128 MiB)`,
    )
    .option(
      '--otlp <url>',
      `a tracing backend to export to, over OTLP; may be given several times (${env.otlp}: several, with commas; or ` +
        'OTEL_EXPORTER_OTLP_ENDPOINT)',
      (url: string, before: readonly string[] = []) => [...before, url],
    )
    .option(
      '--otlp-mode <mode>',
      `whole traces, or one for each piece of work: staged (${env.otlp_mode}; default: whole)`,
    )
    .option(
      '--otlp-wait-ms <number>',
      `how long a finished span waits for what caused it (${env.otlp_wait_ms}; default: 60000)`,
    )
    .option(
      '--measures-memory-mb <number>',
      `how many MiB of memory measures may take (${env.measures_memory_mb}; default: 256)`,
    )
    .option(
      '--measures-threads <number>',
      `how many threads work on one question for measures (${env.measures_threads}; default: 1)`,
    )
    .option(
      '--access <mode>',
      `who needs a token or a session: required, everybody; auto, everybody once it is reached from elsewhere (${env.access}; ` +
        'default: auto)',
    )
    .option(
      '--public-url <url>',
      `where people and senders reach it, where that is not where it listens: behind a proxy (${env.public_url})`,
    )
    .option('--insecure', `accept unsigned webhooks, and let everybody in without a token (${env.insecure})`)
    .addHelpText(
      'after',
      `
Secrets come from the environment only, or from the configuration file:
  VS_SECRET_GITHUB=one,two     two valid secrets for /webhooks/github, while one is being replaced
  VS_SECRET_GITHUB_GHE=three   the secret of a second GitHub, /webhooks/github/ghe

What OpenTelemetry's OTEL_EXPORTER_OTLP_… variables say (headers, certificates, compression, timeout) holds for --otlp too.

Examples:
  $ valuestream serve
  $ VS_SECRET_GITHUB=s3cret valuestream serve --port 8080 --data-dir /var/lib/valuestream
  $ valuestream serve --otlp http://localhost:4318
  $ valuestream token create admin --scope admin && valuestream serve --host 0.0.0.0`,
    )
    .action((flags) => serve(inSnakeCase(flags)));
}

/** Commander names a flag `dataDir`; settings are called `data_dir` everywhere else. */
function inSnakeCase(flags: Readonly<Record<string, unknown>>): ServeFlags {
  const entries = Object.entries(flags).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  return Object.fromEntries(entries);
}
