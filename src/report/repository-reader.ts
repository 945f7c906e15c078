import type { Github } from '../vendors/github/client.ts';
import { GithubError } from '../vendors/github/error.ts';
import type { Journal, Page, Repository } from './journal.ts';
import {
  MORE_REVIEWS,
  moreReviewsSchema,
  PULL_REQUESTS,
  type PullRequest,
  pullRequestsSchema,
  rowOf,
} from './queries.ts';
import type { Question } from './question.ts';
import { everyPage } from './repositories.ts';
import type { Row } from './row.ts';

/** One way through the pull requests of a repository. */
export interface Phase {
  readonly states: readonly string[];
  readonly orderBy: { readonly field: 'CREATED_AT' | 'UPDATED_AT'; readonly direction: 'ASC' | 'DESC' };
  /** Ends before what was changed before this time, in milliseconds since 1970. */
  readonly until: number | null;
  /** Looks at what has changed while the phase before was read, so it needs no look where that was one page. */
  readonly isSecondLook: boolean;
}

/** Of pull requests. With more of them GitHub takes so long that it gives up. */
const LARGEST_PAGE = 50;
const SMALLEST_PAGE = 5;

/** Reads the pull requests of one repository, from where a journal says. */
export class RepositoryReader {
  readonly #github: Github;
  readonly #journal: Journal;
  readonly #question: Question;
  readonly #repository: Repository;
  readonly #index: number;
  #size: number;

  constructor(
    github: Github,
    journal: Journal,
    question: Question,
    { repository, index }: { readonly repository: Repository; readonly index: number },
  ) {
    this.#github = github;
    this.#journal = journal;
    this.#question = question;
    this.#repository = repository;
    this.#index = index;
    // What is asked for costs points, whether it is there or not.
    this.#size = Math.min(LARGEST_PAGE, Math.max(1, repository.total));
  }

  /** What is left, page by page; the next one is asked for once the journal has the one before. */
  async *pages(phases: readonly Phase[]): AsyncGenerator<Page> {
    let { phase: number, after } = this.#journal.placeOf(this.#index);
    let pagesBefore = Number.POSITIVE_INFINITY;
    for (const phase of phases.slice(number)) {
      const isNeeded = this.#repository.total > 0 && !(phase.isSecondLook && pagesBefore === 1);
      let pages = after === null ? 0 : 1;
      do {
        const page: { rows: Row[]; after: string | null } = isNeeded
          ? await this.#read(phase, after)
          : { rows: [], after: null };
        after = page.after;
        pages += 1;
        if (after === null) number += 1;
        yield { of: this.#index, phase: number, after, rows: page.rows };
      } while (after !== null);
      pagesBefore = pages;
    }
  }

  /** One page as rows; `after` is null where it is the last. */
  async #read(phase: Phase, after: string | null): Promise<{ rows: Row[]; after: string | null }> {
    const { nodes, pageInfo } = await this.#ask(phase, after);
    const { sinceAt } = this.#journal;
    const wanted = nodes.filter(({ closedAt }) => closedAt === null || Date.parse(closedAt) >= (sinceAt ?? 0));
    const rows: Row[] = [];
    for (const pull of wanted) rows.push(rowOf(await this.#withReviews(pull), this.#question.authors));
    const oldest = nodes.at(-1);
    const isPast = phase.until !== null && oldest !== undefined && Date.parse(oldest.updatedAt) < phase.until;
    const isLast = !pageInfo.hasNextPage || isPast || this.#isEnough(rows.length);
    return { rows, after: isLast ? null : pageInfo.endCursor };
  }

  /** Where all are asked for, the latest come first. */
  #isEnough(more: number): boolean {
    const { max } = this.#question;
    return this.#journal.sinceAt === null && max !== null && this.#journal.placeOf(this.#index).rows + more >= max;
  }

  /** Where GitHub cannot answer, a smaller page may still be answered. */
  async #ask(phase: Phase, after: string | null) {
    for (;;) {
      try {
        const { states, orderBy } = phase;
        const asked = { id: this.#repository.id, first: this.#size, after, states, orderBy };
        const { node } = await this.#github.graphql(pullRequestsSchema, PULL_REQUESTS, asked);
        return node.pullRequests;
      } catch (error) {
        const isTooMuch = error instanceof GithubError && error.kind === 'unavailable' && error.cause === undefined;
        if (!isTooMuch || this.#size <= SMALLEST_PAGE) throw error;
        this.#size = Math.max(SMALLEST_PAGE, Math.floor(this.#size / 2));
      }
    }
  }

  async #withReviews(pull: PullRequest): Promise<PullRequest> {
    const { pageInfo, nodes } = pull.reviews;
    if (!pageInfo.hasNextPage) return pull;
    const more = await everyPage(async (after) => {
      const asked = { id: pull.id, after };
      const { node } = await this.#github.graphql(moreReviewsSchema, MORE_REVIEWS, asked);
      return node.reviews;
    }, pageInfo.endCursor);
    return { ...pull, reviews: { ...pull.reviews, nodes: [...nodes, ...more] } };
  }
}
