import type { EpochMs } from '../../domain/event.ts';
import { type Attempt, durationMs, environmentOf, tierOf } from '../../domain/span.ts';
import type { Revision, SpanTally, StoreReader } from '../../store/contract.ts';
import { Exemplars, type FindPins } from './exemplars.ts';
import { createRegistry, type Exposition, Writer } from './exposition.ts';
import type { Transition } from './follow.ts';
import { Look, type Looked } from './look.ts';
import { outcomesOf } from './outcomes.ts';
import { Room } from './room.ts';
import { Senders } from './senders.ts';
import { createSeries, type DurationHistogram, type Series } from './series.ts';

export interface MetricsOptions extends Looked {
  readonly version: string;
  /** The commit that the program was made from. */
  readonly revision: string;
  /** The ids of all event sources. */
  readonly sources: readonly string[];
  /** The instances of sources that the configuration names. */
  readonly instances: readonly { readonly source: string; readonly instance: string }[];
  readonly reader: Looked['reader'] & Pick<StoreReader, 'tallySpans' | 'tallyStages'>;
  /** Null where nothing is exported, so that no trace has any of these spans. */
  readonly findPins: FindPins | null;
  readonly now: () => EpochMs;
}

/** What came in this time is there at 0 from the beginning: a rate begins with the second sample of a series. */
const LATELY_MS = 90 * 86_400_000;
const MAX_KINDS = 1_000;

/** What may become of a delivery and is worth an alert; the codes of other errors appear when they happen. */
const OUTCOMES = [
  'accepted',
  'duplicate',
  'ignored',
  'dead_letter',
  'unauthenticated',
  'invalid_body',
  'invalid_event',
  'overloaded',
  'unavailable',
  'internal',
];

const DEPLOY = 'deploy';
const INCIDENT = 'incident';
/** Of so many results the times are there at 0 too: a histogram is many series. */
const COMMON = 2;

type OperationLabels = Readonly<Record<'source' | 'operation' | 'project', string>>;
type Place = Readonly<Record<'source' | 'project' | 'environment' | 'tier', string>>;

