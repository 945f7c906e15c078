import type { EpochMs } from '../domain/event.ts';
import type { Bucket } from '../measures/window.ts';
import { Intervals } from './intervals.ts';
import { RunningPercentiles } from './running.ts';

/** What an aggregate is made of. What is null is not known, or has not happened. */
export interface PullRequestTimes {
  readonly owner: string;
  readonly repo: string;
  readonly isBot: boolean | null;
  readonly createdAt: EpochMs | null;
  readonly mergedAt: EpochMs | null;
  /** Merged or not. */
  readonly closedAt: EpochMs | null;
  /** Added and deleted. */
  readonly lines: number | null;
  readonly comments: number | null;
}

/** One row of the aggregate: the pull requests of a repository that ended in an interval. What is null is not known. */
export interface AggregateRow {
  readonly key: string;
  readonly interval: string;
  readonly owner: string;
  readonly repo: string;
  readonly total: number;
  readonly merged: number;
  readonly merge_ratio: number;
  readonly average_lines_changed: number | null;
  readonly hours: number | null;
  readonly seconds_per_line: number | null;
  readonly seconds_per_comment: number | null;
  readonly comments: number | null;
  readonly running_p50_hours: number | null;
  readonly running_p95_hours: number | null;
  readonly running_p99_hours: number | null;
}

/** Those of a row, in the order in which they are told. */
export const aggregateColumns: readonly (keyof AggregateRow)[] = [
  ...([
    'key',
    'interval',
    'owner',
    'repo',
    'total',
    'merged',
    'merge_ratio',
    'average_lines_changed',
    'hours',
  ] as const),
  ...(['seconds_per_line', 'seconds_per_comment', 'comments'] as const),
  ...(['running_p50_hours', 'running_p95_hours', 'running_p99_hours'] as const),
];

export interface AggregateOptions {
  readonly window: Bucket;
  readonly timeZone: string;
  /** Whether those of bots count as well. */
  readonly withBots: boolean;
}

/** What counts in no row, by reason. */
export interface LeftOut {
  open: number;
  bot: number;
}

const HOUR_MS = 3_600_000;

/** What has become of all pull requests. */
export interface Aggregate {
  /** By key and interval; made only when they are read, repository by repository. */
  readonly rows: Iterable<AggregateRow>;
  readonly leftOut: LeftOut;
}

/** The rows of all pull requests, and how many are in none. Reads each once, and keeps numbers only. */
export async function aggregate(
  pullRequests: AsyncIterable<PullRequestTimes>,
  { window, timeZone, withBots }: AggregateOptions,
): Promise<Aggregate> {
  const intervals = new Intervals(window, timeZone);
  const repositories = new Map<string, RepositoryAggregate>();
  const leftOut: LeftOut = { open: 0, bot: 0 };
  for await (const one of pullRequests) {
    const endedAt = one.mergedAt ?? one.closedAt;
    if (one.isBot === true && !withBots) leftOut.bot += 1;
    else if (endedAt === null) leftOut.open += 1;
    else {
      const key = `${one.owner}/${one.repo}`;
      const repository = repositories.get(key) ?? new RepositoryAggregate(one.owner, one.repo);
      repositories.set(key, repository);
      repository.add(intervals.labelOf(endedAt), one);
    }
  }
  return { rows: rowsOf(repositories), leftOut };
}

function* rowsOf(repositories: ReadonlyMap<string, RepositoryAggregate>): Generator<AggregateRow> {
  for (const [, repository] of [...repositories].sort(([a], [b]) => (a < b ? -1 : 1))) yield* repository.rows();
}

/** What is known of one interval of a repository. */
class IntervalSums {
  total = 0;
  merged = 0;
  readonly lines = new Mean();
  readonly comments = new Mean();
  readonly msPerLine = new Mean();
  readonly msPerComment = new Mean();
  /** Of each that was merged, from its opening, where that is known. */
  readonly durationsMs: number[] = [];

  add({ createdAt, mergedAt, lines, comments }: PullRequestTimes): void {
    this.total += 1;
    if (mergedAt === null) return;
    this.merged += 1;
    if (lines !== null) this.lines.add(lines);
    if (comments !== null) this.comments.add(comments);
    // Times that contradict each other are no duration.
    if (createdAt === null || mergedAt < createdAt) return;
    const durationMs = mergedAt - createdAt;
    this.durationsMs.push(durationMs);
    if (lines !== null && lines > 0) this.msPerLine.add(durationMs / lines);
    if (comments !== null && comments > 0) this.msPerComment.add(durationMs / comments);
  }
}

class RepositoryAggregate {
  readonly #owner: string;
  readonly #repo: string;
  readonly #intervals = new Map<string, IntervalSums>();

  constructor(owner: string, repo: string) {
    this.#owner = owner;
    this.#repo = repo;
  }

  add(interval: string, pullRequest: PullRequestTimes): void {
    const sums = this.#intervals.get(interval) ?? new IntervalSums();
    this.#intervals.set(interval, sums);
    sums.add(pullRequest);
  }

  rows(): AggregateRow[] {
    const inOrder = [...this.#intervals].sort(([a], [b]) => (a < b ? -1 : 1));
    const running = new RunningPercentiles(inOrder.flatMap(([, { durationsMs }]) => durationsMs));
    return inOrder.map(([interval, sums]) => {
      for (const durationMs of sums.durationsMs) running.add(durationMs);
      return this.#row(interval, sums, running);
    });
  }

  #row(interval: string, sums: IntervalSums, running: RunningPercentiles): AggregateRow {
    const [owner, repo] = [this.#owner, this.#repo];
    const { total, merged, lines, comments, msPerLine, msPerComment, durationsMs } = sums;
    return {
      ...{ key: `${owner}/${repo}`, interval, owner, repo, total, merged },
      merge_ratio: merged / total,
      average_lines_changed: lines.value,
      hours: inHours(meanOf(durationsMs)),
      seconds_per_line: inSeconds(msPerLine.value),
      seconds_per_comment: inSeconds(msPerComment.value),
      comments: comments.value,
      running_p50_hours: inHours(running.at(0.5)),
      running_p95_hours: inHours(running.at(0.95)),
      running_p99_hours: inHours(running.at(0.99)),
    };
  }
}

class Mean {
  #sum = 0;
  #n = 0;
  add(value: number): void {
    this.#sum += value;
    this.#n += 1;
  }
  /** Null of nothing. */
  get value(): number | null {
    return this.#n === 0 ? null : this.#sum / this.#n;
  }
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function inHours(ms: number | null): number | null {
  return ms === null ? null : ms / HOUR_MS;
}

function inSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}
