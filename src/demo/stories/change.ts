import type { Story } from '../agenda.ts';
import { MINUTE } from '../clock.ts';
import type { Person } from '../people.ts';
import type { Random } from '../random.ts';
import type { Team } from '../team.ts';
import type { Change, Ticket } from '../tools.ts';

/** Somebody writes one change after another; what becomes of each goes on beside the next. */
export function* develop(team: Team, person: Person): Story {
  const random = team.random(person.login);
  for (;;) {
    yield* team.work(random, 1);
    // Most take what has waited longest, so that a few wait for ever.
    const [ticket] = team.backlog.splice(random.isTrue(0.8) ? 0 : random.whole(0, team.backlog.length), 1);
    if (ticket === undefined) continue;
    ticket.move('In Progress', person);
    const change = yield* write(team, ticket, person, random);
    team.begin(bringHome(team, { change, ticket, person }));
  }
}

function* write(team: Team, ticket: Ticket, author: Person, random: Random): Generator<number, Change, void> {
  const { title, key, reference } = ticket;
  const change = team.tools.repository.change({
    ...{ title, author, branch: branchOf(ticket), labels: ticket.type === 'Bug' ? ['bug'] : [] },
    description: `${title}.\n\n${reference}\n\nTried by hand and by tests.`,
  });
  const { codingHours } = team.habits;
  yield* team.work(random, codingHours / 2);
  change.push(`${key}: begin`, team.now - random.whole(5, 50) * MINUTE);
  yield* team.work(random, codingHours / 2);
  change.push(`${key}: add tests`, team.now - random.whole(1, 20) * MINUTE);
  return change;
}

function branchOf({ branchPrefix, title }: Ticket): string {
  const words = title.toLowerCase().match(/[a-z]+/g) ?? [];
  return [branchPrefix, ...(words.length === 0 ? ['work'] : words.slice(0, 4))].join('-');
}

interface Work {
  readonly change: Change;
  readonly ticket: Ticket;
  readonly person: Person;
}

/** From the opening of a change to its merge, or to its end without one. */
function* bringHome(team: Team, { change, ticket, person }: Work): Story {
  const { habits, tools } = team;
  const random = team.random(`change ${change.branch}`);
  yield* team.wait(MINUTE);
  const isDraft = random.isTrue(habits.drafts);
  change.open({ isDraft });
  check(team, change, random);
  if (isDraft) {
    yield* team.work(random, 2);
    change.markReady();
  }
  yield* team.wait(MINUTE);
  ticket.move('In Review', person);
  if (random.isTrue(habits.abandoned)) {
    yield* team.work(random, habits.pickupHours * 3);
    change.abandon(person);
    yield* team.wait(MINUTE);
    ticket.drop(person);
    return;
  }
  const reviewer = yield* discuss(team, { change, random });
  yield* team.work(random, habits.mergeHours);
  change.merge(person);
  team.merged.push(ticket);
  team.begin(team.machine(tools.pipelines.checkMain(tools.repository.head, reviewer, habits.checkMinutes * MINUTE)));
}

/** Reviews until one approves; answers with who did. */
function* discuss(
  team: Team,
  { change, random }: { readonly change: Change; readonly random: Random },
): Generator<number, Person, void> {
  const { pickupHours, sentBack } = team.habits;
  const reviewer = team.other(change.author, random);
  yield* team.work(random, pickupHours);
  for (let round = 0; round < 3 && random.isTrue(sentBack); round += 1) {
    change.review(reviewer, random.isTrue(0.5) ? 'changes_requested' : 'commented');
    yield* team.work(random, 2.5);
    change.push(`Answer the review`, team.now - random.whole(2, 15) * MINUTE);
    check(team, change, random);
    yield* team.work(random, pickupHours / 2);
  }
  // What is checked is merged, so an approval waits for the checks.
  yield* team.wait(team.habits.checkMinutes * 4 * MINUTE);
  yield* team.office();
  change.review(reviewer, 'approved');
  return reviewer;
}

/** Lets its checks run, beside what people do. */
function check(team: Team, change: Change, random: Random): void {
  const { checkMinutes, flaky } = team.habits;
  const how = { isFlaky: random.isTrue(flaky), ms: random.about(checkMinutes) * MINUTE };
  team.begin(team.machine(team.tools.pipelines.check(change, change.author, how)));
}
