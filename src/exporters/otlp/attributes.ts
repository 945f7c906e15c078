import * as otel from '../../domain/conventions.ts';
import { own } from '../../domain/conventions.ts';
import { type Attempt, environmentOf, tierOf } from '../../domain/span.ts';
import type { ExportSubject } from '../../store/exports.ts';
import { type Attributes, type AttributeValue, kinds, type SpanRecord } from './record.ts';

/** Dash0's limit, the lowest that we know of; others have 128. */
const MAX_ATTRIBUTES = 32;
const MAX_VALUE = 2_048;
const MAX_NAME = 128;

type Given = Readonly<Record<string, AttributeValue | null | undefined>>;

/** Without what is not known, and cut where backends would; half of a surrogate pair is no text. */
export function defined(given: Given): Attributes {
  const entries = Object.entries(given).flatMap(([name, value]) =>
    value === null || value === undefined || value === '' ? [] : [[name, shortened(value)] as const],
  );
  return Object.fromEntries(entries);
}

function shortened(value: AttributeValue): AttributeValue {
  return typeof value === 'string' ? value.slice(0, MAX_VALUE).toWellFormed() : value;
}

/** What a span says of itself; what matters most comes first, for a backend may take only so much. */
export function attributesOf(subject: ExportSubject): Pick<SpanRecord, 'attributes' | 'droppedAttributes'> {
  const { attempt, lineage } = subject;
  const first = defined({
    [own.spanId]: lineage[0].spanId,
    [own.operation]: attempt.operation,
    [own.attempt]: attempt.ordinal,
    [own.parentSpanId]: lineage[1]?.spanId,
    [otel.ERROR_TYPE]: errorTypeOf(attempt),
    ...resultsOf(attempt),
    [own.result]: attempt.result,
    [own.project]: attempt.project,
    [own.title]: attempt.title,
    [own.url]: attempt.url,
    [otel.USER_NAME]: attempt.actor,
    [own.team]: attempt.team,
    [own.anomalies]: attempt.anomalies.length === 0 ? null : attempt.anomalies,
  });
  const tags = Object.entries(attempt.tags)
    // A span's service is that of its resource, which is us; whose it is by the rules has a name of its own.
    .map(([name, value]) => [name === otel.SERVICE_NAME ? own.service : name, value] as const)
    .filter(([name]) => !Object.hasOwn(first, name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return limited({ ...first, ...defined(Object.fromEntries(tags)) });
}

/** The first of them, and how many there were more. */
export function limited(given: Attributes): Pick<SpanRecord, 'attributes' | 'droppedAttributes'> {
  const all = Object.entries(given);
  return {
    attributes: Object.fromEntries(all.slice(0, MAX_ATTRIBUTES)),
    droppedAttributes: Math.max(0, all.length - MAX_ATTRIBUTES),
  };
}

/** https://opentelemetry.io/docs/specs/semconv/attributes-registry/error/ : of few values, and absent where all went well. */
function errorTypeOf({ isError, result }: Attempt): string | null {
  if (!isError) return null;
  return result === null || result === 'unknown' ? '_OTHER' : result;
}

function resultsOf({ operation, result, tags }: Attempt): Given {
  const word = result === null ? undefined : otel.pipelineResults[result];
  if (operation === 'pipeline') return { [otel.CICD_PIPELINE_RESULT]: word };
  if (operation !== 'build' && operation !== 'deploy') return {};
  const isTask = Object.hasOwn(tags, otel.CICD_PIPELINE_TASK_NAME);
  const status = { success: 'succeeded', failure: 'failed', error: 'failed', timeout: 'failed' }[String(result)];
  return {
    [isTask ? otel.CICD_PIPELINE_TASK_RUN_RESULT : otel.CICD_PIPELINE_RESULT]: word,
    ...(isTask ? { [otel.CICD_PIPELINE_TASK_TYPE]: operation } : {}),
    ...(operation === 'deploy' ? { [otel.DEPLOYMENT_STATUS]: status } : {}),
  };
}

/**
 * By the conventions for pipelines and their tasks; other operations keep their own word. Never a title or a number:
 * backends count spans by their names.
 */
export function nameOf(attempt: Attempt): Pick<SpanRecord, 'name' | 'kind'> {
  const { operation, tags } = attempt;
  const { internal, server } = kinds;
  const pipeline = textOf(tags, otel.CICD_PIPELINE_NAME);
  const named = (name: string, kind: SpanRecord['kind']) => ({ name: name.slice(0, MAX_NAME).toWellFormed(), kind });
  if (operation === 'pipeline') return named(`RUN ${pipeline}`.trim(), server);
  if (operation === 'build') {
    const task = textOf(tags, otel.CICD_PIPELINE_TASK_NAME);
    return task === '' ? named(`BUILD ${pipeline}`.trim(), server) : named(task, internal);
  }
  if (operation === 'deploy')
    return pipeline === ''
      ? named(`deploy ${destinationOf(attempt)}`.trim(), internal)
      : named(`RUN ${pipeline}`, server);
  return named(operation, internal);
}

/** There is an environment for each pull request where these have previews, and few kinds of environments. */
function destinationOf(attempt: Attempt): string {
  const environment = environmentOf(attempt) ?? '';
  return tierOf(attempt) ?? (['production', 'staging'].includes(environment) ? environment : '');
}

function textOf(tags: Attempt['tags'], name: string): string {
  return Object.hasOwn(tags, name) ? String(tags[name]) : '';
}

/**
 * Who tells of it: one for each source. The host is the same for all, or Jaeger would take the spans of a trace for those
 * of several machines whose clocks differ.
 */
export function resourceOf({ source, instance }: ExportSubject, serviceName: string): Attributes {
  return defined({
    [otel.SERVICE_NAME]: serviceName,
    [otel.SERVICE_NAMESPACE]: source,
    [otel.HOST_NAME]: 'valuestream',
    [own.source]: source,
    [own.instance]: instance,
  });
}
