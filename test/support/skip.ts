import { appendFileSync } from 'node:fs';

/**
 * Says why tests are not run here; `npm test` repeats it at its end. In CI nothing may be skipped, so there it throws.
 * Gives true, to be handed to Vitest's `skipIf`.
 */
export function skipAloud(reason: string): true {
  if (process.env.CI === 'true') throw new Error(`CI must not skip: ${reason}`);
  if (process.env.VALUESTREAM_SKIPS !== undefined) appendFileSync(process.env.VALUESTREAM_SKIPS, `- ${reason}\n`);
  return true;
}
