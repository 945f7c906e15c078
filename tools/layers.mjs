// Which part may import which, and why. Run by `npm run check`; prints each import that goes the wrong way.
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, posix, relative, sep } from 'node:path';
import { isProgram } from './_setup.mjs';

const PURE = 'is pure, so that the same input gives the same output in a test, in a replay and on another machine';
const IO =
  /^(node:(fs|http|https|net|dns|tls|timers|child_process|worker_threads|cluster)\b|fastify|better-sqlite3|pino|piscina)/;

/**
 * Each rule: files under `from` must not import what `to` matches (a path under src/, or a package), unless `except`
 * matches it; and why.
 */
const rules = [
  {
    from: /^src\/domain\//,
    to: /^src\//,
    except: /^src\/domain\//,
    why: 'domain is what everything stands on: it knows nothing above it',
  },
  { from: /^src\/domain\//, to: IO, why: `domain ${PURE}` },
  { from: /^src\/sources\//, to: IO, why: `interpretation ${PURE}` },
  { from: /^src\/rules\//, to: IO, why: `a rule ${PURE}` },
  {
    from: /^src\/rules\//,
    to: /^src\//,
    except: /^src\/(rules|domain)\//,
    why: 'a rule decides from what it is given; it knows only the domain',
  },
  {
    from: /^src\/sources\/[^/]+\//,
    to: /^src\/sources\/(registry|list)\.ts$/,
    why: 'the registry knows the sources, and no source the registry',
  },
  {
    from: /^src\/(correlate|measures)\//,
    to: /^src\/(api|exporters|imports|ingest)\//,
    why: 'what is computed knows nothing of how it is asked for or sent',
  },
  {
    from: /^src\/correlate\//,
    to: /^src\/(store\/sqlite|sources)\//,
    why: 'links follow from references, whichever source told them and whichever store keeps them',
  },
  {
    from: /^src\/sources\//,
    to: /^src\//,
    except: /^src\/(domain|sources)\//,
    why: 'a source turns bytes into events; it knows neither store nor server',
  },
  {
    from: /^src\/sources\/(?<own>[a-z]+)\//,
    to: /^src\/sources\/(?!_kit\/)(?<other>[a-z]+)\//,
    sameAllowed: true,
    why: 'a source imports no other source: what two of them need goes to sources/_kit',
  },
  {
    from: /^src\/(?!sources\/list\.ts)/,
    to: /^src\/sources\/(?!_kit\/)(?<other>[a-z]+)\//,
    except: /^$/,
    sameAllowed: true,
    why: 'only sources/list.ts names a source, so that adding one touches its folder and one line',
  },
  {
    from: /^src\/store\//,
    to: /^src\//,
    except: /^src\/(store|domain)\//,
    why: 'the store keeps and finds; what calls it stands above it',
  },
  {
    from: /^src\/(?!store\/sqlite\/)/,
    to: /^better-sqlite3/,
    why: 'only store/sqlite speaks to SQLite, so that another store can stand in its place',
  },
  {
    from: /^src\/(ingest|api|exporters|imports|correlate|measures|config|telemetry)\//,
    to: /^src\/(cli\/|app\.ts|actions\.ts|run\.ts|main\.ts)/,
    why: 'imports point down: main → app → {cli, api, exporters, imports, ingest} → {correlate, measures} → {store, sources, rules} → domain',
  },
  {
    from: /^src\/access\//,
    to: /^src\//,
    except: /^src\/(access|domain)\/|^src\/store\/[a-z]+\.ts$/,
    why: 'who may come in is decided by what is stored and what a request brings, whatever it asks for',
  },
  {
    from: /^src\/vendors\//,
    to: /^src\//,
    except: /^src\/(vendors|domain)\//,
    why: 'a client of a vendor knows how to ask, and nothing of what is done with the answers',
  },
  {
    from: /^src\/report\//,
    to: /^src\//,
    except: /^src\/(report|vendors|measures\/(calendar|window)\.ts|rules\/condition\.ts|domain)/,
    why: 'a report is made of what a vendor tells, without a store or a server',
  },
  {
    from: /^src\/imports\//,
    to: /^src\//,
    except: /^src\/(imports|vendors|report\/repositories\.ts|rules\/condition\.ts|domain)/,
    why: 'an import fetches what a vendor tells; what it means is for the source, and where it is kept for the target',
  },
  {
    from: /^src\/imports\/(?<own>[a-z]+)\//,
    to: /^src\/imports\/(?<other>[a-z]+)\//,
    sameAllowed: true,
    why: 'an importer knows no other one: what two of them need stands in src/imports',
  },
  { from: /^src\/ingest\//, to: /^src\/api\//, why: 'the hot path knows nothing of the API beside it' },
  { from: /^src\/api\//, to: /^src\/ingest\//, why: 'the API reads the store; only ingest writes' },
  {
    from: /^src\/api\//,
    to: /^src\/store\/sqlite\//,
    why: 'the API knows the store by its contract, whichever store there is',
  },
  {
    from: /^src\/demo\//,
    to: /^src\//,
    except: /^src\/(demo|domain)\//,
    why: 'the demo makes webhooks as senders do, and so knows nothing of who reads them',
  },
  { from: /^src\/demo\//, to: IO, why: `the demo ${PURE}` },
  {
    from: /^src\/(?!demo\/|demo-here\.ts|cli\/|actions\.ts)/,
    to: /^src\/demo\//,
    why: 'nothing that is real depends on the demo',
  },
  {
    from: /^src\/cli\//,
    to: /^src\/(app|run|main)\.ts|^src\/(store|ingest|sources)\//,
    why: 'commands are words and flags; what they do is given to them',
  },
  { from: /^src\//, to: /^(test|bench|tools)\//, why: 'what is published imports nothing of its tests' },
  {
    from: /^src\//,
    to: /^web\//,
    why: 'the server serves what was built of the dashboard, and knows nothing of how it is made',
  },
  {
    from: /^web\//,
    to: /^(src|test|bench|tools)\//,
    why: 'the dashboard knows the public API, by the types that are generated from it',
  },
];

/** A part that is not named here has no rule, and so would pass whatever it imports. */
const PART =
  /^web\/src\/|^src\/((access|api|cli|config|correlate|demo|domain|exporters|imports|ingest|measures|report|rules|sources|store|telemetry|vendors)\/|[a-z-]+\.ts$)/;

const COMMENT_LINE = /^\s*(?:\/\/|\/?\*).*$/gm;
const IMPORT =
  /^\s*(?:import|export)\b[^'"]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\b(?:import|new URL)\(\s*['"]([^'"]+)['"]\s*[,)]/gm;

/** Every import under src/ that breaks a rule, as `file → import: why`. Tests may import what they need. */
export function violations(root) {
  const files = globSync(['src/**/*.ts', 'web/src/**/*.{ts,tsx}'], { cwd: root }).filter(
    (file) => !file.endsWith('.test.ts'),
  );
  if (files.length === 0) return ['there is nothing under src: is this the project?'];
  const ids = readdirSync(join(root, 'src', 'sources'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
    .map(({ name }) => name);
  return files.flatMap((file) => violationsIn(root, file.split(sep).join(posix.sep), ids));
}

/** The command line tells events in our own format, so it may name that one. */
const OWN_FORMAT = { id: 'customhttp', from: /^src\/cli\// };

/** An importer speaks to one vendor, and says for which source it fetches; so does its command. */
const IMPORTER = /^src\/(imports|cli\/import|cli\/redeliver)\/(?<id>[a-z]+)[/.]/;

/** A source's id as a text of its own: a decision about one source, where only its folder and the registry know it. */
function namesIn(file, text, ids) {
  // The demo stands in for senders.
  if (/^src\/(sources|demo)\//.test(file)) return [];
  return ids
    .filter((id) => new RegExp(`(['"\`])${id}\\1`).test(text) && !mayName(file, id))
    .map((id) => `${file} names the source "${id}": what is particular to a source stands in its folder`);
}

function mayName(file, id) {
  return (id === OWN_FORMAT.id && OWN_FORMAT.from.test(file)) || IMPORTER.exec(file)?.groups.id === id;
}

function violationsIn(root, file, ids) {
  if (!PART.test(file)) return [`${file}: this part is new: say in tools/layers.mjs what it may import`];
  const text = readFileSync(join(root, file), 'utf8').replace(COMMENT_LINE, '');
  const imports = [...text.matchAll(IMPORT)].flatMap(([, named, bare, dynamic]) => {
    const target = resolve(root, file, named ?? bare ?? dynamic);
    return rules.filter((rule) => breaks(rule, file, target)).map(({ why }) => `${file} → ${target}: ${why}`);
  });
  return [...imports, ...namesIn(file, text, ids)];
}

function resolve(root, file, specifier) {
  if (builtinModules.includes(specifier)) return `node:${specifier}`;
  if (!specifier.startsWith('.')) return specifier;
  return relative(root, join(root, dirname(file), specifier))
    .split(sep)
    .join(posix.sep);
}

function breaks({ from, to, except, sameAllowed }, file, target) {
  const source = from.exec(file);
  const found = to.exec(target);
  if (source === null || found === null || except?.test(target)) return false;
  return !(sameAllowed && folderOf(file) === folderOf(target));
}

/** The source a path belongs to: `src/sources/github`. */
function folderOf(path) {
  return path.split('/').slice(0, 3).join('/');
}

if (isProgram(import.meta.url)) {
  const found = violations(process.cwd());
  for (const line of found) console.error(line);
  console.log(`${found.length} imports or names are where they must not be`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
