import { z } from 'zod';

/** An id as the client gives it: a bigint where no number holds it, beyond 2^53, as those of deliveries of webhooks are. */
export const givenId = z.union([z.number(), z.bigint()]);

/** The same in one form, whatever its size. */
export const githubId = givenId.transform(String);
