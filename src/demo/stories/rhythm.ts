import type { Story } from '../agenda.ts';
import { DAY, HOUR, MINUTE } from '../clock.ts';
import type { Jenkins } from '../senders/jenkins.ts';
import type { JiraProject } from '../senders/jira.ts';
import type { Team } from '../team.ts';

const WORKDAYS = [1, 2, 3, 4, 5];
/** From Monday 10:00 to Friday of the next week, 16:00. */
const SPRINT_MS = 11 * DAY + 6 * HOUR;

/** Two weeks of a sprint, and the next one. */
export function* sprints(team: Team, board: JiraProject): Story {
  for (;;) {
    yield* team.until([1], 10);
    board.startSprint(team.now + SPRINT_MS);
    yield* team.wait(SPRINT_MS);
    board.closeSprint();
  }
}

/** A long build every night before a workday; tests that take so long break more often. */
export function* nightlyBuilds(team: Team, jenkins: Jenkins): Story {
  const random = team.random('nightly');
  for (;;) {
    yield* team.until(WORKDAYS, 2);
    const result = random.isTrue(0.2) ? 'UNSTABLE' : 'SUCCESS';
    yield* team.machine(jenkins.nightly(result, random.about(70) * MINUTE));
  }
}
