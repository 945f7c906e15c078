import type { Story } from '../agenda.ts';
import type { Team } from '../team.ts';

const ENOUGH = 6;

/** Somebody sees to it that there is something to do: twice a week, and much on the first day. */
export function* fillBacklog(team: Team): Story {
  const random = team.random('backlog');
  for (;;) {
    const wanted = ENOUGH + random.whole(0, 4);
    while (team.backlog.length < wanted) {
      yield* team.work(random, 0.1);
      const { title, type } = team.ideas.next();
      team.backlog.push(team.tools.tracker.ticket(title, type, random.oneOf(team.habits.people)));
    }
    yield* team.until([1, 3, 5], 11);
  }
}
