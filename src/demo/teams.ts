import { type Person, people } from './people.ts';

export type TeamName = 'checkout' | 'search' | 'platform';

/**
 * What goes wrong with a deployment to production:
 * - `failure`: it fails, and is tried again once somebody has looked.
 * - `hotfix`: an incident soon after it, which a hotfix ends.
 * - `rollback`: an incident soon after it, which ends when they go back to what was there before.
 * - `unknown`: nobody tells which commit it was.
 */
export type TroubleKind = 'failure' | 'hotfix' | 'rollback' | 'unknown';

export interface Trouble {
  /** With the first deployment after this part of the time, 0 to 1. */
  readonly after: number;
  readonly kind: TroubleKind;
}

/** How a team works. Hours are working hours, and usual ones: each time is another. */
export interface Habits {
  readonly name: TeamName;
  readonly people: readonly Person[];
  /** What is its own: its repository first. */
  readonly projects: readonly [repository: string, ...others: string[]];
  readonly timeZone: string;
  readonly codingHours: number;
  /** Until somebody looks at a change. */
  readonly pickupHours: number;
  /** From an approval to the merge. */
  readonly mergeHours: number;
  /** How many of all changes are sent back, begin as a draft, come to nothing. */
  readonly sentBack: number;
  readonly drafts: number;
  readonly abandoned: number;
  readonly checkMinutes: number;
  /** How many of all checks fail for no reason. */
  readonly flaky: number;
  readonly deployMinutes: number;
  /** On these weekdays (1 is Monday) at this hour; without them as soon as there is something. */
  readonly releases?: { readonly weekdays: readonly number[]; readonly hour: number };
  /** How much longer than usual everything takes, at a part of the time from 0 to 1. */
  readonly slowness: (progress: number) => number;
  /** In the order of their times. */
  readonly troubles: readonly Trouble[];
  /** How long people need to mend something. */
  readonly mendHours: number;
}

/** Begins well and becomes better: waits become shorter, and nothing has broken since the middle of the quarter. */
const checkout: Habits = {
  name: 'checkout',
  people: people.checkout,
  projects: ['larkmoor/checkout', 'CHK'],
  timeZone: 'Europe/Lisbon',
  codingHours: 15,
  pickupHours: 4,
  mergeHours: 1,
  sentBack: 0.35,
  drafts: 0.3,
  abandoned: 0.04,
  checkMinutes: 7,
  flaky: 0.08,
  deployMinutes: 6,
  slowness: (progress) => 1.7 - 1.2 * progress,
  troubles: [
    { after: 0.1, kind: 'failure' },
    { after: 0.2, kind: 'hotfix' },
    { after: 0.45, kind: 'hotfix' },
  ],
  mendHours: 0.7,
};

/** Works well, apart from a month in which nothing would hold. */
const search: Habits = {
  name: 'search',
  people: people.search,
  projects: ['larkmoor/search'],
  timeZone: 'Asia/Kolkata',
  codingHours: 19,
  pickupHours: 6,
  mergeHours: 2,
  sentBack: 0.45,
  drafts: 0.4,
  abandoned: 0.06,
  checkMinutes: 14,
  flaky: 0.22,
  deployMinutes: 11,
  releases: { weekdays: [1, 2, 3, 4, 5], hour: 15 },
  slowness: (progress) => (isBadMonth(progress) ? 2 : 1),
  troubles: [
    { after: 0.36, kind: 'hotfix' },
    { after: 0.43, kind: 'failure' },
    { after: 0.48, kind: 'rollback' },
    { after: 0.54, kind: 'hotfix' },
    { after: 0.6, kind: 'failure' },
    { after: 0.66, kind: 'hotfix' },
    { after: 0.86, kind: 'failure' },
  ],
  mendHours: 2,
};

function isBadMonth(progress: number): boolean {
  return progress > 0.35 && progress < 0.7;
}

/** Careful and slow: large changes, reviews that wait for days, a release twice a week. */
const platform: Habits = {
  name: 'platform',
  people: people.platform,
  projects: ['larkmoor/platform', 'larkmoor/platform-nightly', 'PLAT'],
  timeZone: 'America/Sao_Paulo',
  codingHours: 25,
  pickupHours: 17,
  mergeHours: 6,
  sentBack: 0.6,
  drafts: 0.2,
  abandoned: 0.08,
  checkMinutes: 26,
  flaky: 0.15,
  deployMinutes: 24,
  releases: { weekdays: [2, 4], hour: 11 },
  slowness: (progress) => 1 + 0.3 * progress,
  troubles: [
    { after: 0.25, kind: 'unknown' },
    { after: 0.38, kind: 'hotfix' },
    { after: 0.62, kind: 'failure' },
    { after: 0.78, kind: 'hotfix' },
  ],
  mendHours: 4,
};

export const teams: readonly Habits[] = [checkout, search, platform];
