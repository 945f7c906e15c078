import type { EpochMs } from '../domain/event.ts';
import { Agenda } from './agenda.ts';
import { Clock, DAY } from './clock.ts';
import { type DemoDelivery, Outbox } from './delivery.ts';
import { Actions } from './senders/actions.ts';
import { GitHubRepository } from './senders/github.ts';
import { GitLabProject } from './senders/gitlab.ts';
import { GitLabPipelines } from './senders/gitlab-ci.ts';
import { Jenkins } from './senders/jenkins.ts';
import { JiraProject } from './senders/jira.ts';
import { fillBacklog } from './stories/backlog.ts';
import { develop } from './stories/change.ts';
import { release } from './stories/release.ts';
import { nightlyBuilds, sprints } from './stories/rhythm.ts';
import { Team, type Tools, type World } from './team.ts';
import { type Habits, type TeamName, teams } from './teams.ts';
import type { Ticket } from './tools.ts';

export interface DemoSettings {
  /** Another one gives another quarter. */
  readonly seed: number;
  /** When it ends, and how many days it lasts. */
  readonly to: EpochMs;
  readonly days: number;
}

/** Of these many of each team's people write code. */
const DEVELOPERS = 3;

/**
 * The webhooks of three teams, in the order in which they arrive. Pure: the same settings give the same bytes.
 *
 * What happens after the end of the history is made as well, faster, by asking for later times.
 */
export class Demo {
  readonly #agenda: Agenda;
  readonly #outbox: Outbox;
  readonly #teams: readonly Team[];
  #given = 0;

  constructor({ seed, to, days }: DemoSettings) {
    const history = { from: Math.floor(to / 1_000) * 1_000 - days * DAY, to };
    this.#agenda = new Agenda(history.from);
    this.#outbox = new Outbox(this.#agenda, `${seed} ${to} ${days}`);
    this.#teams = teams.map((habits) => {
      const clock = new Clock(habits.timeZone, history);
      return letWork(habits, this.#outbox, { seed, history, agenda: this.#agenda, clock });
    });
  }

  /** What arrives up to a time, and was not given before. */
  until(at: EpochMs): readonly DemoDelivery[] {
    this.#agenda.run(at - 1_000);
    const found = this.#outbox.deliveries.slice(this.#given);
    this.#given += found.length;
    return found;
  }

  /** A ticket of which the trace tells much: its deployment has caused an incident. Null where none has, up to now. */
  get worthSeeing(): Ticket | null {
    return this.#teams.flatMap(({ notable }) => notable.slice(-1)).at(0) ?? null;
  }
}

function letWork(habits: Habits, outbox: Outbox, world: World): Team {
  const team = starts[habits.name](habits, outbox, world);
  const [first, ...rest] = habits.people;
  if (first !== undefined) team.tools.repository.begin(first);
  team.begin(fillBacklog(team));
  team.begin(release(team));
  for (const person of rest.slice(0, DEVELOPERS)) team.begin(develop(team, person));
  return team;
}

/** Which tools each team has. */
const starts: Readonly<Record<TeamName, (habits: Habits, outbox: Outbox, world: World) => Team>> = {
  checkout: (habits, outbox, world) => {
    const repository = new GitHubRepository(outbox, habits.projects[0]);
    const tracker = new JiraProject(outbox, 'CHK', 'Checkout');
    const team = new Team(habits, { repository, tracker, pipelines: new Actions(repository, outbox) }, world);
    team.begin(sprints(team, tracker));
    return team;
  },
  search: (habits, outbox, world) => {
    const project = new GitLabProject(outbox, habits.projects[0]);
    const tools: Tools = { repository: project, tracker: project, pipelines: new GitLabPipelines(project, outbox) };
    return new Team(habits, tools, world);
  },
  platform: (habits, outbox, world) => {
    const repository = new GitHubRepository(outbox, habits.projects[0]);
    const jenkins = new Jenkins(repository, outbox);
    const tracker = new JiraProject(outbox, 'PLAT', 'Platform');
    const team = new Team(habits, { repository, tracker, pipelines: jenkins }, world);
    team.begin(nightlyBuilds(team, jenkins));
    return team;
  },
};
