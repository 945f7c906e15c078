import type { Story } from '../agenda.ts';
import { MINUTE } from '../clock.ts';
import type { Person } from '../people.ts';
import type { Random } from '../random.ts';
import type { Team } from '../team.ts';
import type { TroubleKind } from '../teams.ts';
import { outages } from '../titles.ts';
import type { Commit, Outcome } from '../tools.ts';

/** Brings to production what was merged, one deployment at a time, with the trouble that there is. */
export function* release(team: Team): Story {
  const { releases, people } = team.habits;
  const random = team.random('release');
  yield* team.office();
  const [first] = people;
  if (first === undefined) return;
  yield* deploy(team, { commit: team.tools.repository.head, by: first, outcome: 'success' }, random);
  for (;;) {
    yield* releases === undefined ? team.work(random, 0.25) : team.until(releases.weekdays, releases.hour);
    if (team.merged.length === 0) continue;
    const by = random.oneOf(people);
    yield* bring(team, by, random, team.nextTrouble()?.kind);
  }
}

function* bring(team: Team, by: Person, random: Random, trouble: TroubleKind | undefined): Story {
  const { head: commit } = team.tools.repository;
  const tickets = team.merged.splice(0);
  if (trouble === 'failure') {
    yield* deploy(team, { commit, by, outcome: 'failure' }, random);
    yield* team.work(random, team.habits.mendHours);
  }
  yield* deploy(team, { commit, by, outcome: 'success', isUnknown: trouble === 'unknown' }, random);
  for (const ticket of tickets) {
    yield* team.wait(MINUTE);
    ticket.move('Done', by);
  }
  if (trouble !== 'hotfix' && trouble !== 'rollback') return;
  team.notable.push(...tickets.slice(0, 1));
  yield* suffer(team, by, random, trouble);
}

/** An incident that the newest deployment has caused, until people can work again. */
function* suffer(team: Team, by: Person, random: Random, how: 'hotfix' | 'rollback'): Story {
  const { repository } = team.tools;
  yield* team.wait(random.whole(15, 60) * MINUTE);
  const what = random.oneOf(outages[team.habits.name]);
  const outage = repository.outage(what, 'Since the last deployment. Somebody is looking at it.', by);
  yield* team.work(random, team.habits.mendHours / 4);
  if (how === 'rollback') {
    const before = team.deployed.at(-2);
    if (before !== undefined) yield* deploy(team, { commit: before, by, outcome: 'success' }, random);
    yield* team.wait(random.whole(5, 20) * MINUTE);
    outage.close(by);
    yield* mend(team, { what, number: outage.number, branch: 'fix' }, by, random);
    return;
  }
  yield* mend(team, { what, number: outage.number, branch: 'hotfix' }, by, random);
  yield* deploy(team, { commit: repository.head, by, outcome: 'success' }, random);
  yield* team.wait(random.whole(5, 20) * MINUTE);
  outage.close(by);
}

interface Mending {
  readonly what: string;
  readonly number: number;
  readonly branch: 'hotfix' | 'fix';
}

/** A small change that ends an incident, looked at soon. */
function* mend(team: Team, { what, number, branch }: Mending, by: Person, random: Random): Story {
  const { repository, pipelines } = team.tools;
  const slug = what.toLowerCase().replaceAll(' ', '-');
  const change = repository.change({
    ...{ title: `Mend: ${what.toLowerCase()}`, description: `Fixes #${number}`, branch: `${branch}/${slug}` },
    ...{ author: by, labels: branch === 'hotfix' ? ['hotfix'] : [] },
  });
  const ms = team.habits.checkMinutes * MINUTE;
  yield* team.work(random, team.habits.mendHours);
  change.push(`Mend: ${what.toLowerCase()}`, team.now - random.whole(1, 10) * MINUTE);
  yield* team.wait(MINUTE);
  change.open({ isDraft: false });
  yield* team.machine(pipelines.check(change, by, { isFlaky: false, ms }));
  yield* team.work(random, 0.2);
  change.review(team.other(by, random), 'approved');
  yield* team.wait(2 * MINUTE);
  change.merge(by);
  yield* team.machine(pipelines.checkMain(repository.head, by, ms));
}

interface Deployment {
  readonly commit: Commit;
  readonly by: Person;
  readonly outcome: Outcome;
  /** Nobody tells the commit. */
  readonly isUnknown?: boolean;
}

function* deploy(team: Team, { commit, by, outcome, isUnknown }: Deployment, random: Random): Story {
  const ms = random.about(team.habits.deployMinutes) * MINUTE;
  yield* team.machine(team.tools.pipelines.deploy(isUnknown === true ? null : commit, by, { outcome, ms }));
  if (outcome === 'success') team.deployed.push(commit);
}
