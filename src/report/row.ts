import { z } from 'zod';

/** One pull request of a report, as far as GitHub tells. What is null is not known, or has not happened. */
export const rowSchema = z.object({
  number: z.number(),
  title: z.string(),
  url: z.string(),
  state: z.enum(['open', 'merged', 'closed']),
  is_draft: z.boolean(),
  /** Null of an account that was deleted, and of everybody where authors are not asked for. */
  author: z.string().nullable(),
  /** Null of an account that was deleted. */
  author_is_bot: z.boolean().nullable(),
  created_at: z.string(),
  /** The first by a person who is not the author. */
  first_review_at: z.string().nullable(),
  merged_at: z.string().nullable(),
  closed_at: z.string().nullable(),
  additions: z.number(),
  deletions: z.number(),
  changed_files: z.number(),
  /** Those of the conversation, and those on the code. */
  comments: z.number(),
  reviews: z.number(),
});
export type Row = z.infer<typeof rowSchema>;

/** The columns of a report, in order. The authors' names are among them only where they are asked for. */
export function columnsOf(withAuthors: boolean): readonly string[] {
  const columns = Object.keys(rowSchema.shape).filter((name) => withAuthors || name !== 'author');
  return ['owner', 'repo', ...columns];
}
