// `npm run pages`: writes the pages that follow from the code: docs/configuration.md and its JSON Schema, docs/sources/,
// and the README's table of sources. With --check it writes nothing, and fails where one of them is out of date.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundledNode, installIfStale, isProgram, ROOT } from './_setup.mjs';

/** Every page, by its path. Needs the Node.js that reads TypeScript. */
export async function pages() {
  const { z } = await import('zod');
  const { fileSchema } = await import('../src/config/config.ts');
  const { defaultRules } = await import('../src/rules/defaults.ts');
  const { sources } = await import('../src/sources/registry.ts');
  const { stringify } = await import('yaml');
  const schema = z.toJSONSchema(fileSchema, { io: 'input' });
  return new Map([
    ['docs/configuration.md', configurationPage(schema, stringify({ rules: withoutEmpty(defaultRules) }))],
    ['docs/valuestream.schema.json', `${JSON.stringify({ title: 'valuestream.yaml', ...schema }, null, 2)}\n`],
    ['docs/sources/README.md', `# Sources\n\n${sourceTable(sources, (id) => `${id}.md`)}\n`],
    ...sources.map(({ id }) => [`docs/sources/${id}.md`, sourcePage(id)]),
    ['README.md', readme(sourceTable(sources, (id) => `docs/sources/${id}.md`))],
  ]);
}

const GENERATED = (from) => `<!-- From ${from}, by npm run pages: change it there. -->\n\n`;

function sourcePage(id) {
  const from = `src/sources/${id}/README.md`;
  const text = readFileSync(join(ROOT, from), 'utf8');
  // They stand elsewhere here: links to docs/ and between sources lead from there.
  return (
    GENERATED(from) +
    text.replaceAll('](../../../docs/', '](../').replace(/\]\(\.\.\/([a-z]+)\/README\.md\)/g, ']($1.md)')
  );
}

function sourceTable(sources, page) {
  return [
    '| source | what comes out | webhook URL | how to switch it on |',
    '|---|---|---|---|',
    ...sources
      .toSorted((a, b) => Number(a.id === 'customhttp') - Number(b.id === 'customhttp') || a.id.localeCompare(b.id))
      .map(({ id, title, tells }) => `| ${title} | ${tells} | \`/webhooks/${id}\` | [${title}](${page(id)}) |`),
  ].join('\n');
}

const MARKED = /(<!-- sources: npm run pages -->\n)[\s\S]*?(<!-- end -->)/;

function readme(table) {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
  if (!MARKED.test(text)) throw new Error('README.md has lost the marks around its table of sources');
  return text.replace(MARKED, (_, before, after) => `${before}${table}\n${after}`);
}

function configurationPage(schema, defaults) {
  const parts = Object.entries(schema.properties).map(
    ([name, part]) => `## ${name}\n\n${sentence(part.description)}\n\n${tables(name, part)}`,
  );
  return `${GENERATED('the schemas in src/config and src/rules')}# The configuration file

\`./valuestream.yaml\`, or the file that \`--config\` or \`VS_CONFIG\` names. A wrong one is refused at start, with its line and
the reason. Editors that know JSON Schema complete and check it by its first line:

\`\`\`yaml
# yaml-language-server: $schema=docs/valuestream.schema.json
\`\`\`

[Rules, with examples](rules.md) says how rules work.

${parts.join('')}## Conditions

Each is a pattern or a list of patterns, any of which is enough: \`*\` is any text, \`?\` any character, and everything else
is meant as it stands, letter case aside.

${tables('when', schema.properties.rules.properties.services.items.properties.when)}## The built-in rules

They follow your own, unless \`rules.defaults\` is \`false\`.

\`\`\`yaml
${defaults.trimEnd()}
\`\`\`
`;
}

/** A table of an object's keys, and one for each object inside of it. */
function tables(path, part) {
  const object = objectIn(part);
  if (object === null) return '';
  const { required = [] } = object;
  const keys = Object.entries(object.properties ?? {});
  const rows = keys.map(([key, value]) => {
    if (key === 'when') return '| `when` | [conditions](#conditions) | required | all of them have to hold |';
    const isNeeded = required.includes(key) ? 'required' : fallback(value);
    return `| \`${key}\` | ${typeOf(value)} | ${isNeeded} | ${value.description ?? ''} |`;
  });
  const table = rows.length === 0 ? '' : `| key | value | default | |\n|---|---|---|---|\n${rows.join('\n')}\n\n`;
  const inner = keys.map(([key, value]) => {
    if (key === 'when') return '';
    const below = tables(`${path}.${key}${value.type === 'array' ? '[]' : ''}`, value);
    return below === '' ? '' : `### ${path}.${key}\n\n${below}`;
  });
  return table + inner.join('');
}

function objectIn(part) {
  if (part?.type === 'array') return objectIn(part.items);
  if (part?.type !== 'object') return null;
  if (part.properties !== undefined) return part;
  return typeof part.additionalProperties === 'object' ? objectIn(part.additionalProperties) : null;
}

function typeOf(value) {
  if (value.enum !== undefined) return value.enum.map((one) => `\`${one}\``).join(', ');
  if (value.anyOf !== undefined) return [...new Set(value.anyOf.map(typeOf))].join(' or ');
  if (value.type === 'array') return `list of ${plural(value.items)}`;
  if (value.type === 'object' && value.properties === undefined) return 'by name';
  if (Array.isArray(value.type) || value.type === 'boolean') return '`true` or `false`';
  return { string: 'text', integer: 'number', object: 'keys' }[value.type] ?? value.type ?? 'text';
}

function plural(items) {
  if (items?.type !== 'object') return 'texts';
  return items.properties?.when === undefined ? 'entries' : 'rules';
}

function fallback({ default: value }) {
  if (value === undefined || typeof value === 'object') return '';
  return `\`${JSON.stringify(value)}\``;
}

function sentence(text) {
  return text === undefined ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function withoutEmpty(rules) {
  return Object.fromEntries(Object.entries(rules).filter(([, value]) => Array.isArray(value) && value.length > 0));
}

if (isProgram(import.meta.url)) {
  installIfStale();
  // Any Node.js may start this; the project's own reads TypeScript.
  if (Number.parseInt(process.versions.node, 10) < 24) {
    const { status } = spawnSync(bundledNode(), process.argv.slice(1), { cwd: ROOT, stdio: 'inherit' });
    process.exit(status ?? 1);
  }
  const isCheck = process.argv.includes('--check');
  for (const [path, text] of await pages()) {
    const file = join(ROOT, path);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    console.log(isCheck ? `${path} is out of date: npm run pages writes it anew` : `${path} is written`);
    if (isCheck) process.exitCode = 1;
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
}
