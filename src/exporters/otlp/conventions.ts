import type { Result } from '../../domain/event.ts';

/**
 * The names of OpenTelemetry's semantic conventions 1.44.0 that we use, and our own where there is none.
 *
 * Written out, because most of them are not stable yet: the package has them only in its `incubating` part, which may
 * change in any release (https://github.com/open-telemetry/semantic-conventions/tree/v1.44.0/model).
 */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.44.0';

/** Stable. */
export const ERROR_TYPE = 'error.type';
export const SERVICE_NAME = 'service.name';
export const SERVICE_NAMESPACE = 'service.namespace';
/** Release candidates. */
export const PIPELINE_NAME = 'cicd.pipeline.name';
export const PIPELINE_RESULT = 'cicd.pipeline.result';
export const TASK_NAME = 'cicd.pipeline.task.name';
export const TASK_RESULT = 'cicd.pipeline.task.run.result';
export const TASK_TYPE = 'cicd.pipeline.task.type';
/** In development. */
export const DEPLOYMENT_STATUS = 'deployment.status';
export const ENVIRONMENT = 'deployment.environment.name';
export const HOST_NAME = 'host.name';
export const USER_NAME = 'user.name';

/** No convention speaks of issues, sprints, incidents, stages, or of what connects them. */
export const own = {
  spanId: 'valuestream.span.id',
  parentSpanId: 'valuestream.parent.span.id',
  state: 'valuestream.span.state',
  pendingParentId: 'valuestream.pending.parent.id',
  operation: 'valuestream.operation.name',
  attempt: 'valuestream.attempt',
  result: 'valuestream.result',
  title: 'valuestream.title',
  url: 'valuestream.url',
  project: 'valuestream.project',
  team: 'valuestream.team',
  service: 'valuestream.service.name',
  anomalies: 'valuestream.anomalies',
  source: 'valuestream.source.name',
  instance: 'valuestream.source.instance',
  stage: 'valuestream.stage.name',
  stageKey: 'valuestream.stage.key',
  stageCategory: 'valuestream.stage.category',
  eventKey: 'valuestream.event.key',
  linkKind: 'valuestream.link.kind',
  linkCertainty: 'valuestream.link.certainty',
  linkSpanId: 'valuestream.link.span.id',
} as const;

/** The results that the conventions know (`cicd.pipeline.result`); for the others they have no word. */
export const pipelineResults: Readonly<Partial<Record<Result, string>>> = {
  success: 'success',
  failure: 'failure',
  error: 'error',
  timeout: 'timeout',
  cancelled: 'cancellation',
  skipped: 'skip',
};
