import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = [
  'src',
  'test',
  'bench',
  'tools',
  'docs',
  'package.json',
  'tsconfig.json',
  'knip.jsonc',
  'vitest.config.ts',
  '.remarkrc.mjs',
];

/** Runs one step of `npm run check` in the copy; its exit code and all it said. */
function check(folder: string, step: string): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/check.mjs', step], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { code: status, output: stdout + stderr };
}

describe('npm run check', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'valuestream-check-'));
    for (const name of [...COPIED, 'package-lock.json', 'tsconfig.build.json'])
      cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const withFile = <T>(path: string, text: string, work: () => T): T => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    try {
      return work();
    } finally {
      rmSync(join(folder, path));
    }
  };

  it.each(['layers', 'types', 'unused'])('passes %s as the project stands', (step) => {
    const { code, output } = check(folder, step);
    expect(output).toContain('PASS');
    expect(code).toBe(0);
  });

  it.each([
    ['src/domain/planted.ts', "import '../store/contract.ts';", 'domain is what everything stands on'],
    ['src/domain/planted.ts', "import 'node:fs';", 'domain is pure'],
    [
      'src/domain/planted.ts',
      "export type { Store } from '../store/contract.ts';",
      'domain is what everything stands on',
    ],
    ['src/sources/github/planted.ts', "import '../customhttp/read.ts';", 'a source imports no other source'],
    ['src/sources/github/planted.ts', "import { readFileSync } from 'node:fs';", 'interpretation is pure'],
    [
      'src/api/planted.ts',
      "import { github } from '../sources/github/index.ts';",
      'only sources/list.ts names a source',
    ],
    ['src/api/planted.ts', "const load = () => import('../ingest/append.ts');", 'only ingest writes'],
    ['src/ingest/planted.ts', "import 'better-sqlite3';", 'only store/sqlite speaks to SQLite'],
    ['src/store/planted.ts', "import '../ingest/append.ts';", 'what calls it stands above it'],
    ['src/sources/github/planted.ts', "import '../registry.ts';", 'no source the registry'],
    ['src/domain/planted.ts', "import 'fs';", 'domain is pure'],
    ['src/domain/planted.ts', "import {\n  // it's here\n  x,\n} from '../store/contract.ts';", 'everything stands on'],
    ['src/planted-part/planted.ts', 'export {};', 'this part is new'],
    ['src/api/planted.ts', "export const isOurs = (id: string) => id === 'github';", 'names the source "github"'],
    ['src/rules/planted.ts', "import '../store/contract.ts';", 'it knows only the domain'],
    ['src/access/planted.ts', "import '../api/guard.ts';", 'who may come in is decided'],
    ['src/measures/planted.ts', "import '../api/server.ts';", 'how it is asked for'],
    ['src/vendors/planted.ts', "import '../report/row.ts';", 'knows how to ask'],
    ['src/report/planted.ts', "import '../store/contract.ts';", 'without a store or a server'],
    ['src/cli/planted.ts', "import '../../test/support/events.ts';", 'imports nothing of its tests'],
  ])('refuses in %s: %s', (path, text, reason) => {
    const { code, output } = withFile(path, text, () => check(folder, 'layers'));
    expect(output).toContain(path);
    expect(output).toContain(reason);
    expect(code).toBe(1);
  });

  it('refuses an export that nobody uses', () => {
    const path = join(folder, 'src/domain/span.ts');
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, `${before}\nexport const planted = 1;\n`);
    const { code, output } = check(folder, 'unused');
    writeFileSync(path, before);
    expect(output).toMatch(/planted +src\/domain\/span\.ts/);
    expect(code).toBe(1);
  });

  it('refuses a file that nobody imports', () => {
    const { code, output } = withFile('src/domain/planted.ts', 'export {};\n', () => check(folder, 'unused'));
    expect(output).toContain('src/domain/planted.ts');
    expect(code).toBe(1);
  });

  it('refuses a type error', () => {
    const text = "export const planted: number = 'one';\n";
    const { code, output } = withFile('src/domain/planted.ts', text, () => check(folder, 'types'));
    expect(output).toMatch(/planted\.ts.*TS2322/);
    expect(code).toBe(1);
  });

  it('refuses a step that there is not, and names those there are', () => {
    const { code, output } = check(folder, 'tests');
    expect(output).toMatch(/no step "tests"; there are format, lint/);
    expect(code).toBe(2);
  });
});
