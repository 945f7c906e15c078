import { type Event, projectOf, type Stage, type StageCategory } from '../domain/event.ts';
import { all, anyOf, type Condition, type Matches, type Subject, values } from './condition.ts';
import type { Ruled } from './ruled.ts';
import type { Rules } from './schema.ts';

type StageRule = Ruled<Rules['stages'][number]>;

interface Entered {
  readonly stage: Stage;
  readonly by: string;
  /** Whether the rule is one of the file's: then it decides over the sender, and otherwise fills in what is not told. */
  readonly isOwn: boolean;
}

/** The stage of an issue in none of the columns that its project's labels make; GitLab's boards call it so too. */
const NO_LABEL: Stage = { key: 'open', name: 'open', category: 'waiting' };

/** Which statuses and labels are stages, and what that makes of the events that enter them. */
export class StageRules {
  readonly #statuses: readonly StageRule[];
  readonly #labels: readonly LabelRule[];
  readonly #defaults: readonly StageRule[];

  constructor(own: readonly StageRule[], defaults: readonly StageRule[]) {
    this.#statuses = own.filter(({ when }) => when.status !== undefined);
    this.#labels = own.filter(({ when }) => when.status === undefined).map(labelRule);
    this.#defaults = defaults;
  }

  /** The event with its stage, and with the state that entering this stage means. */
  apply(event: Event): Event {
    const entered = this.of(event);
    if (entered === null) return event;
    return entered.isOwn ? entering(event, entered.stage) : { ...event, stage: entered.stage };
  }

  /** The stage that an event enters by a rule; null where no rule has a say. */
  of(event: Event): Entered | null {
    const { stage } = event;
    if (stage === undefined) return this.#byLabel(event);
    const subject = subjectOf(event);
    const own = this.#statuses.find(({ holds }) => holds(subject));
    if (own !== undefined) return { stage: staged(stage, own), by: own.by, isOwn: true };
    if (stage.category !== undefined) return null;
    const known = this.#defaults.find(({ holds }) => holds(subject));
    return known === undefined ? null : { stage: staged(stage, known), by: known.by, isOwn: false };
  }

  /**
   * Only a payload about now tells its labels, not its proofs of the past; and only while it is open, for a label put on
   * what has ended does not re-open it.
   */
  #byLabel(event: Event): Entered | null {
    if (this.#labels.length === 0 || event.facts?.is_open !== true) return null;
    if (event.state !== 'start' && event.state !== 'intermediary') return null;
    if (event.occurredAt !== event.observedAt) return null;
    const subject = subjectOf(event);
    const applying = this.#labels.filter(({ applies }) => applies(subject));
    const labels = values(subject.facts, 'labels');
    for (const { label, rule } of applying) {
      const found = labels.find(label);
      if (found !== undefined) return { stage: staged({ key: found, name: found }, rule), by: rule.by, isOwn: true };
    }
    const [any] = applying;
    return any === undefined ? null : { stage: NO_LABEL, by: any.rule.by, isOwn: true };
  }
}

interface LabelRule {
  readonly rule: StageRule;
  readonly label: Matches;
  /** Whether labels are stages here at all. */
  readonly applies: Condition;
}

function labelRule(rule: StageRule): LabelRule {
  const { label = [], ...others } = rule.when;
  return { rule, label: anyOf(label), applies: all(others) };
}

function subjectOf(event: Event): Subject {
  const { identity, operation, actor, tags, facts, stage } = event;
  return {
    source: identity.source,
    kind: identity.kind,
    project: projectOf(event),
    operation,
    actor: actor ?? null,
    tags: tags ?? {},
    facts: facts ?? {},
    stage: stage ?? null,
  };
}

function staged(
  { key, name }: Stage,
  { category, name: called }: { readonly category: StageCategory; readonly name?: string | undefined },
): Stage {
  return { key: called ?? key, name: called ?? name, category };
}

/** Reaching a stage that is done ends the work; reaching another one means that it goes on, whatever the sender thinks. */
function entering(event: Event, stage: Stage): Event {
  if (event.state === 'start') return { ...event, stage };
  if (stage.category === 'done') return { ...event, state: 'end', stage, result: event.result ?? 'done' };
  const { result: _ofAnEnd, replacesEnd: _neither, ...others } = event;
  return { ...others, state: 'transition', stage };
}
