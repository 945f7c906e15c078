// `npm run new-source -- acme [--title "Acme CI"]`: begins a source: its folder, and its line in the list of sources.
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const HELP = `Begins a source: its folder with a mapping, a page and a fixture to fill in, and its line in the list.

Usage: npm run new-source -- <id> [--title <title>]

  <id>       in URLs, span ids and VS_SECRET_<ID>: lower-case letters only
  --title    what people call it (default: the id with a capital)

Examples:
  npm run new-source -- acme
  npm run new-source -- acme --title "Acme CI"`;

const TEMPLATE = join(import.meta.dirname, 'source-template');
const LIST = 'src/sources/list.ts';

function fail(message) {
  console.error(`new-source: ${message}`);
  process.exit(2);
}

function argumentsOf(argv) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: { title: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    return fail(error.message);
  }
}

const { values, positionals } = argumentsOf(process.argv.slice(2));
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const [id = '', ...more] = positionals;
if (id === '' || more.length > 0) fail('one id is needed; --help tells more');
if (!/^[a-z]{2,30}$/.test(id)) fail(`"${id}" must be 2 to 30 lower-case letters: it stands in URLs and in span ids`);
const folder = join('src', 'sources', id);
if (existsSync(folder)) fail(`there is ${folder} already`);
if (!existsSync(LIST)) fail('run it in the folder of the project');

const capital = id[0].toUpperCase() + id.slice(1);
const words = { __id__: id, __Id__: capital, __ID__: id.toUpperCase(), __Title__: values.title ?? capital };
const filled = (text) => text.replace(/__(?:id|Id|ID|Title)__/g, (word) => words[word]);

for (const file of globSync('**/*.*', { cwd: TEMPLATE })) {
  const to = join(folder, file);
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, filled(readFileSync(join(TEMPLATE, file), 'utf8')));
}
const line = `export { ${id} } from './${id}/index.ts';`;
const [comment, ...lines] = readFileSync(LIST, 'utf8').trimEnd().split('\n');
writeFileSync(LIST, `${[comment, ...[...lines, line].sort()].join('\n')}\n`);

console.log(`${folder} is begun, and ${LIST} has its line. Next:

  1. Put a real payload into ${folder}/fixtures/build.finished.request.json
  2. Read it: schema.ts has the fields, build.ts what they mean, index.ts how it signs
  3. Write what it means into fixtures/build.finished.expected.json; until then its test fails, and shows what is read:
     npm test -- src/sources/${id}
  4. Fill in README.md, and run "npm run pages" for its page and its row in the tables

CONTRIBUTING.md walks through it.`);