/** What Prometheus is told: what this process has answered, and which transitions were committed while it was there. */
export class Metrics {
  readonly #options: MetricsOptions;
  readonly #series: Series;
  readonly #writer: Writer;
  readonly #look: Look;
  readonly #exemplars: Exemplars | null;
  /** The combinations of labels that are there at 0; as many as there is room for. */
  readonly #begun = new Set<string>();
  readonly #senders = new Senders();
  readonly #operations = new Room<{ source: string; operation: string; project: string }>([
    { label: 'project', limit: 200 },
    { label: 'operation', limit: 50 },
  ]);
  readonly #stages = new Room<{ source: string; operation: string; stage: string; category: string }>([
    { label: 'stage', limit: 100 },
    { label: 'operation', limit: 50 },
  ]);
  readonly #environments = new Room<{ source: string; project: string; environment: string; tier: string }>([
    { label: 'project', limit: 100 },
    { label: 'environment', limit: 30 },
    { label: 'tier', limit: 30 },
  ]);

  constructor(options: MetricsOptions) {
    const registry = createRegistry();
    this.#options = options;
    this.#series = createSeries(registry);
    this.#writer = new Writer(registry);
    this.#look = new Look(options, this.#series, { senders: this.#senders, operations: this.#operations });
    const { version, revision } = options;
    this.#series.build.set({ version, revision, nodejs: process.version }, 1);
    this.#exemplars = options.findPins === null ? null : new Exemplars(options.findPins, options.now);
    for (const source of options.sources) this.#beginSender(source, '');
    for (const { source, instance } of options.instances) this.#beginSender(source, instance);
  }

  #beginSender(source: string, instance: string): void {
    const labels = this.#senders.known(source, instance);
    for (const outcome of OUTCOMES) this.#series.deliveries.inc({ ...labels, outcome }, 0);
  }

  /** Puts what came lately at 0, the most frequent first, so that this has labels of its own. */
  async begin(): Promise<void> {
    const { reader, now } = this.#options;
    const from = now() - LATELY_MS;
    for (const { source, instance } of (await reader.countDeliveries()).toSorted((a, b) => b.count - a.count))
      this.#senders.known(source, instance);
    for (const kind of await reader.tallySpans(from, MAX_KINDS)) this.#begin(kind);
    for (const { source, operation, stage, category } of await reader.tallyStages(from, MAX_KINDS))
      this.#series.stages.zero(this.#stages.admit({ source, operation, stage, category: category ?? '' }));
  }

  #begin({ source, operation, project, environment, tier, result }: SpanTally): void {
    const labels = this.#operations.admit({ source, operation, project });
    this.#zero(labels);
    if (result !== null) {
      this.#series.finished.inc({ ...labels, result }, 0);
      this.#series.durations.zero({ ...labels, result });
    }
    if (operation !== DEPLOY) return;
    const place = this.#zeroDeploys({ source, project, environment: environment ?? '', tier: tier ?? '' });
    if (result !== null) this.#series.deploys.inc({ ...place, result }, 0);
  }

  /** Everything of a kind of spans that may be counted is there at 0 before it is. */
  #zero(labels: OperationLabels): void {
    const { started, failed, finished, durations, incidents } = this.#series;
    if (!this.#isNew('spans', labels)) return;
    started.inc(labels, 0);
    failed.inc(labels, 0);
    const outcomes = outcomesOf(labels.operation);
    for (const result of outcomes) finished.inc({ ...labels, result }, 0);
    for (const result of outcomes.slice(0, COMMON)) durations.zero({ ...labels, result });
    if (labels.operation === INCIDENT) incidents.inc({ source: labels.source, project: labels.project }, 0);
  }

  #zeroDeploys(place: Place): Place {
    const labels = this.#environments.admit(place);
    if (this.#isNew('deploys', labels))
      for (const result of outcomesOf(DEPLOY)) this.#series.deploys.inc({ ...labels, result }, 0);
    return labels;
  }

  #isNew(family: string, labels: Readonly<Record<string, string>>): boolean {
    const key = `${family} ${JSON.stringify(labels)}`;
    if (this.#begun.has(key)) return false;
    this.#begun.add(key);
    return true;
  }

  /** A delivery was answered. */
  delivered(source: string, instance: string, outcome: string): void {
    this.#series.deliveries.inc({ ...this.#senders.known(source, instance), outcome });
  }

  /** A delivery was refused, with the code of the error. */
  refused(source: string, instance: string, code: string): void {
    this.#series.deliveries.inc({ ...this.#senders.refused(source, instance), outcome: code });
  }

  /** A webhook was answered. */
  answered(durationMs: number): void {
    this.#series.answers.observe(durationMs / 1_000);
  }

  /** A group of deliveries is on stable storage. */
  written(durationMs: number): void {
    this.#series.storeWrites.observe(durationMs / 1_000);
  }

  /** A transition was committed. */
  counted(transition: Transition): void {
    const { source, attempt } = transition;
    const { operation, project } = attempt;
    const labels = this.#operations.admit({ source, operation, project });
    this.#zero(labels);
    if (operation === DEPLOY) this.#zeroDeploys({ source, ...placeOf(attempt) });
    if (transition.what === 'finished') this.#ended(transition, labels);
    else {
      this.#series.started.inc(labels);
      if (operation === INCIDENT) this.#series.incidents.inc({ source, project: labels.project });
    }
  }

  #ended(transition: Transition, labels: OperationLabels): void {
    const { source, attempt } = transition;
    const { finished, failed, durations, deploys } = this.#series;
    const result = attempt.result ?? 'unknown';
    finished.inc({ ...labels, result });
    failed.inc(labels, attempt.isError ? 1 : 0);
    if (attempt.operation === DEPLOY) deploys.inc({ ...this.#zeroDeploys({ source, ...placeOf(attempt) }), result });
    const duration = durationMs(attempt);
    // One that is unknown is not 0.
    if (duration !== null) this.#observe('span', durations, { ...labels, result }, duration, transition);
    this.#endedStages(transition);
  }

  /** A stage that was entered several times counts once, with all its time. */
  #endedStages(transition: Transition): void {
    const { source, attempt } = transition;
    for (const [name, times] of Map.groupBy(attempt.stages, (stage) => stage.name)) {
      const ms = times.reduce((sum, stage) => sum + (durationMs(stage) ?? 0), 0);
      const category = times[0]?.category ?? '';
      const labels = this.#stages.admit({ source, operation: attempt.operation, stage: name, category });
      this.#observe('stage', this.#series.stages, labels, ms, transition);
    }
  }

  #observe<L extends string>(
    family: string,
    histogram: DurationHistogram<L>,
    labels: Readonly<Record<L, string>>,
    ms: number,
    { spanId, attempt: { ordinal } }: Transition,
  ): void {
    const seconds = ms / 1_000;
    histogram.observe(labels, seconds);
    this.#exemplars?.want(`${family} ${histogram.bucketOf(labels, seconds)}`, { spanId, ordinal }, (exemplar) =>
      histogram.exemplify(labels, seconds, exemplar),
    );
  }

  /** An export has come so far. */
  reached(exporter: string, revision: Revision): void {
    this.#series.exported.set({ exporter }, revision);
  }

  /** The columns that measures are computed from have come so far. */
  copied(revision: Revision, latest: Revision): void {
    this.#series.columnsBehind.set(latest - revision);
  }

  /** Everything there is to tell now, in the form that is asked for. */
  async expose(accept: string | undefined): Promise<Exposition> {
    await this.#look.at(() => this.#exemplars?.look());
    return this.#writer.write(accept);
  }
}

function placeOf(attempt: Attempt): Omit<Place, 'source'> {
  return { project: attempt.project, environment: environmentOf(attempt) ?? '', tier: tierOf(attempt) ?? '' };
}
