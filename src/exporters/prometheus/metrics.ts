import type { EpochMs } from '../../domain/event.ts';
import { spanIdFor, traceIdFor } from '../../domain/otel-ids.ts';
import { type Attempt, durationMs, environmentOf, tierOf } from '../../domain/span.ts';
import type { Revision, SpanTally, StoreReader } from '../../store/contract.ts';
import { createRegistry, type Exposition, Writer } from './exposition.ts';
import type { Transition } from './follow.ts';
import { Look } from './look.ts';
import { Room } from './room.ts';
import { createSeries, type Series } from './series.ts';

export interface MetricsOptions {
  readonly version: string;
  /** The ids of all event sources. */
  readonly sources: readonly string[];
  readonly reader: Pick<StoreReader, 'countDeliveries' | 'latestRevision' | 'tallyOpen' | 'tallySpans' | 'tallyStages'>;
  readonly inFlight: () => { readonly deliveries: number; readonly bytes: number };
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

/** What Prometheus is told: what this process has answered, and which transitions were committed while it was there. */
export class Metrics {
  readonly #options: MetricsOptions;
  readonly #series: Series;
  readonly #writer: Writer;
  readonly #look: Look;
  readonly #senders = new Room<{ source: string; source_instance: string }>([{ label: 'source_instance', limit: 100 }]);
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
    this.#series.build.set({ version: options.version, nodejs: process.version }, 1);
    for (const source of options.sources)
      for (const outcome of OUTCOMES) this.#series.deliveries.inc({ source, source_instance: '', outcome }, 0);
  }

  /** Puts what came lately at 0, the most frequent first, so that this has labels of its own. */
  async begin(): Promise<void> {
    const { reader, now } = this.#options;
    const from = now() - LATELY_MS;
    for (const kind of await reader.tallySpans(from, MAX_KINDS)) this.#begin(kind);
    for (const { source, operation, stage, category } of await reader.tallyStages(from, MAX_KINDS))
      this.#series.stages.zero(this.#stages.admit({ source, operation, stage, category: category ?? '' }));
  }

  #begin({ source, operation, project, environment, tier, result }: SpanTally): void {
    const { started, failed, finished, durations, deploys } = this.#series;
    const labels = this.#operations.admit({ source, operation, project });
    started.inc(labels, 0);
    failed.inc(labels, 0);
    if (result === null) return;
    finished.inc({ ...labels, result }, 0);
    durations.zero({ ...labels, result });
    if (operation !== DEPLOY) return;
    const place = { source, project, environment: environment ?? '', tier: tier ?? '' };
    deploys.inc({ ...this.#environments.admit(place), result }, 0);
  }

  /** What became of a delivery; of a refused one the code of the error. */
  delivered(source: string, instance: string, outcome: string): void {
    this.#series.deliveries.inc({ ...this.#senders.admit({ source, source_instance: instance }), outcome });
  }

  /** A webhook was answered. */
  answered(durationMs: number): void {
    this.#series.answers.observe(durationMs / 1_000);
  }

  /** A transition was committed. */
  counted(transition: Transition): void {
    const { operation, project } = transition.attempt;
    const labels = this.#operations.admit({ source: transition.source, operation, project });
    if (transition.what === 'started') this.#series.started.inc(labels);
    else this.#ended(transition, labels);
  }

  #ended({ source, attempt }: Transition, labels: Readonly<Record<'source' | 'operation' | 'project', string>>) {
    const { finished, failed, durations, deploys } = this.#series;
    const result = attempt.result ?? 'unknown';
    finished.inc({ ...labels, result });
    failed.inc(labels, attempt.isError ? 1 : 0);
    if (attempt.operation === DEPLOY)
      deploys.inc({ ...this.#environments.admit({ source, ...placeOf(attempt) }), result });
    const { own, root, otel } = attempt.place;
    const exemplarLabels = {
      trace_id: otel?.traceId ?? traceIdFor(root.identityKey, root.attemptKey),
      span_id: otel?.spanId ?? spanIdFor(own.identityKey, own.attemptKey),
    };
    const duration = durationMs(attempt);
    // One that is unknown is not 0.
    if (duration !== null)
      durations.observe({ labels: { ...labels, result }, value: duration / 1_000, exemplarLabels });
    this.#endedStages(source, { attempt, exemplarLabels });
  }

  /** A stage that was entered several times counts once, with all its time. */
  #endedStages(
    source: string,
    { attempt, exemplarLabels }: Pick<Transition, 'attempt'> & { readonly exemplarLabels: Record<string, string> },
  ): void {
    for (const [name, times] of Map.groupBy(attempt.stages, (stage) => stage.name)) {
      const ms = times.reduce((sum, stage) => sum + (durationMs(stage) ?? 0), 0);
      const category = times[0]?.category ?? '';
      const labels = this.#stages.admit({ source, operation: attempt.operation, stage: name, category });
      this.#series.stages.observe({ labels, value: ms / 1_000, exemplarLabels });
    }
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
    await this.#look.at();
    return this.#writer.write(accept);
  }
}

function placeOf(attempt: Attempt): { project: string; environment: string; tier: string } {
  return { project: attempt.project, environment: environmentOf(attempt) ?? '', tier: tierOf(attempt) ?? '' };
}
