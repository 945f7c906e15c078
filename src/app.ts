import type { Logger } from 'pino';
import { Access } from './access/access.ts';
import { Attempts } from './access/attempts.ts';
import { isAccessRequired, isReachedFromElsewhere } from './access/door.ts';
import { createSenders } from './access/senders.ts';
import { compressAnswers } from './api/compression.ts';
import { dashboardRoutes } from './api/dashboard.ts';
import { deliveryRoutes } from './api/deliveries.ts';
import { describeApi } from './api/description.ts';
import { exportRoutes } from './api/exports.ts';
import { guard } from './api/guard.ts';
import { healthRoutes } from './api/health.ts';
import { importRoutes } from './api/imports.ts';
import { measureRoutes } from './api/measures/routes.ts';
import { metricsRoutes } from './api/metrics.ts';
import { replayRoutes } from './api/replays.ts';
import { ruleRoutes } from './api/rules.ts';
import { createServer } from './api/server.ts';
import { sessionRoutes, signInUrl } from './api/session.ts';
import { sourceRoutes } from './api/sources.ts';
import { spanRoutes } from './api/spans.ts';
import { streamRoutes } from './api/stream.ts';
import { tokenRoutes } from './api/tokens.ts';
import { traceparentRoutes } from './api/traceparent.ts';
import { traceRoutes } from './api/traces.ts';
import { verdictRoutes } from './api/verdicts.ts';
import { type Config, ConfigError } from './config/config.ts';
import { Exports } from './exporters/exports.ts';
import { type ExportFacts, Follow } from './exporters/follow.ts';
import { handOut } from './exporters/otlp/hand-out.ts';
import { otlpExporter } from './exporters/otlp/index.ts';
import { follow } from './exporters/prometheus/follow.ts';
import { Metrics } from './exporters/prometheus/metrics.ts';
import { Gate } from './ingest/admission.ts';
import { admitBodies } from './ingest/admit.ts';
import { Commits } from './ingest/commits.ts';
import { entryOf } from './ingest/corrections.ts';
import { GroupCommit } from './ingest/group-commit.ts';
import { importedBy, readBatch } from './ingest/imports.ts';
import { Replays } from './ingest/replay.ts';
import { RuleChecks } from './ingest/rule-checks.ts';
import { webhookRoutes } from './ingest/webhooks.ts';
import { startWriter, type Writer } from './ingest/writer.ts';
import { startColumns } from './measures/columns/follow.ts';
import { findSource, sources } from './sources/registry.ts';
import type { StoredAccess } from './store/access.ts';
import type { StoreReader } from './store/contract.ts';
import { storeBytes } from './store/sqlite/files.ts';
import { lockDataDir } from './store/sqlite/lock.ts';
import { openSqliteReader } from './store/sqlite/reader.ts';
import { openSqliteStore } from './store/sqlite/store.ts';
import { startSqliteReader } from './store/sqlite/threaded-reader.ts';
import { createAccessFacts } from './telemetry/access.ts';
import { createColumnsFacts } from './telemetry/columns.ts';
import { createExportFacts } from './telemetry/exports.ts';
import { createTelemetry } from './telemetry/telemetry.ts';
import { revision, version } from './version.ts';

export interface App {
  readonly url: string;
  readonly isAccessRequired: boolean;
  /** By which somebody may sign in, once; null where nobody has to, or somebody has. */
  readonly signInUrl: string | null;
  /** Stops accepting, answers what is in flight, closes the store. Safe to call once. */
  close(): Promise<void>;
}

/** What is in flight gets this long to be answered; then its connections are cut, unanswered. */
const DRAIN_MS = 8_000;
const TIDY_MS = 50;
/** What is being exported gets this long to be answered, at the same time; then it is sent again after the next start. */
const EXPORT_DRAIN_MS = 5_000;

