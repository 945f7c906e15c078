import { Counter, Gauge, Histogram, type OpenMetricsContentType, type Registry } from 'prom-client';
import { durationBounds } from '../../domain/duration-bounds.ts';
import type { Exemplar } from './exemplars.ts';

/** A histogram whose exemplars may come later than what they are an example of. */
export interface DurationHistogram<L extends string> {
  observe(labels: Readonly<Record<L, string>>, seconds: number): void;
  /** Makes a series be there at 0. */
  zero(labels: Readonly<Record<L, string>>): void;
  /** Which bucket that would be in, as a text. */
  bucketOf(labels: Readonly<Record<L, string>>, seconds: number): string;
  /** Puts an exemplar to the bucket of something that was observed. */
  exemplify(labels: Readonly<Record<L, string>>, seconds: number, exemplar: Exemplar): void;
}

const DURATIONS = durationBounds.map((ms) => ms / 1_000);
const ANSWERS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Every metric of ours; docs/prometheus.md describes them to people. */
export function createSeries(registry: Registry<OpenMetricsContentType>) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labels: readonly L[]) =>
    new Counter({ name: `valuestream_${name}`, help, labelNames: [...labels], registers });
  const gauge = <L extends string>(name: string, help: string, labels: readonly L[]) =>
    new Gauge({ name: `valuestream_${name}`, help, labelNames: [...labels], registers });
  const histogram = <L extends string>(name: string, help: string, labels: readonly L[]) =>
    durations(
      new Histogram<L>({
        name: `valuestream_${name}`,
        help,
        labelNames: [...labels],
        buckets: DURATIONS,
        registers,
        enableExemplars: true,
      }),
    );
  const sender = ['source', 'source_instance'] as const;
  const operation = ['source', 'operation', 'project'] as const;
  return {
    deliveries: counter('deliveries_total', 'Deliveries, by what became of them.', [...sender, 'outcome']),
    answers: new Histogram({
      name: 'valuestream_webhook_answer_duration_seconds',
      help: 'How long a webhook waited for its answer.',
      buckets: ANSWERS,
      registers,
    }),
    inFlight: gauge('deliveries_in_flight', 'Deliveries that are being read, written or answered.', []),
    inFlightOldest: gauge('delivery_in_flight_oldest_timestamp_seconds', 'When the oldest of these came in.', []),
    bytesInFlight: gauge('delivery_bytes_in_flight', 'Bytes of bodies that are held for these.', []),
    deadLetters: gauge('dead_letters', 'Stored deliveries that could not be read.', sender),
    lastDelivery: gauge('source_last_delivery_timestamp_seconds', 'When the last delivery was stored.', sender),

    started: counter('spans_started_total', 'Spans that have come to be known.', operation),
    finished: counter('spans_finished_total', 'Spans that have ended.', [...operation, 'result']),
    failed: counter('spans_failed_total', 'Spans that have ended in an error.', operation),
    durations: histogram('span_duration_seconds', 'From start to end, by the times that the senders tell.', [
      ...operation,
      'result',
    ]),
    stages: histogram('stage_duration_seconds', 'How long finished spans were in each of their stages.', [
      'source',
      'operation',
      'stage',
      'category',
    ]),
    deploys: counter('deploys_total', 'Deployments that have ended.', [
      'source',
      'project',
      'environment',
      'tier',
      'result',
    ]),
    open: gauge('spans_open', 'Spans that have begun and not ended.', operation),
    oldest: gauge('span_open_oldest_start_timestamp_seconds', 'When the oldest open span began.', operation),

    incidents: counter('incidents_total', 'Incidents that have come to be known.', ['source', 'project']),
    incidentsOpen: gauge('incidents_open', 'Incidents that have not ended.', ['source', 'project']),

    revision: gauge('feed_revision', 'The newest revision of the change feed.', []),
    exported: gauge('export_revision', 'Up to which revision of the change feed an export has come.', ['exporter']),
    columnsBehind: gauge('columns_behind', 'Changes of the store that measures do not count yet.', []),
    exportedSpans: counter('export_spans_total', 'Spans by what became of their export, ever.', [
      'exporter',
      'outcome',
    ]),
    parked: gauge('export_parked_spans', 'Spans that a backend has refused, and that are kept.', ['exporter']),
    exportBehind: gauge('export_behind_operations', 'Operations that have changed since an export was there.', [
      'exporter',
    ]),
    behindSince: gauge(
      'export_behind_since_timestamp_seconds',
      'Since when an export has had something to send that it could not; none while it keeps up.',
      ['exporter'],
    ),
    lastSuccess: gauge('export_last_success_timestamp_seconds', 'When a backend last took spans.', ['exporter']),
    storeBytes: gauge('store_bytes', 'The size of the files of the store.', ['file']),
    storeWrites: new Histogram({
      name: 'valuestream_store_write_duration_seconds',
      help: 'How long a group of deliveries took to be folded, written and on stable storage.',
      buckets: ANSWERS,
      registers,
    }),
    readable: gauge('store_readable', 'Whether this scrape could read the store: 1 or 0.', []),
    build: gauge('build_info', 'The program; always 1.', ['version', 'revision', 'nodejs']),
  };
}

/** prom-client can do this, and leaves it out of its types. */
interface WithLateExemplars<L extends string> {
  updateExemplar(labels: Readonly<Record<L, string>>, value: number, exemplar: Exemplar): void;
}

function durations<L extends string>(histogram: Histogram<L>): DurationHistogram<L> {
  return {
    observe: (labels, value) => histogram.observe({ labels, value }),
    zero: (labels) => histogram.zero(labels),
    bucketOf: (labels, seconds) => JSON.stringify([labels, DURATIONS.find((bound) => seconds <= bound) ?? '+Inf']),
    exemplify: (labels, seconds, exemplar) =>
      (histogram as Histogram<L> & WithLateExemplars<L>).updateExemplar(labels, seconds, exemplar),
  };
}

export type Series = ReturnType<typeof createSeries>;
