import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Past } from './past.ts';

/** Who did something, as GitHub's GraphQL API calls the kinds; null where the account was deleted. */
export type Author = { readonly login: string; readonly kind: 'User' | 'Bot' } | null;

export interface Review {
  readonly author: Author;
  readonly state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';
  readonly submittedAt: string | null;
  /** On the code. */
  readonly comments: number;
}

export interface PullRequest {
  readonly number: number;
  readonly title: string;
  readonly state: 'OPEN' | 'CLOSED' | 'MERGED';
  readonly isDraft: boolean;
  readonly author: Author;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt: string | null;
  readonly mergedAt: string | null;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
  /** Of the conversation. */
  readonly comments: number;
  readonly reviews: readonly Review[];
}

export interface Repository {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly isArchived: boolean;
  readonly isFork: boolean;
  readonly pullRequests: PullRequest[];
  /** What else there is; nothing where it is not given. */
  readonly past?: Past;
}

/** What a GitHub has. Tests may change it while a server tells it. */
export interface Company {
  readonly repositories: Repository[];
  /** The old `owner/name` of repositories that were renamed, and the new one. */
  readonly renamed: Map<string, string>;
}

const DAY = 86_400_000;

/** Numbers by chance, the same ones for the same seed. */
class Chance {
  readonly #random: ReturnType<typeof xoroshiro128plus>;
  constructor(seed: number) {
    this.#random = xoroshiro128plus(seed);
  }
  /** From `least` to `most`, both included. */
  between(least: number, most: number): number {
    return uniformInt(this.#random, least, most);
  }
  /** So often of a hundred times. */
  happens(percent: number): boolean {
    return this.between(1, 100) <= percent;
  }
  of<T>(choices: readonly T[]): T {
    return choices[this.between(0, choices.length - 1)] as T;
  }
}

/** To the second, as GitHub tells times. */
const at = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

const PEOPLE = ['ada', 'bob', 'chen', 'dora', 'emil', 'fay'].map((login) => ({ login, kind: 'User' as const }));
const BOTS = ['dependabot', 'renovate'].map((login) => ({ login, kind: 'Bot' as const }));
const TITLES = [
  'Add a cache to the price service',
  'Fix "quoted" names, and commas',
  '=HYPERLINK("http://example.com","open me")',
  '-2+3 is not a number',
  '@everyone: review',
  '+1 for tabs\tand umlauts: Größe',
];

/**
 * Repositories with so many pull requests between them, made by chance from a seed: some open, some not merged, some of bots,
 * some without any review or change, a few with more reviews than one page has. The first repository has none.
 */
export function companyOf(seed: number, repositories: number, pullRequests: number, owners = ['octo-org']): Company {
  const chance = new Chance(seed);
  const made = Array.from({ length: repositories }, (_, index) => ({
    ...{ id: `R_${seed}_${index}`, owner: owners[index % owners.length] as string },
    name: index === 0 ? 'empty' : `service-${String(index).padStart(2, '0')}`,
    ...{ isPrivate: index % 3 === 2, isArchived: index % 10 === 9, isFork: false },
    pullRequests: [] as PullRequest[],
  }));
  const start = Date.parse('2025-01-01T00:00:00Z');
  for (let index = 0; index < pullRequests; index += 1) {
    const repository = made[chance.between(1, repositories - 1)];
    const before = repository?.pullRequests.at(-1);
    // Numbers are shared with issues, so there are gaps.
    const number = (before?.number ?? 0) + chance.between(1, 3);
    const createdAt =
      (before === undefined ? start : Date.parse(before.createdAt)) + 1_000 * chance.between(0, 2 * 86_400);
    repository?.pullRequests.push(pullRequestOf(chance, number, at(createdAt)));
  }
  return { repositories: made, renamed: new Map() };
}

function pullRequestOf(chance: Chance, number: number, createdAt: string): PullRequest {
  const opened = Date.parse(createdAt);
  const author: Author = chance.happens(2) ? null : chance.happens(12) ? chance.of(BOTS) : chance.of(PEOPLE);
  const state = chance.of(['OPEN', 'CLOSED', 'MERGED', 'MERGED', 'MERGED', 'MERGED', 'MERGED', 'MERGED'] as const);
  const ended = opened + Math.floor(chance.between(60, (20 * DAY) / 1_000) ** 2 / ((20 * DAY) / 1_000)) * 1_000;
  const endedAt = state === 'OPEN' ? null : at(ended);
  const isEmpty = chance.happens(3);
  return {
    ...{ number, state, author, createdAt, title: chance.of(TITLES) },
    isDraft: state === 'OPEN' && chance.happens(20),
    updatedAt: endedAt ?? at(opened + chance.between(0, 30) * DAY),
    closedAt: endedAt,
    mergedAt: state === 'MERGED' ? endedAt : null,
    additions: isEmpty ? 0 : chance.between(1, 900),
    deletions: isEmpty ? 0 : chance.between(0, 400),
    changedFiles: isEmpty ? 0 : chance.between(1, 40),
    comments: chance.between(0, 6),
    reviews: reviewsOf(chance, opened, author),
  };
}

function reviewsOf(chance: Chance, opened: number, author: Author): Review[] {
  const count = chance.happens(2) ? chance.between(15, 130) : chance.between(0, 4);
  let submitted = opened;
  return Array.from({ length: count }, () => {
    submitted += chance.between(60, 8 * 3_600) * 1_000;
    const reviewer = chance.happens(25) ? author : chance.happens(15) ? chance.of(BOTS) : chance.of(PEOPLE);
    const isPending = chance.happens(2);
    return {
      author: reviewer,
      state: isPending ? 'PENDING' : chance.of(['APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED'] as const),
      submittedAt: isPending ? null : at(submitted),
      comments: chance.between(0, 3),
    };
  });
}
