import { z } from 'zod';

/** https://docs.gitlab.com/api/commits/ */
export const commitSchema = z.object({
  id: z.string(),
  parent_ids: z.array(z.string()).nullish(),
  message: z.string().nullish(),
  author_name: z.string().nullish(),
  authored_date: z.string().nullish(),
  committed_date: z.string().nullish(),
  web_url: z.string().nullish(),
});
export type Commit = z.output<typeof commitSchema>;
