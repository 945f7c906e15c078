import { hash } from 'node:crypto';
import { canonical } from '../domain/canonical.ts';
import * as otel from '../domain/conventions.ts';
import { type Event, projectOf } from '../domain/event.ts';
import type { Identity } from '../domain/identity.ts';
import type { Attempt } from '../domain/span.ts';
import { anyOf, environmentTold, type Matches, personOf, type Subject, values } from './condition.ts';
import { defaultRules } from './defaults.ts';
import { named, type Ruled } from './ruled.ts';
import { type RuleSettings, type Rules, tiers } from './schema.ts';
import { StageRules } from './stages.ts';

/** One thing that a rule has decided. */
export interface Decision {
  readonly decides: 'operation' | 'environment' | 'tier' | 'service' | 'team' | 'bot' | 'stage';
  readonly value: string;
  /** Which rule: `rules.deploys[0]`, `defaults.environments[3]`, `teams[1]`, or `the sender`. */
  readonly by: string;
}

type Decided = Pick<Decision, 'value' | 'by'>;
type List = 'environments' | 'deploys' | 'incidents' | 'services';

const BY_SENDER = 'the sender';
/** Runs that may be deploys; an issue never is one. */
const RUNS = ['build', 'pipeline'];
const ISSUES = ['issue', 'incident'];
/** Stages of a pull request that somebody's look at it begins. */
const LOOKS = ['review', 'approved'];

/**
 * The rules in force, ready to decide. Pure: the same facts always give the same decisions.
 *
 * Applied when folding and nowhere else: to each merged event before, since stages shape a life, and to each attempt
 * after, when all facts of it are known. They never change an identity.
 */
