import { z } from 'zod';
import type { Github } from '../../vendors/github/client.ts';

const count = z.object({ totalCount: z.number() });

const repositorySchema = z.object({
  databaseId: z.number(),
  nameWithOwner: z.string(),
  url: z.string(),
  hasIssuesEnabled: z.boolean(),
  issues: count,
  pullRequests: count,
  deployments: count,
  releases: count,
});

const QUERY = `query Repository($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    databaseId nameWithOwner url hasIssuesEnabled
    issues { totalCount } pullRequests { totalCount } deployments { totalCount } releases { totalCount }
  }
}`;
const answerSchema = z.object({ repository: repositorySchema });

/** A repository as it is called today, and how much there is of it. */
export type Repository = z.output<typeof repositorySchema>;

export async function readRepository(github: Github, owner: string, name: string): Promise<Repository> {
  const { repository } = await github.graphql(answerSchema, QUERY, { owner, name });
  return repository;
}

/** Owner and name, as routes of the REST API want them. */
export function pathOf({ nameWithOwner }: Repository): { owner: string; repo: string } {
  const [owner = '', repo = ''] = nameWithOwner.split('/');
  return { owner, repo };
}

/** A repository as webhooks tell it, for the envelope of what belongs to it. */
export function toldRepository({ databaseId, nameWithOwner, url }: Repository) {
  return { id: databaseId, full_name: nameWithOwner, html_url: url };
}
