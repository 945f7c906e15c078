import { z } from 'zod';

export const states = ['open', 'merged', 'closed', 'all'] as const;

/** Which pull requests a report is of, as it was asked. Two are the same where they are equal. */
export const questionSchema = z.strictObject({
  /** The name of the GitHub. */
  host: z.string(),
  /** Organizations or users, or patterns of organizations. */
  orgs: z.array(z.string()),
  /** Repositories, with or without their owner, or patterns. */
  repos: z.array(z.string()),
  state: z.enum(states),
  /** As it was given: `90d`, a day, an instant. */
  since: z.string().nullable(),
  /** Of each repository, at most. */
  max: z.number().nullable(),
  authors: z.boolean(),
});
export type Question = z.infer<typeof questionSchema>;

/** GitHub's states of a state of ours: `closed` is without a merge. */
export function githubStates(state: Question['state']): readonly ('OPEN' | 'MERGED' | 'CLOSED')[] {
  if (state === 'all') return ['OPEN', 'MERGED', 'CLOSED'];
  return [state.toUpperCase() as 'OPEN' | 'MERGED' | 'CLOSED'];
}
