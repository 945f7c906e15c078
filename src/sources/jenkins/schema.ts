import { z } from 'zod';

import { own } from '../_kit/json.ts';
import { parseEpoch } from '../_kit/time.ts';

// Only what is read, of https://plugins.jenkins.io/statistics-gatherer/ and its source; everything else passes. What is
// not known is there as null, as 0 or as an empty text.

const text = z
  .string()
  .nullish()
  .transform((value) => value || undefined);

/** Milliseconds since 1970; the plugin's own page shows seconds. */
const instant = z.unknown().transform(parseEpoch).optional();

/** Up to ten years; whatever else stands there is not known. */
const milliseconds = z.number().min(0).max(315_360_000_000).nullish().catch(undefined);

/** More of them, or longer ones, are data and no parameters. */
const MAX_PARAMETERS = 64;
const MAX_LENGTH = 500;

/** Build parameters by their names, which may be anything; what is no text or number is left out. */
const parameters = z
  .unknown()
  .optional()
  .transform((value): readonly (readonly [string, string])[] => {
    if (typeof value !== 'object' || value === null) return [];
    return Object.keys(value)
      .slice(0, MAX_PARAMETERS)
      .flatMap((name) => {
        const given = own(value, name);
        const isScalar = typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean';
        return isScalar ? [[name, String(given).slice(0, MAX_LENGTH)] as const] : [];
      });
  });

/** `onStarted` and `onFinalized` of a build. */
export const BuildHook = z.object({
  ciUrl: text,
  jobName: text,
  fullJobName: text,
  number: z.number().int(),
  result: z.string(),
  startTime: instant,
  endTime: instant,
  duration: milliseconds,
  queueTime: milliseconds,
  buildUrl: text,
  startedUserId: text,
  startedUserName: text,
  // As the plugin's page writes it.
  startedUsername: text,
  slaveInfo: z.object({ slaveName: text }).nullish(),
  scmInfo: z.object({ url: text, branch: text, commit: text }).nullish(),
  // More of it is what caused the causes.
  buildCause: text.transform((cause) => cause?.slice(0, 2_000)),
  parameters,
  buildFailureCauses: z
    .array(z.object({ name: text }))
    .nullish()
    .catch(undefined),
});

/** A job in the queue. */
export const QueueHook = z.object({
  jenkinsQueueId: z.number(),
  jobName: text,
  entryTime: instant,
  exitTime: instant,
  status: text,
});

/** A step of a freestyle build, or its checkout. */
export const StepHook = z.object({
  buildUrl: z.string(),
  startTime: instant,
  endTime: instant,
  buildStepType: text,
  buildStepId: text,
});

export const ProjectHook = z.object({});

export type BuildPayload = z.output<typeof BuildHook>;
export type QueuePayload = z.output<typeof QueueHook>;
export type StepPayload = z.output<typeof StepHook>;
