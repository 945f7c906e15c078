import type { EpochMs, Event, FactValue } from './event.ts';
import type { Identity, Name } from './identity.ts';
import { type Attempt, environmentOf, tierOf } from './span.ts';

/** What a person says of one deployment. `null` takes back what was said before; what is absent stays as it was said. */
export interface Saying {
  /** Whether it has failed: needed somebody to step in. */
  readonly isFailure?: boolean | null;
  /** Whether it was made, unplanned, to mend something in production. */
  readonly isRework?: boolean | null;
  readonly author: string;
  readonly reason: string;
}

/** The last word on one attempt. `null` where nobody has said it, or somebody has taken it back. */
export interface Verdict {
  /** The attempt's ordinal. */
  readonly attempt: number;
  readonly isFailure: boolean | null;
  readonly isRework: boolean | null;
  /** Who spoke last, why, and when. */
  readonly author: string;
  readonly reason: string;
  readonly saidAt: EpochMs;
}

/** All that it takes to tell a saying as an event, whatever is known of its operation by then. */
export interface Correction {
  readonly identity: Identity;
  readonly name: Name;
  /** What its sender calls it, whatever rules make of that. */
  readonly operation: string;
  /** The key of the attempt that is meant. */
  readonly attempt: string;
  readonly saying: Saying;
  readonly saidAt: EpochMs;
}

/** What the names of facts begin with that tell a verdict. */
export const VERDICT_FACT = 'verdict.';
const FIELDS = ['is_failure', 'is_rework', 'author', 'reason', 'said_at'] as const;
type Field = (typeof FIELDS)[number];

/** The fact names the attempt itself, for the event lands on the one that was the last when it was said. */
function factName(field: Field, attempt: string): string {
  return `${VERDICT_FACT}${field}@${attempt}`;
}

const TAKEN_BACK = 'taken_back';

/** A saying as what an event tells: the last one of each field wins, as of all facts. */
export function factsOf({ attempt, saying, saidAt }: Correction): NonNullable<Event['facts']> {
  const { isFailure, isRework, author, reason } = saying;
  const judged = (field: Field, value: boolean | null | undefined) =>
    value === undefined ? [] : [[factName(field, attempt), value ?? TAKEN_BACK] as const];
  return Object.fromEntries([
    ...judged('is_failure', isFailure),
    ...judged('is_rework', isRework),
    [factName('author', attempt), author],
    [factName('reason', attempt), reason],
    [factName('said_at', attempt), saidAt],
  ]);
}

/** What people have said of the attempts of an operation, the first attempt first. */
export function verdictsOf(attempts: readonly Pick<Attempt, 'key' | 'ordinal' | 'facts'>[]): Verdict[] {
  const facts: ReadonlyMap<string, FactValue> = new Map(attempts.flatMap((attempt) => Object.entries(attempt.facts)));
  return attempts.flatMap(({ key, ordinal }) => {
    const told = (field: Field) => facts.get(factName(field, key));
    const saidAt = told('said_at');
    if (typeof saidAt !== 'number') return [];
    return [
      {
        attempt: ordinal,
        isFailure: asJudged(told('is_failure')),
        isRework: asJudged(told('is_rework')),
        author: String(told('author')),
        reason: String(told('reason')),
        saidAt,
      },
    ];
  });
}

function asJudged(value: FactValue | undefined): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

/** Why a deployment that has ended counts in no measure, whatever is said of it; null where it does. */
export function whyUncounted(attempt: Attempt): string | null {
  const { result, isError, finishedAt } = attempt;
  const environment = environmentOf(attempt);
  if (environment === null)
    return 'nobody has told to which environment it went; a rule under rules.deploys can, with environment';
  if (tierOf(attempt) === null)
    return `nobody has told what kind of environment ${environment} is; a rule under rules.environments can, with tier`;
  if (finishedAt === null) return 'nobody has told when it ended';
  if (isError || result === 'success' || result === 'rolled_back') return null;
  if (result === 'cancelled' || result === 'skipped') return `it was ${result}, so nothing was tried`;
  return 'it ended neither well nor badly';
}
