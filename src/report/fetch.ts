import type { Github } from '../vendors/github/client.ts';
import type { Journal } from './journal.ts';
import { githubStates, type Question } from './question.ts';
import { type Phase, RepositoryReader } from './repository-reader.ts';

/** How far it has come. */
export interface Fetched {
  readonly repositories: { readonly done: number; readonly total: number };
  /** The total is null where it is not known before all are read. */
  readonly pullRequests: { readonly done: number; readonly total: number | null };
}

/** GitHub wants few requests at a time; its documented limit of 100 is for what it bears, not for what it answers well. */
const AT_ONCE = 4;
/**
 * Reads all that a journal has not: the repositories in parallel, the pages of each one after the other. What was read is in
 * the journal, whatever happens. `tell` hears of each page.
 */
export async function fetchAll(
  github: Github,
  journal: Journal,
  question: Question,
  tell: (fetched: Fetched) => void,
): Promise<void> {
  const repositories = journal.repositories ?? [];
  const phases = phasesOf(question, journal);
  const isDone = (index: number) => journal.placeOf(index).phase >= phases.length;
  const left = repositories.flatMap((repository, index) => (isDone(index) ? [] : [{ repository, index }]));
  // The largest first, so that none is left to be read alone at the end.
  left.sort((a, b) => b.repository.total - a.repository.total);
  let failed = false;
  const tellAll = () => tell(fetchedOf(journal, question, isDone));
  tellAll();
  const worker = async () => {
    for (let next = left.shift(); next !== undefined && !failed; next = left.shift())
      for await (const page of new RepositoryReader(github, journal, question, next).pages(phases)) {
        journal.append(page);
        tellAll();
        if (failed) return;
      }
  };
  const workers = Array.from({ length: AT_ONCE }, () =>
    worker().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  for (const ended of await Promise.allSettled(workers)) if (ended.status === 'rejected') throw ended.reason;
}

function fetchedOf(journal: Journal, { max }: Question, isDone: (index: number) => boolean): Fetched {
  const repositories = journal.repositories ?? [];
  const indexes = [...repositories.keys()];
  const total = repositories.reduce((sum, one) => sum + Math.min(one.total, max ?? one.total), 0);
  return {
    repositories: { done: indexes.filter(isDone).length, total: repositories.length },
    pullRequests: {
      done: indexes.reduce(
        (sum, index) => sum + Math.min(journal.placeOf(index).rows, max ?? Number.POSITIVE_INFINITY),
        0,
      ),
      total: journal.sinceAt === null ? total : null,
    },
  };
}

/**
 * Without a beginning: all, the latest first, so that `max` are the latest. With one: all that are open; and what has ended by
 * when it changed last, which is never before it ended. What changes meanwhile moves to the front, so that is looked at again.
 */
function phasesOf({ state }: Question, { sinceAt, startedAt }: Journal): readonly Phase[] {
  const states = githubStates(state);
  const latest = { field: 'CREATED_AT', direction: 'DESC' } as const;
  if (sinceAt === null) return [{ states, orderBy: latest, until: null, isSecondLook: false }];
  const ended = states.filter((one) => one !== 'OPEN');
  const changed = { states: ended, orderBy: { field: 'UPDATED_AT', direction: 'DESC' } as const };
  return [
    ...(states.includes('OPEN') ? [{ states: ['OPEN'], orderBy: latest, until: null, isSecondLook: false }] : []),
    ...(ended.length === 0
      ? []
      : [
          { ...changed, until: sinceAt, isSecondLook: false },
          { ...changed, until: startedAt, isSecondLook: true },
        ]),
  ];
}