export class Ruling {
  /** Differs whenever anything might be decided in another way. */
  readonly fingerprint: string;
  readonly #environments: readonly Ruled<Rules['environments'][number]>[];
  readonly #deploys: readonly Ruled<Rules['deploys'][number]>[];
  readonly #incidents: readonly Ruled<Rules['incidents'][number]>[];
  readonly #stages: StageRules;
  readonly #services: readonly Ruled<Rules['services'][number]>[];
  readonly #bots: readonly { readonly by: string; readonly matches: Matches }[];
  readonly #teams: readonly {
    readonly name: string;
    readonly by: string;
    readonly projects: Matches;
    readonly people: Matches;
  }[];

  constructor({ rules, teams }: RuleSettings) {
    const defaults = rules.defaults ? defaultRules : null;
    this.fingerprint = hash('sha256', canonical({ rules, teams, defaults }));
    this.#environments = inOrder(rules, defaults, 'environments');
    this.#deploys = inOrder(rules, defaults, 'deploys');
    this.#incidents = inOrder(rules, defaults, 'incidents');
    this.#services = inOrder(rules, defaults, 'services');
    this.#stages = new StageRules(
      named(rules.stages, 'rules.stages'),
      named(defaults?.stages ?? [], 'defaults.stages'),
    );
    this.#bots = [
      ...rules.bots.map((bot, index) => ({ by: `rules.bots[${index}]`, matches: anyOf(bot) })),
      ...(defaults?.bots ?? []).map((bot, index) => ({ by: `defaults.bots[${index}]`, matches: anyOf(bot) })),
    ];
    this.#teams = teams.map(({ name, projects, people }, index) => ({
      name,
      by: `teams[${index}]`,
      projects: anyOf(projects),
      people: anyOf(people),
    }));
  }

  /** An event as the rules understand it: its stage, and what that makes of its state. */
  event(event: Event): Event {
    if (this.#isLookOfBot(event)) return remarkOf(event);
    return this.#stages.apply(event);
  }

  /** What was folded, as the rules understand it. `attempt` has to be as it comes from the fold. */
  attempt<A extends Attempt>(attempt: A, identity: Identity): A {
    const { operation, environment, tier, service, team, bot } = this.#decide(attempt, identity);
    const tags = {
      ...attempt.tags,
      ...(environment === null ? {} : { [otel.DEPLOYMENT_ENVIRONMENT_NAME]: environment.value }),
      ...(tier === null ? {} : { 'valuestream.environment.tier': tier.value }),
      ...(service === null ? {} : { [otel.SERVICE_NAME]: service.value }),
      ...(bot === null ? {} : { 'valuestream.author.is_bot': true }),
    };
    return { ...attempt, operation: operation?.value ?? attempt.operation, team: team?.value ?? null, tags };
  }

  /**
   * The services whose files a commit changes; null stands for files that no rule gives to a service, which may be
   * anybody's.
   */
  servicesIn(event: Event): Set<string | null> {
    const { identity, operation, actor, tags, facts } = event;
    const { source, kind } = identity;
    const commit = {
      source,
      kind,
      project: projectOf(event),
      operation,
      actor: actor ?? null,
      tags: tags ?? {},
      stage: null,
    };
    const paths = values(facts ?? {}, 'paths');
    const serviceOf = (path: string) =>
      first(this.#services, { ...commit, facts: { ...facts, paths: [path] } }, (rule) => rule.name)?.value ?? null;
    return new Set(paths.length === 0 ? [null] : paths.map(serviceOf));
  }

  /** Whether a rule gives things to this service, so that it is not the whole of a project. */
  knowsService(name: string): boolean {
    return this.#services.some((rule) => rule.name === name);
  }

  /** Everything that was decided of one attempt (as it comes from the fold), and by which rule. */
  decisions(attempt: Attempt, identity: Identity): Decision[] {
    const decided = Object.entries(this.#decide(attempt, identity));
    return decided.flatMap(([decides, one]) =>
      one === null ? [] : [{ decides: decides as Decision['decides'], value: one.value, by: one.by }],
    );
  }

  /** What was decided of the stage that an event enters. */
  stageDecision(event: Event): Decision | null {
    const decided = this.#stages.of(event);
    if (decided === null) return null;
    const { stage, by } = decided;
    return { decides: 'stage', value: `${stage.name}: ${stage.category}`, by };
  }

  #decide(attempt: Attempt, identity: Identity) {
    const { source, kind } = identity;
    const subject: Subject = { ...attempt, source, kind, stage: null };
    const deploy = this.#deployOf(subject);
    const told = environmentTold(subject);
    const byDeploy = deploy === null ? null : placeOf(deploy, told, attempt);
    // Where a deploy goes is part of what the other rules look at.
    const placed: Subject =
      told !== null || byDeploy === null
        ? subject
        : { ...subject, facts: { ...subject.facts, environment: byDeploy.value } };
    return {
      operation: deploy ?? this.#incidentOf(subject),
      ...this.#environmentOf(placed, byDeploy),
      service: first(this.#services, placed, ({ name }) => name),
      team: this.#teamOf(placed),
      bot: this.#botOf(placed),
    };
  }

  #deployOf(subject: Subject): (Decided & { environment: string | undefined }) | null {
    if (!RUNS.includes(subject.operation)) return null;
    // Its sender tells a deployment of it, which is the deploy; it would count twice.
    if (values(subject.facts, 'deployment').length > 0) return null;
    const rule = this.#deploys.find(({ holds }) => holds(subject));
    if (rule?.deploy !== true) return null;
    return { value: 'deploy', by: rule.by, environment: rule.environment };
  }

  #incidentOf(subject: Subject): Decided | null {
    if (!ISSUES.includes(subject.operation)) return null;
    const rule = this.#incidents.find(({ holds }) => holds(subject));
    return rule === undefined ? null : { value: rule.incident ? 'incident' : 'issue', by: rule.by };
  }

  #environmentOf(subject: Subject, byDeploy: Decided | null): { environment: Decided | null; tier: Decided | null } {
    if (environmentTold(subject) === null) return { environment: null, tier: null };
    const holding = this.#environments.filter(({ holds }) => holds(subject));
    const renaming = holding.find(({ name }) => name !== undefined);
    const environment = renaming?.name === undefined ? byDeploy : { value: renaming.name, by: renaming.by };
    const decided = holding.flatMap(({ tier, by }) => (tier === undefined ? [] : [{ value: tier, by }]));
    const own = decided.find(({ by }) => !by.startsWith('defaults'));
    return { environment, tier: own ?? tierTold(subject) ?? decided[0] ?? null };
  }

  #teamOf(subject: Subject): Decided | null {
    const person = personOf(subject);
    const team =
      this.#teams.find(({ projects }) => projects(subject.project)) ??
      this.#teams.find(({ people }) => person !== null && people(person));
    return team === undefined ? null : { value: team.name, by: team.by };
  }

  #botOf(subject: Subject): Decided | null {
    if (values(subject.facts, 'author_is_bot')[0] === 'true') return { value: 'bot', by: BY_SENDER };
    const person = personOf(subject);
    const rule = person === null ? undefined : this.#bots.find(({ matches }) => matches(person));
    return rule === undefined ? null : { value: 'bot', by: rule.by };
  }

  /** What a bot says of a pull request that the sender takes for a person is no review, as with bots that it knows. */
  #isLookOfBot({ state, operation, stage, actor }: Event): boolean {
    if (state !== 'transition' || operation !== 'pull_request' || actor === undefined) return false;
    if (stage === undefined || !LOOKS.includes(stage.key)) return false;
    return this.#bots.some(({ matches }) => matches(actor));
  }
}

/** Where a deploy by rule goes: a build's parameter tells it to rules alone, until a rule makes a deploy of the build. */
function placeOf(
  { environment, by }: { readonly environment: string | undefined; readonly by: string },
  told: string | null,
  { tags }: Pick<Attempt, 'tags'>,
): Decided | null {
  if (told === null) return environment === undefined ? null : { value: environment, by };
  return Object.hasOwn(tags, otel.DEPLOYMENT_ENVIRONMENT_NAME) ? null : { value: told, by: BY_SENDER };
}

function inOrder<K extends List>(own: Rules, defaults: Rules | null, list: K): readonly Ruled<Rules[K][number]>[] {
  return [...named(own[list], `rules.${list}`), ...named(defaults?.[list] ?? [], `defaults.${list}`)];
}

function first<T>(rules: readonly Ruled<T>[], subject: Subject, value: (rule: T) => string): Decided | null {
  const rule = rules.find(({ holds }) => holds(subject));
  return rule === undefined ? null : { value: value(rule), by: rule.by };
}

/** `production_environment` is false unless somebody has set it, so that proves nothing. */
function tierTold({ facts }: Subject): Decided | null {
  const told = values(facts, 'environment_tier')[0];
  const isProduction = values(facts, 'production_environment')[0] === 'true';
  const tier = isProduction ? 'production' : tiers.find((one) => one === told);
  return tier === undefined ? null : { value: tier, by: BY_SENDER };
}

function remarkOf({ stage: _unentered, ...event }: Event): Event {
  return { ...event, state: 'intermediary' };
}
