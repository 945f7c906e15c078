import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sources } from './registry.ts';

const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
  .map(({ name }) => name);

describe('the list of sources', () => {
  it('has every folder once, by the id of its source', () => {
    expect(sources.map(({ id }) => id).sort()).toEqual(folders.sort());
  });

  it.each(folders)('%s is held to the contract of sources', (folder) => {
    expect(existsSync(join(import.meta.dirname, folder, 'contract.test.ts'))).toBe(true);
  });
});
