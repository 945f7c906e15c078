import type { EpochMs } from '../domain/event.ts';
import type { Agenda, Story } from './agenda.ts';
import { type Clock, DAY, HOUR, type Span } from './clock.ts';
import type { Person } from './people.ts';
import { Random } from './random.ts';
import type { Habits, Trouble } from './teams.ts';
import { Ideas } from './titles.ts';
import type { Commit, Pipelines, Repository, Steps, Ticket, Tracker } from './tools.ts';

export interface Tools {
  readonly repository: Repository;
  readonly tracker: Tracker;
  readonly pipelines: Pipelines;
}

export interface World {
  readonly seed: number;
  readonly history: Span;
  readonly agenda: Agenda;
  readonly clock: Clock;
}

/** A team at work: its tools, and what it has before it. */
export class Team {
  readonly habits: Habits;
  readonly tools: Tools;
  readonly ideas: Ideas;
  /** Nobody works on these yet. */
  readonly backlog: Ticket[] = [];
  /** Merged, and not in production yet. */
  readonly merged: Ticket[] = [];
  /** Of which the deployment has caused an incident. */
  readonly notable: Ticket[] = [];
  /** What is in production, the newest last. */
  readonly deployed: Commit[] = [];
  readonly troubles: Trouble[];
  readonly #world: World;

  constructor(habits: Habits, tools: Tools, world: World) {
    this.#world = world;
    this.habits = habits;
    this.tools = tools;
    this.troubles = [...habits.troubles];
    this.ideas = new Ideas(habits.name, this.random('ideas'));
  }

  get now(): EpochMs {
    return this.#world.agenda.now;
  }

  /** Chance for one person or purpose. */
  random(purpose: string): Random {
    return new Random(this.#world.seed, `${this.habits.name} ${purpose}`);
  }

  begin(story: Story): void {
    this.#world.agenda.begin(story);
  }

  /** Lets people work for so many hours, more or less. */
  *work(random: Random, hours: number): Story {
    yield this.#world.clock.work(this.now, random.about(hours * this.slowness()) * HOUR);
  }

  /** Waits until it is working time. */
  *office(): Story {
    yield this.#world.clock.work(this.now, 1_000);
  }

  *wait(ms: number): Story {
    yield this.#world.clock.run(this.now, ms);
  }

  *until(weekdays: readonly number[], hour: number): Story {
    yield this.#world.clock.next(this.now, weekdays, hour);
  }

  /** Lets a machine do its steps. */
  *machine(steps: Steps<void>): Story {
    for (const ms of steps) yield* this.wait(ms);
  }

  get progress(): number {
    const { from, to } = this.#world.history;
    return Math.min(1, (this.now - from) / (to - from));
  }

  /** By the habits of the team, and some weeks are better than others. */
  slowness(): number {
    const week = Math.floor(this.now / (7 * DAY));
    return this.habits.slowness(this.progress) * (0.75 + this.random(`week ${week}`).whole(0, 50) / 100);
  }

  /** What goes wrong with a deployment now, if anything. */
  nextTrouble(): Trouble | undefined {
    const [next] = this.troubles;
    return next !== undefined && next.after <= this.progress ? this.troubles.shift() : undefined;
  }

  /** Somebody else than one. */
  other(than: Person, random: Random): Person {
    return random.oneOf(this.habits.people.filter((person) => person !== than));
  }
}