/** Puts the parts together: the only place that knows them all. Throws a ConfigError or a StoreError. */
export async function startApp(
  { server, secrets, rules, exports: targets, measures }: Config,
  log: Logger,
): Promise<App> {
  const secretsOf = (source: string, instance: string) => secrets.get(source)?.get(instance) ?? [];
  const lock = lockDataDir(server.data_dir);
  // Opened here once, so that a wrong or newer file is told before a thread starts.
  await openSqliteStore(server.data_dir).close();
  const admitted = await readAccess(server.data_dir);
  try {
    refuseWithoutToken(server, admitted);
  } catch (error) {
    lock.release();
    throw error;
  }
  const writer = startWriter(server.data_dir, rules);
  const reader = startSqliteReader(server.data_dir);
  const accessFacts = createAccessFacts(log);
  const access = new Access(admitted, { store: writer.access, now: Date.now, failed: accessFacts.failed });
  const proving = {
    tokens: access.tokens,
    attempts: new Attempts(Date.now),
    triedTooOften: (ip: string) => accessFacts.triedTooOften(ip),
  };
  const commits = new Commits();
  const gate = new Gate({ deliveries: server.max_deliveries_in_flight, bytes: server.max_bytes_in_flight });
  const metrics = new Metrics({
    version,
    revision: revision(),
    sources: sources.map(({ id }) => id),
    instances: [...secrets].flatMap(([source, own]) => [...own.keys()].map((instance) => ({ source, instance }))),
    reader,
    inFlight: () => gate.inFlight,
    exports: () => exports.states,
    storeBytes: () => storeBytes(server.data_dir),
    findPins: targets.otlp.length === 0 ? null : (spans) => reader.readPins(spans, exports.mode),
    now: Date.now,
  });
  const telemetry = createTelemetry(
    log,
    Date.now,
    {
      delivered: (source, instance, outcome) => metrics.delivered(source, instance, outcome),
      refused: (source, instance, code) => metrics.refused(source, instance, code),
    },
    (source, instance) => instance === '' || secretsOf(source, instance).length > 0,
  );
  const groups = new GroupCommit(async (entries) => {
    const began = performance.now();
    const receipts = await writer.append(entries);
    metrics.written(performance.now() - began);
    commits.happened();
    return receipts;
  });
  const replays = new Replays({
    dataDir: server.data_dir,
    rules,
    reader,
    swap: async (retellings) => {
      const changes = await writer.swap(retellings);
      commits.happened();
      return changes;
    },
    now: Date.now,
    failed: (error) => telemetry.failed(error),
  });

  const ruleChecks = new RuleChecks({
    dataDir: server.data_dir,
    reader,
    rules,
    refold: async (identityIds) => {
      const changes = await writer.refold(identityIds);
      commits.happened();
      return changes;
    },
    applied: () => writer.rulesApplied(),
    now: Date.now,
    failed: (error) => telemetry.failed(error),
  });

  const exports = exportsTo(targets, {
    ...{ reader, writer, commits },
    facts: { ...createExportFacts(log), reached: (target, revision) => metrics.reached(target, revision) },
  });

  const columns = startColumns({
    ...{ dataDir: server.data_dir, settings: measures, commits, now: Date.now },
    facts: { ...createColumnsFacts(log), reached: (revision, latest) => metrics.copied(revision, latest) },
  });

  const http = createServer(telemetry);
  await describeApi(http);
  const guarding = { ...proving, access, settings: server };
  guard(http, guarding);
  let url = '';
  const baseUrl = () => server.public_url ?? url;
  await http.register(webhookRoutes, {
    findSource,
    receiver: { submit: (entry) => groups.submit(entry), secretsOf, now: Date.now },
    gate,
    senders: createSenders(server, proving),
    telemetry,
    answered: (durationMs) => metrics.answered(durationMs),
  });
  await http.register(
    healthRoutes(async () => {
      await Promise.all([writer.append([]), reader.countDeliveries()]);
    }),
  );
  await http.register(metricsRoutes((accept) => metrics.expose(accept)));
  await http.register(
    async (api) => {
      await compressAnswers(api);
      await api.register(sessionRoutes({ ...guarding, facts: accessFacts, baseUrl }));
      await api.register(tokenRoutes({ access, facts: accessFacts, now: Date.now }));
      await api.register(spanRoutes(reader));
      await api.register(traceRoutes(reader));
      await api.register(measureRoutes(columns, Date.now, measures));
      const { mode } = exports;
      const store = writer.exports;
      await api.register(
        traceparentRoutes({ reader, commits, handOut: (place) => handOut(place, mode, { reader, store }) }),
      );
      await api.register(streamRoutes(reader, commits));
      await api.register(
        verdictRoutes({ reader, correct: (correction) => groups.submit(entryOf(correction)), now: Date.now }),
      );
      await api.register(deliveryRoutes(reader));
      await api.register(
        importRoutes({
          reader,
          admit: (app) => admitBodies(app, gate),
          store: async (body) => {
            const receipts = await writer.import(readBatch(body, findSource, Date.now()));
            commits.happened();
            return importedBy(receipts);
          },
        }),
      );
      await api.register(replayRoutes(replays, reader));
      await api.register(ruleRoutes(ruleChecks));
      await api.register(exportRoutes(reader, exports));
      await api.register(
        sourceRoutes({
          reader,
          sources,
          telemetry,
          now: Date.now,
          instancesOf: (source) => [...(secrets.get(source)?.keys() ?? [])],
          hasSecret: (source, instance) => secretsOf(source, instance).length > 0,
          webhookUrl: (source, instance) =>
            [baseUrl(), 'webhooks', source, ...(instance === '' ? [] : [instance])].join('/'),
        }),
      );
    },
    { prefix: '/api/v1' },
  );
  await http.register((own) => dashboardRoutes(own));
  // Before the first delivery, so that it is counted.
  await metrics.begin();
  const counting = await follow({
    reader,
    commits,
    counted: (transition) => metrics.counted(transition),
    reached: (revision) => metrics.reached('prometheus', revision),
    failed: (error) => telemetry.failed(error),
  });
  try {
    url = await http.listen({ host: server.host, port: server.port });
  } catch (error) {
    access.close();
    await Promise.all([replays.close(), ruleChecks.close(), counting.close(), columns.close()]);
    await Promise.all([writer.close(), reader.close()]);
    lock.release();
    throw error;
  }
  await applyRules(ruleChecks, log);
  exports.start();
  return {
    url,
    isAccessRequired: isAccessRequired(server),
    signInUrl: await firstSignIn(access, server, baseUrl()),
    close: async () => {
      const cut = setTimeout(() => {
        log.warn('connections that did not end in time are cut');
        http.server.closeAllConnections();
      }, DRAIN_MS);
      // A connection whose answer comes after the signal is idle only then, and nobody else would close it.
      const tidy = setInterval(() => http.server.closeIdleConnections(), TIDY_MS);
      await Promise.all([http.close(), exports.close()]);
      clearTimeout(cut);
      clearInterval(tidy);
      await groups.drain();
      access.close();
      await Promise.all([replays.close(), ruleChecks.close(), counting.close(), columns.close()]);
      await Promise.all([writer.close(), reader.close()]);
      lock.release();
    },
  };
}

