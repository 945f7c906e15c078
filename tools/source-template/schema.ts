import { z } from 'zod';

import { time, timeOrNone } from '../_kit/time.ts';

// Only what is read, of <the address of the page that describes its webhooks>; everything else passes. What is
// documented as always there is missing or null in real payloads sooner or later, so demand little.

export const BuildHook = z.object({
  action: z.string(),
  build: z.object({
    id: z.number(),
    status: z.string(),
    title: z.string().nullish(),
    url: z.string().nullish(),
    created_at: time,
    started_at: timeOrNone,
    finished_at: timeOrNone,
  }),
  project: z.object({ id: z.number(), path: z.string() }),
});

export type BuildPayload = z.output<typeof BuildHook>;
