import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const report = process.env.VALUESTREAM_TEST_JSON;

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'web/src/**/*.test.ts', 'test/**/*.test.ts', 'tools/**/*.test.mjs'],
    pool: 'forks',
    // V8 ends a process now and then where threads come and go and its code pages have keys of their own (nodejs/node#64500).
    execArgv: ['--no-memory-protection-keys'],
    // Vitest leaves one core to others, and of two would use one alone; most of what takes long here waits for a server or a disk.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Only against tests that hang: a property over real stores takes its time where the disk is slow.
    testTimeout: 180_000,
    hookTimeout: 120_000,
    // What a page comes to in a moment, on a busy machine.
    expect: { poll: { timeout: 30_000 } },
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
