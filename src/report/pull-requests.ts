import type { Github } from '../vendors/github/client.ts';
import { csvOf } from './csv.ts';
import { type Fetched, fetchAll } from './fetch.ts';
import type { Journal } from './journal.ts';
import type { Question } from './question.ts';
import { RepositoryFinder } from './repositories.ts';
import { columnsOf, type Row } from './row.ts';

/** Who hears of what happens meanwhile. */
export interface Listener {
  readonly onRenamed: (asked: string, today: string) => void;
  readonly onFetched: (fetched: Fetched) => void;
}

/** Reads into a journal what it lacks of the answer to a question. Throws a GithubError, or the reason of the client's signal. */
export async function readPullRequests(
  github: Github,
  journal: Journal,
  question: Question,
  { onRenamed, onFetched }: Listener,
): Promise<void> {
  if (journal.repositories === null)
    journal.setRepositories(await new RepositoryFinder(github, question, onRenamed).find(question));
  await fetchAll(github, journal, question, onFetched);
}

/**
 * What a journal has read as comma-separated values, portion by portion: by owner, repository and number, whichever was read
 * first. `onRows` hears how many of each repository.
 */
export function* csvOfJournal(
  journal: Journal,
  { authors, max }: Question,
  onRows: (count: number) => void,
): Generator<string> {
  const columns = columnsOf(authors);
  yield csvOf([columns]);
  for (const [index, { owner, name }] of (journal.repositories ?? []).entries()) {
    const rows = journal.rowsOf(index).slice(max === null ? 0 : -max);
    onRows(rows.length);
    if (rows.length > 0) yield csvOf(rows.map((row) => cellsOf({ owner, repo: name, ...row }, columns)));
  }
}

function cellsOf(row: Row & { owner: string; repo: string }, columns: readonly string[]) {
  return columns.map((column) => row[column as keyof typeof row]);
}
