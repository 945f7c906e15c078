import { Octokit } from '@octokit/core';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import type { z } from 'zod';
import type { Answer } from '../answer.ts';
import { Patience, type PatienceOptions } from '../patience.ts';
import { withTimeout } from '../with-timeout.ts';
import { GithubError } from './error.ts';
import type { GithubHost } from './host.ts';
import { githubManners } from './limits.ts';
import { graphqlRefusal, refusalOf } from './refusal.ts';

/** What a client needs. */
export interface GithubOptions extends PatienceOptions {
  readonly host: GithubHost;
  readonly token: string;
  /** Who asks, as GitHub wants to know it: a product and its version. */
  readonly userAgent: string;
}

const OctokitWithPages = Octokit.plugin(paginateRest);

/** GitHub does not work on a request for longer than that. */
const PATIENCE_MS = 60_000;

/**
 * GitHub's API. Rate limits are waited for, what fails without reason is asked again, and whatever is refused is a
 * {@link GithubError} that says what to do. An aborted signal ends every call with its reason.
 */
export interface Github {
  readonly host: GithubHost;
  /** The `data` of an answer in GraphQL, as a schema reads it. An answer with any error in it is refused as a whole. */
  readonly graphql: <T>(
    schema: z.ZodType<T>,
    query: string,
    variables: Readonly<Record<string, unknown>>,
  ) => Promise<T>;
  /** The REST API: `request` by route and parameters, and `paginate` for lists. */
  readonly rest: InstanceType<typeof OctokitWithPages>;
}

export function createGithub(options: GithubOptions): Github {
  const { host, token, userAgent, signal } = options;
  const patience = new Patience(githubManners, options);
  const rest = new OctokitWithPages({ baseUrl: host.restUrl, auth: token, userAgent });

  rest.hook.wrap('request', async (request, asked) => {
    const { method, url } = rest.request.endpoint(asked);
    let response: Awaited<ReturnType<typeof request>> | undefined;
    const answer = await patience.ask(url, () =>
      withTimeout(signal, PATIENCE_MS, async (soon) => {
        try {
          // The hook below this one has been given these options, and takes no others.
          asked.request.signal = soon;
          response = await request(asked);
          return answerOf(response);
        } catch (error) {
          return refusedAnswer(error);
        }
      }),
    );
    if (response === undefined || answer.status >= 400)
      throw refusalOf(answer, host, `${method} ${new URL(url).pathname}`);
    return response;
  });

  return {
    host,
    rest,
    graphql: async (schema, query, variables) => {
      const response = await rest.request(`POST ${host.graphqlUrl}`, { query, variables });
      const refusal = graphqlRefusal(answerOf(response), host);
      if (refusal !== null) throw refusal;
      const read = schema.safeParse(response.data?.data);
      if (read.success) return read.data;
      const [issue] = read.error.issues;
      const where = `${issue?.path.join('.')}: ${issue?.message}`;
      throw new GithubError('unexpected', `${host.name} does not answer as GitHub's GraphQL API does (${where})`);
    },
  };
}

function answerOf({ status, headers, data }: Answer): Answer {
  return { status, headers, data };
}

/** An error that carries an answer is one; anything else was none. */
function refusedAnswer(error: unknown): Answer {
  if (error instanceof Error && 'response' in error && error.response !== undefined)
    return answerOf(error.response as Answer);
  throw error;
}
