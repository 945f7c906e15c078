// `npm test`: installs what is missing, builds the dashboard if it is stale, and runs every test. Arguments go on to Vitest: npm test -- src/domain
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundledNode, installIfStale, runForeground } from './_setup.mjs';
import { buildWebIfStale } from './web.mjs';

installIfStale();
buildWebIfStale();
const folder = mkdtempSync(join(tmpdir(), 'valuestream-test-'));
const skips = join(folder, 'skipped');
try {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)];
  const env = { ...process.env, VALUESTREAM_SKIPS: skips };
  process.exitCode = await runForeground(bundledNode(), vitest, { env });
  if (existsSync(skips)) console.log(`Skipped, and why:\n${readFileSync(skips, 'utf8')}`);
} finally {
  rmSync(folder, { recursive: true });
}
