import type { Author, Company, PullRequest, Repository } from './company.ts';

/** What a report on a company should say, computed from it in another way than the program does. */
export function expectedCsv(
  company: Company,
  wanted: (repository: Repository, pull: PullRequest) => boolean = () => true,
  withAuthors = false,
): string {
  const lines = [headOf(withAuthors ? 'author,' : '')];
  const sorted = [...company.repositories].sort((a, b) => `${a.owner}/${a.name}`.localeCompare(`${b.owner}/${b.name}`));
  for (const repository of sorted)
    for (const pull of repository.pullRequests)
      if (wanted(repository, pull)) lines.push(lineOf(repository, pull, withAuthors));
  return lines.map((line) => `${line}\r\n`).join('');
}

const headOf = (author: string) =>
  `owner,repo,number,title,url,state,is_draft,${author}author_is_bot,created_at,first_review_at,merged_at,closed_at,additions,deletions,changed_files,comments,reviews`;

function lineOf({ owner, name }: Repository, pull: PullRequest, withAuthors: boolean): string {
  const said = pull.reviews.filter(({ submittedAt }) => submittedAt !== null);
  const byOthers = said.filter(
    ({ author }) => !(author?.kind === 'Bot') && (author === null || !isSame(author, pull.author)),
  );
  const first = byOthers.reduce<string>(
    (least, { submittedAt }) => (least === '' || String(submittedAt) < least ? String(submittedAt) : least),
    '',
  );
  let comments = pull.comments;
  for (const review of said) comments += review.comments;
  const bot = pull.author === null ? '' : String(pull.author.kind === 'Bot');
  return [
    ...[owner, name, pull.number, quoted(pull.title)],
    `https://github.example.com/${owner}/${name}/pull/${pull.number}`,
    ...[pull.state.toLowerCase(), pull.isDraft, ...(withAuthors ? [pull.author?.login ?? ''] : []), bot],
    ...[pull.createdAt, first, pull.mergedAt ?? '', pull.closedAt ?? ''],
    ...[pull.additions, pull.deletions, pull.changedFiles, comments, said.length],
  ].join(',');
}

const isSame = (one: Author, other: Author) => one?.login === other?.login;

function quoted(text: string): string {
  const guarded = '=+-@'.includes(text.charAt(0)) ? `'${text}` : text;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** A row of the aggregate, as an object of numbers and texts; null where nothing is known. */
export type ExpectedRow = Readonly<Record<string, string | number | null>>;

/** The aggregate of a company, by a label for each end: for each row all its pull requests are gone through again. */
export function expectedAggregate(company: Company, labelOf: (at: Date) => string, withBots = false): ExpectedRow[] {
  const rows: ExpectedRow[] = [];
  for (const { owner, name, pullRequests } of company.repositories) {
    const counted = pullRequests
      .filter(({ author, closedAt }) => closedAt !== null && (withBots || author?.kind !== 'Bot'))
      .map((pull) => ({ pull, label: labelOf(new Date(String(pull.closedAt))) }));
    for (const interval of [...new Set(counted.map(({ label }) => label))].sort()) {
      const here = counted.filter(({ label }) => label === interval).map(({ pull }) => pull);
      const merged = here.filter(({ state }) => state === 'MERGED');
      const before = counted.filter(({ pull, label }) => pull.state === 'MERGED' && label <= interval);
      const lengths = before.map(({ pull }) => hoursOf(pull)).sort((a, b) => a - b);
      rows.push({
        ...{ key: `${owner}/${name}`, interval, owner, repo: name, total: here.length, merged: merged.length },
        merge_ratio: merged.length / here.length,
        average_lines_changed: average(merged.map(linesOf)),
        hours: average(merged.map(hoursOf)),
        seconds_per_line: average(
          merged.filter((pull) => linesOf(pull) !== 0).map((pull) => (hoursOf(pull) * 3_600) / linesOf(pull)),
        ),
        seconds_per_comment: average(
          merged.filter((pull) => commentsOf(pull) !== 0).map((pull) => (hoursOf(pull) * 3_600) / commentsOf(pull)),
        ),
        comments: average(merged.map(commentsOf)),
        ...{ running_p50_hours: percentile(lengths, 0.5), running_p95_hours: percentile(lengths, 0.95) },
        running_p99_hours: percentile(lengths, 0.99),
      });
    }
  }
  return rows.sort((a, b) => (`${a.key} ${a.interval}` < `${b.key} ${b.interval}` ? -1 : 1));
}

const hoursOf = ({ createdAt, mergedAt }: PullRequest) =>
  (Date.parse(String(mergedAt)) - Date.parse(createdAt)) / 3_600_000;
const linesOf = ({ additions, deletions }: PullRequest) => additions + deletions;
const commentsOf = ({ comments, reviews }: PullRequest) =>
  reviews.reduce((sum, review) => sum + (review.state === 'PENDING' ? 0 : review.comments), comments);

const average = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => a + b) / values.length;

/** Of sorted values: between the two that are nearest. */
function percentile(sorted: readonly number[], part: number): number | null {
  if (sorted.length === 0) return null;
  const at = (sorted.length - 1) * part;
  const [below = 0, above = 0] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return below * (1 - (at % 1)) + above * (at % 1);
}

/** Which ISO week of UTC an instant is in, `2026-W10`: the week is that of its Thursday. */
export function isoWeek(at: Date): string {
  const thursday = new Date(
    Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() + 4 - (at.getUTCDay() || 7)),
  );
  const days = (thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 86_400_000;
  return `${thursday.getUTCFullYear()}-W${String(Math.floor(days / 7) + 1).padStart(2, '0')}`;
}

/** The day of an instant in a time zone, `2026-03-02`. */
export function dayIn(timeZone: string): (at: Date) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  return (at) => format.format(at);
}
