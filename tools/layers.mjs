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
    to: /^src\/(api|exporters|importers|ingest)\//,
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
    from: /^src\/(ingest|api|exporters|importers|correlate|measures|config|telemetry)\//,
    to: /^src\/(cli\/|app\.ts|run\.ts|main\.ts)/,
    why: 'imports point down: main → app → {cli, api, exporters, importers, ingest} → {correlate, measures} → {store, sources, rules} → domain',
  },
  { from: /^src\/ingest\//, to: /^src\/api\//, why: 'the hot path knows nothing of the API beside it' },
  { from: /^src\/api\//, to: /^src\/ingest\//, why: 'the API reads the store; only ingest writes' },
  {
    from: /^src\/api\//,
    to: /^src\/store\/sqlite\//,
    why: 'the API knows the store by its contract, whichever store there is',
  },
  {
    from: /^src\/cli\//,
    to: /^src\/(app|run|main)\.ts|^src\/(store|ingest|sources)\//,
    why: 'commands are words and flags; what they do is given to them',
  },
  { from: /^src\//, to: /^(test|bench|tools)\//, why: 'what is published imports nothing of its tests' },
];

/** A part that is not named here has no rule, and so would pass whatever it imports. */
const PART =
  /^src\/((api|cli|config|correlate|domain|exporters|importers|ingest|measures|rules|sources|store|telemetry)\/|[a-z-]+\.ts$)/;

const COMMENT_LINE = /^\s*(?:\/\/|\/?\*).*$/gm;
const IMPORT =
  /^\s*(?:import|export)\b[^'"]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\b(?:import|new URL)\(\s*['"]([^'"]+)['"]\s*[,)]/gm;

/** Every import under src/ that breaks a rule, as `file → import: why`. Tests may import what they need. */
export function violations(root) {
  const files = globSync('src/**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.test.ts'));
  if (files.length === 0) return ['there is nothing under src: is this the project?'];
  const ids = readdirSync(join(root, 'src', 'sources'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
    .map(({ name }) => name);
  return files.flatMap((file) => violationsIn(root, file.split(sep).join(posix.sep), ids));
}

/** The command line tells events in our own format, so it may name that one. */
const OWN_FORMAT = { id: 'customhttp', from: /^src\/cli\// };

/** A source's id as a text of its own: a decision about one source, where only its folder and the registry know it. */
function namesIn(file, text, ids) {
  if (file.startsWith('src/sources/')) return [];
  return ids
    .filter((id) => new RegExp(`(['"\`])${id}\\1`).test(text) && !(id === OWN_FORMAT.id && OWN_FORMAT.from.test(file)))
    .map((id) => `${file} names the source "${id}": what is particular to a source stands in its folder`);
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
