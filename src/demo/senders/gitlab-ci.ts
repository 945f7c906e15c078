import type { EpochMs } from '../../domain/event.ts';
import type { Outbox } from '../delivery.ts';
import type { Person } from '../people.ts';
import type { Change, Commit, Outcome, Pipelines, Steps } from '../tools.ts';
import { MAIN } from './git.ts';
import { type GitLabProject, gitlabTime, gitlabUser } from './gitlab.ts';

interface Pipeline {
  readonly id: number;
  readonly source: string;
  readonly ref: string;
  readonly sha: string;
  readonly message: string;
  readonly created: EpochMs;
  readonly by: Person;
  readonly of?: Change;
}

interface Job {
  readonly id: number;
  readonly name: string;
  readonly stage: string;
  readonly retries: number;
  readonly created: EpochMs;
  readonly environment?: string;
}

/** How a pipeline had ended that runs again, and with which jobs. */
interface Resumed {
  readonly finished: EpochMs;
  readonly jobs: readonly Job[];
}

type JobStatus = 'created' | 'running' | 'success' | 'failed';

const QUEUE_MS = 30_000;
const statusOf = (outcome: Outcome) => (outcome === 'success' ? 'success' : 'failed');

/** Pipelines, jobs and deployments of GitLab: https://docs.gitlab.com/user/project/integrations/webhook_events/#pipeline-events */
export class GitLabPipelines implements Pipelines {
  readonly #project: GitLabProject;
  readonly #outbox: Outbox;

  constructor(project: GitLabProject, outbox: Outbox) {
    this.#project = project;
    this.#outbox = outbox;
  }

  *check(change: Change, by: Person, { isFlaky, ms }: { isFlaky: boolean; ms: number }): Steps<void> {
    const ref = `refs/merge-requests/${change.number}/head`;
    const run = { source: 'merge_request_event', ref, sha: change.head, message: change.title, by, of: change };
    const pipeline = this.#newPipeline(run);
    const test = this.#newJob('test', 'test');
    yield* this.#begin(pipeline, [test]);
    yield* this.#run(pipeline, test, isFlaky ? 'failure' : 'success', ms);
    yield 2_000;
    this.#tellPipeline(isFlaky ? 'failed' : 'success', pipeline);
    if (isFlaky) yield* this.#retry(pipeline, test, ms);
  }

  /** A pipeline of which a job is run again keeps its id, and tells how it had ended until it ends anew. */
  *#retry(pipeline: Pipeline, { name, stage }: Job, ms: number): Steps<void> {
    const finished = this.#outbox.now;
    yield ms / 2;
    const again = { ...this.#newJob(name, stage), retries: 1 };
    this.#tellJob('created', pipeline, again, null);
    yield QUEUE_MS;
    this.#tellPipeline('running', pipeline, { finished, jobs: [again] });
    yield* this.#run(pipeline, again, 'success', ms);
    yield 2_000;
    this.#tellPipeline('success', pipeline);
  }

  *checkMain({ sha, message }: Commit, by: Person, ms: number): Steps<void> {
    const pipeline = this.#newPipeline({ source: 'push', ref: MAIN, sha, message, by });
    const build = this.#newJob('build', 'build');
    yield* this.#begin(pipeline, [build]);
    yield* this.#run(pipeline, build, 'success', ms);
    yield 2_000;
    this.#tellPipeline('success', pipeline);
  }