async function readAccess(dataDir: string): Promise<StoredAccess> {
  const reader = openSqliteReader(dataDir);
  try {
    return await reader.readAccess();
  } finally {
    await reader.close();
  }
}

/** Throws a ConfigError where others could reach the server and nobody could be told from anybody. */
function refuseWithoutToken(server: Config['server'], { tokens }: StoredAccess): void {
  const now = Date.now();
  const hasToken = tokens.some(({ expiresAt }) => expiresAt === null || expiresAt > now);
  if (server.insecure || hasToken || !isReachedFromElsewhere(server)) return;
  throw new ConfigError(
    `refusing to listen on ${server.host}${server.public_url === undefined ? '' : ` for ${server.public_url}`}: ` +
      'there is no access token, so nobody could come in who should. Make one with ' +
      '"valuestream token create admin --scope admin", or pass --insecure to let everybody in.',
  );
}

/** A link to sign in with, for who starts a server that wants a sign-in and has nobody signed in. */
async function firstSignIn(access: Access, server: Config['server'], baseUrl: string): Promise<string | null> {
  if (!isAccessRequired(server) || access.sessions.count > 0) return null;
  const { secret } = await access.links.create('admin', 'the terminal');
  return signInUrl(baseUrl, secret);
}

interface ExportParts {
  readonly reader: StoreReader;
  readonly writer: Writer;
  readonly commits: Commits;
  readonly facts: ExportFacts;
}

/** One follower of the feed for each target of the configuration. */
function exportsTo(
  { otlp, waitMs, serviceName }: Config['exports'],
  { reader, writer, commits, facts }: ExportParts,
): Exports {
  return new Exports(
    otlp.map(({ name, history, ...target }) => {
      const exporter = otlpExporter({ ...target, serviceName });
      const common = { reader, store: writer.exports, commits, waitMs, now: Date.now, random: Math.random, facts };
      const follow = new Follow({ name, history, exporter, drainMs: EXPORT_DRAIN_MS, ...common });
      const { origin, pathname } = new URL(target.url);
      return { name, url: origin + pathname, mode: target.mode, follow };
    }),
  );
}

/** In the background: deliveries are folded by the rules in force from the first one on, what is stored follows. */
async function applyRules(checks: RuleChecks, log: Logger): Promise<void> {
  const applying = await checks.apply();
  if (applying === null) return;
  void checks.settled().then(() => {
    const { state, operations, spans } = checks.get(applying.id);
    if (operations.total > 0) log.info({ state, operations, spans }, 'the rules have changed: spans are folded again');
  });
}
