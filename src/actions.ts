import { type App, startApp } from './app.ts';
import type { Actions } from './cli/program.ts';
import type { ServeFlags } from './cli/serve.ts';
import { welcome } from './cli/welcome.ts';
import { type Config, loadConfig, loadRules } from './config/config.ts';
import { INSTANCE } from './demo/delivery.ts';
import { demoConfig, fillHere } from './demo-here.ts';
import { diagnose } from './doctor.ts';
import { importHere } from './imports-here.ts';
import { replayHere } from './replay-here.ts';
import { checkRulesHere } from './rules-here.ts';
import { sources } from './sources/registry.ts';
import { createLog } from './telemetry/log.ts';
import { tokensHere } from './tokens-here.ts';

const sourceIds = sources.map(({ id }) => id);

/** Environment variables by their names. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What commands do in this process. It stands on all of the server, so it is loaded by those commands alone that do it. */
export function actionsIn(environment: Environment): Actions {
  return {
    serve: (flags) => serve(flags, environment),
    replayHere: (body, where, progress, signal) => replayHere(configFrom(where, environment), body, progress, signal),
    importHere: async (origin, where) => importHere(configFrom(where, environment), origin),
    rulesHere: {
      read: async (config) => loadRules(config ?? environment.VS_CONFIG, sourceIds),
      check: (where, tell, signal) => checkRulesHere(configFrom(where, environment), tell, signal),
    },
    tokensHere: async (where) => tokensHere(configFrom(where, environment)),
    demo: {
      fill: (...given) => fillHere(given, environment),
      serve: (where, ready) => serveUntilSignal(demoConfig(where, environment), ({ url }, stop) => ready(url, stop)),
      secrets: async () => {
        const { secrets } = configFrom({}, environment);
        return (source) => secrets.get(source)?.get(INSTANCE)?.[0];
      },
    },
    diagnose: (flags) => diagnose(flags, environment),
  };
}

function configFrom(flags: ServeFlags, environment: Environment): Config {
  return loadConfig(environment, { ...flags }, sourceIds);
}

async function serve(flags: ServeFlags, environment: Environment): Promise<void> {
  const config = configFrom(flags, environment);
  const senders = sources.map(({ id, title }) => ({ id, title, hasSecret: config.secrets.get(id)?.has('') === true }));
  await serveUntilSignal(config, async (app) => console.log(welcome(app.url, senders, app)));
}

/** Until a signal stops it, or `ready` fails; what `ready` goes on with is waited for. */
async function serveUntilSignal(config: Config, ready: (app: App, stop: AbortSignal) => Promise<void>): Promise<void> {
  const log = createLog(config.server.log_level);
  const stopped = stopSignal();
  const stop = new AbortController();
  const app = await startApp(config, log);
  try {
    const going = ready(app, stop.signal);
    log.info({ url: app.url, data_dir: config.server.data_dir }, 'ready');
    const signal = await Promise.race([stopped, going.then(() => stopped)]);
    log.info({ signal }, 'stopping: no new deliveries, those in flight are answered');
    stop.abort();
    await going;
  } finally {
    await app.close();
    log.info('stopped');
  }
}

/**
 * The first SIGINT or SIGTERM. A supervisor may signal every process of a group, and npm hands on what it gets, so a
 * second SIGTERM says nothing new; a second SIGINT is a person who does not want to wait, and ends the process at once.
 */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.on('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}