  *deploy(commit: Commit | null, by: Person, { outcome, ms }: { outcome: Outcome; ms: number }): Steps<void> {
    // One that no push has told.
    const { sha, message } = commit ?? { sha: this.#outbox.sha(), message: 'Deploy from elsewhere' };
    const pipeline = this.#newPipeline({ source: 'web', ref: MAIN, sha, message, by });
    const staging = { ...this.#newJob('deploy-staging', 'deploy'), environment: 'staging' };
    yield* this.#begin(pipeline, [staging]);
    yield* this.#run(pipeline, staging, 'success', ms / 2);
    const production = { ...this.#newJob('deploy-production', 'deploy'), environment: 'production' };
    this.#tellJob('created', pipeline, production, null);
    yield QUEUE_MS;
    yield* this.#run(pipeline, production, outcome, ms);
    yield 2_000;
    this.#tellPipeline(statusOf(outcome), pipeline);
  }

  *#begin(pipeline: Pipeline, jobs: readonly Job[]): Steps<void> {
    this.#tellPipeline('pending', pipeline);
    for (const job of jobs) this.#tellJob('created', pipeline, job, null);
    yield QUEUE_MS;
    this.#tellPipeline('running', pipeline);
  }

  *#run(pipeline: Pipeline, job: Job, outcome: Outcome, ms: number): Steps<void> {
    const started = this.#outbox.now;
    const deployment = job.environment === undefined ? null : this.#outbox.number();
    this.#tellJob('running', pipeline, job, started);
    if (deployment !== null) this.#tellDeployment('running', deployment, pipeline, job);
    yield ms;
    this.#tellJob(statusOf(outcome), pipeline, job, started);
    if (deployment !== null) this.#tellDeployment(statusOf(outcome), deployment, pipeline, job);
  }

  #newPipeline(pipeline: Omit<Pipeline, 'id' | 'created'>): Pipeline {
    return { ...pipeline, id: this.#outbox.number(), created: this.#outbox.now };
  }

  #newJob(name: string, stage: string): Job {
    return { id: this.#outbox.number(), name, stage, retries: 0, created: this.#outbox.now };
  }

  #tellPipeline(status: string, pipeline: Pipeline, before?: Resumed): void {
    const { id, source, ref, sha, message, created, by, of } = pipeline;
    const { now } = this.#outbox;
    const finished = status === 'success' || status === 'failed' ? now : (before?.finished ?? null);
    const merge_request = of && {
      ...{ iid: of.number, title: of.title, source_branch: of.branch, target_branch: MAIN },
      ...{ source_project_id: this.#project.id, target_project_id: this.#project.id },
    };
    this.#project.post('Pipeline Hook', {
      ...{ object_kind: 'pipeline', user: gitlabUser(by), project: this.#project.described },
      object_attributes: {
        ...{ id, source, ref, sha, tag: false, status, name: null, url: `${this.#project.url}/-/pipelines/${id}` },
        ...{ created_at: gitlabTime(created), finished_at: finished === null ? null : gitlabTime(finished) },
        ...{
          duration: finished === null ? null : (finished - created) / 1_000,
          queued_duration: status === 'pending' ? null : 30,
        },
      },
      ...(merge_request === undefined ? {} : { merge_request }),
      commit: { id: sha, message, title: message.split('\n', 1)[0], author: { name: by.name } },
      builds: (before?.jobs ?? []).map((job) => ({ id: job.id, name: job.name, created_at: gitlabTime(job.created) })),
    });
  }

  #tellJob(build_status: JobStatus, pipeline: Pipeline, job: Job, started: EpochMs | null): void {
    const isOver = build_status === 'success' || build_status === 'failed';
    const { environment } = job;
    this.#project.post('Job Hook', {
      ...{ object_kind: 'build', build_id: job.id, build_name: job.name, build_stage: job.stage, build_status },
      ...{ build_created_at: gitlabTime(job.created), build_started_at: started === null ? null : gitlabTime(started) },
      build_finished_at: isOver ? gitlabTime(this.#outbox.now) : null,
      build_failure_reason: build_status === 'failed' ? 'script_failure' : 'unknown_failure',
      ...{ build_allow_failure: false, retries_count: job.retries, pipeline_id: pipeline.id },
      ...{ project_id: this.#project.id, project: this.#project.described, ref: pipeline.of?.branch ?? pipeline.ref },
      ...{ sha: pipeline.sha, user: gitlabUser(pipeline.by), commit: { id: pipeline.id, name: null } },
      runner: started === null ? null : { description: `shared-${job.id % 3}` },
      ...(environment === undefined
        ? {}
        : { environment: { name: environment, action: 'start', deployment_tier: environment } }),
    });
  }

  #tellDeployment(status: JobStatus, deployment_id: number, { sha, by }: Pipeline, { id, environment }: Job): void {
    const { url, described } = this.#project;
    this.#project.post('Deployment Hook', {
      ...{ object_kind: 'deployment', status, status_changed_at: gitlabTime(this.#outbox.now), deployment_id },
      ...{ deployable_id: id, deployable_url: `${url}/-/jobs/${id}`, environment, environment_tier: environment },
      ...{ short_sha: sha.slice(0, 8), commit_url: `${url}/-/commit/${sha}`, ref: MAIN },
      ...{ project: described, user: gitlabUser(by) },
    });
  }
}
