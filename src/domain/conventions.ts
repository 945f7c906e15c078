import type { Result } from './event.ts';

/**
 * The names of OpenTelemetry's semantic conventions 1.44.0 that we use, all of them here and nowhere else, and our own where there
 * is none.
 *
 * Written out, because most of them are not stable yet: the package has them only in its `incubating` part, which may
 * change in any release (https://github.com/open-telemetry/semantic-conventions/tree/v1.44.0/model).
 */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.44.0';

// Stable.
export const DEPLOYMENT_ENVIRONMENT_NAME = 'deployment.environment.name';
export const ERROR_TYPE = 'error.type';
export const SERVICE_NAME = 'service.name';
export const SERVICE_NAMESPACE = 'service.namespace';

// Release candidates.
export const CICD_PIPELINE_NAME = 'cicd.pipeline.name';
export const CICD_PIPELINE_RESULT = 'cicd.pipeline.result';
export const CICD_PIPELINE_RUN_ID = 'cicd.pipeline.run.id';
export const CICD_PIPELINE_RUN_URL_FULL = 'cicd.pipeline.run.url.full';
export const CICD_PIPELINE_TASK_NAME = 'cicd.pipeline.task.name';
/** Unique in its run; it may come again in another one. */
export const CICD_PIPELINE_TASK_RUN_ID = 'cicd.pipeline.task.run.id';
export const CICD_PIPELINE_TASK_RUN_RESULT = 'cicd.pipeline.task.run.result';
export const CICD_PIPELINE_TASK_RUN_URL_FULL = 'cicd.pipeline.task.run.url.full';
export const CICD_PIPELINE_TASK_TYPE = 'cicd.pipeline.task.type';
export const CICD_WORKER_NAME = 'cicd.worker.name';
/** Unique in its repository. */
export const VCS_CHANGE_ID = 'vcs.change.id';
/** One of {@link ChangeState}. */
export const VCS_CHANGE_STATE = 'vcs.change.state';
export const VCS_CHANGE_TITLE = 'vcs.change.title';
export const VCS_OWNER_NAME = 'vcs.owner.name';
export const VCS_PROVIDER_NAME = 'vcs.provider.name';
export const VCS_REF_BASE_NAME = 'vcs.ref.base.name';
export const VCS_REF_HEAD_NAME = 'vcs.ref.head.name';
export const VCS_REF_HEAD_REVISION = 'vcs.ref.head.revision';
/** `branch` or `tag`. */
export const VCS_REF_HEAD_TYPE = 'vcs.ref.head.type';
/** Without its owner. */
export const VCS_REPOSITORY_NAME = 'vcs.repository.name';
/** The address of its page, so without `.git` and without anything that is secret. */
export const VCS_REPOSITORY_URL_FULL = 'vcs.repository.url.full';

// In development.
export const DEPLOYMENT_ID = 'deployment.id';
export const DEPLOYMENT_STATUS = 'deployment.status';
export const HOST_NAME = 'host.name';
/** The short name by which somebody logs in. */
export const USER_NAME = 'user.name';

/** `wip` is a draft; `closed` is one that was not merged. */
export type ChangeState = 'open' | 'wip' | 'closed' | 'merged';

/** The results that the conventions know (`cicd.pipeline.result`); for the others they have no word. */
export const pipelineResults: Readonly<Partial<Record<Result, string>>> = {
  success: 'success',
  failure: 'failure',
  error: 'error',
  timeout: 'timeout',
  cancelled: 'cancellation',
  skipped: 'skip',
};

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
