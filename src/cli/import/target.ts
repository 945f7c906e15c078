import { setTimeout as wait } from 'node:timers/promises';
import type { z } from 'zod';
import type { importedSchema } from '../../api/imports.ts';
import type { Cursor, ImportTarget } from '../../imports/contract.ts';
import { Client, Refused, Unreachable } from '../client.ts';
import type { ServerFlags } from '../flags.ts';

/** Whose history is imported. */
export interface Origin {
  readonly source: string;
  readonly instance: string;
}

/** Where the store is, where no server runs. */
export interface Where {
  readonly config?: string;
  readonly data_dir?: string;
}

/** Opens the store in this process, where no server runs. */
export type ImportHere = (origin: Origin, where: Where) => Promise<ImportTarget>;

/** The server where one answers; the store itself where none does, and none was named. */
export async function findTarget(
  flags: ServerFlags,
  origin: Origin,
  signal: AbortSignal,
  here: (() => Promise<ImportTarget>) | null,
): Promise<ImportTarget> {
  const server = serverTarget(new Client(flags), origin, signal);
  try {
    await server.cursors();
    return server;
  } catch (error) {
    if (here === null || !(error instanceof Unreachable)) throw error;
    console.error('No server runs: writing to the store in this process.');
    return await here();
  }
}

function serverTarget(client: Client, origin: Origin, signal: AbortSignal): ImportTarget {
  const query = new URLSearchParams({ ...origin });
  return {
    cursors: async () =>
      (await client.json<{ items: readonly Cursor[] }>('GET', `/api/v1/imports/cursors?${query}`, { signal })).items,
    write: async ({ deliveries, cursor }) => {
      const body = { ...origin, deliveries, ...(cursor === undefined ? {} : { cursor }) };
      const imported = await posted(client, body, signal);
      const { accepted, duplicates, ignored, dead_letters } = imported;
      return { accepted, duplicates, ignored, deadLetters: dead_letters.length };
    },
    close: async () => undefined,
  };
}

/** A server that is busy, or whose disk is full for a moment, gets two minutes. */
const TRIES = 60;
const PAUSE_MS = 2_000;

async function posted(client: Client, body: object, signal: AbortSignal): Promise<z.output<typeof importedSchema>> {
  const text = JSON.stringify(body);
  for (let tried = 1; ; tried += 1) {
    try {
      return await client.json('POST', '/api/v1/imports', { body: text, signal });
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 503 || tried === TRIES) throw error;
      await wait(error.retryAfterMs ?? PAUSE_MS, undefined, { signal });
    }
  }
}
