import { defineConfig } from 'vitest/config';

const report = process.env.VALUESTREAM_TEST_JSON;

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'tools/**/*.test.mjs'],
    pool: 'forks',
    // Only against tests that hang: a property over real stores takes its time where the disk is slow.
    testTimeout: 180_000,
    hookTimeout: 30_000,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
