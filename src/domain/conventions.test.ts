import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url).pathname;
const OWN_FILE = 'src/domain/conventions.ts';
/** A name of a namespace that is OpenTelemetry's, as a text of the program; hosts of the reserved domain `internal` are none. */
const NAME = /['"](?:artifact|cicd|deployment|error|host|service|test|user|vcs)(?:\.[a-z_]+)+(?<!\.internal)['"]/g;

const files = globSync(['src/**/*.ts', 'tools/**/*.{ts,mjs}'], { cwd: ROOT }).filter(
  (file) => !file.endsWith('.test.ts'),
);
const namesIn = (file: string) => readFileSync(join(ROOT, file), 'utf8').match(NAME) ?? [];

describe("the names of OpenTelemetry's conventions", () => {
  it('stand in one file and nowhere else', () => {
    expect(namesIn(OWN_FILE).length).toBeGreaterThan(20);
    const elsewhere = files.filter((file) => file !== OWN_FILE).map((file) => [file, namesIn(file)] as const);
    expect(elsewhere.filter(([, names]) => names.length > 0)).toEqual([]);
  });

  it('are each in use', () => {
    const names = [...readFileSync(join(ROOT, OWN_FILE), 'utf8').matchAll(/^export const ([A-Z_]+) =/gm)];
    const others = files.filter((file) => file !== OWN_FILE).map((file) => readFileSync(join(ROOT, file), 'utf8'));
    expect(names.map(([, name]) => name).filter((name) => !others.some((text) => text.includes(`${name}`)))).toEqual(
      [],
    );
  });
});
