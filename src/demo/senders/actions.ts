import type { EpochMs } from '../../domain/event.ts';
import type { Outbox } from '../delivery.ts';
import type { Person } from '../people.ts';
import type { Change, Commit, Outcome, Pipelines, Steps } from '../tools.ts';
import { MAIN } from './git.ts';
import { type GitHubRepository, githubTime, githubUser } from './github.ts';

interface Run {
  readonly id: number;
  readonly name: string;
  readonly title: string;
  /** Of its commit. */
  readonly message: string;
  readonly branch: string;
  readonly sha: string;
  readonly event: string;
  readonly created: EpochMs;
  readonly by: Person;
  readonly of?: number;
}

interface Job {
  readonly id: number;
  readonly name: string;
  readonly created: EpochMs;
  readonly deployment?: number;
}

const QUEUE_MS = 20_000;

/** GitHub Actions: https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run */
export class Actions implements Pipelines {
  readonly #repository: GitHubRepository;
  readonly #outbox: Outbox;

  constructor(repository: GitHubRepository, outbox: Outbox) {
    this.#repository = repository;
    this.#outbox = outbox;
  }

  *check(change: Change, by: Person, { isFlaky, ms }: { isFlaky: boolean; ms: number }): Steps<void> {
    const { title, branch, head: sha, number } = change;
    const run = this.#newRun({ name: 'CI', title, message: title, branch, sha, event: 'pull_request', by, of: number });
    yield* this.#attempt(run, 1, isFlaky ? 'failure' : 'success', ms);
    if (!isFlaky) return;
    yield ms / 2;
    yield* this.#attempt(run, 2, 'success', ms);
  }

  *checkMain({ sha, message }: Commit, by: Person, ms: number): Steps<void> {
    const run = this.#newRun({
      name: 'CI',
      title: firstLineOf(message),
      message,
      branch: MAIN,
      sha,
      event: 'push',
      by,
    });
    yield* this.#attempt(run, 1, 'success', ms);
  }

  *deploy(commit: Commit | null, by: Person, { outcome, ms }: { outcome: Outcome; ms: number }): Steps<void> {
    // One that no push has told.
    const { sha, message } = commit ?? { sha: this.#outbox.sha(), message: 'Deploy from elsewhere' };
    const how = { name: 'Deploy', title: 'Deploy', message, event: 'workflow_dispatch' };
    const run = this.#newRun({ ...how, branch: MAIN, sha, by });
    this.#tellRun('requested', 'queued', run, 1, null);
    yield QUEUE_MS;
    this.#tellRun('in_progress', 'in_progress', run, 1, null);
    yield* this.#deployTo('staging', run, 'success', ms / 2);
    yield* this.#deployTo('production', run, outcome, ms);
    this.#tellRun('completed', 'completed', run, 1, outcome);
  }

  *#attempt(run: Run, attempt: number, outcome: Outcome, ms: number): Steps<void> {
    const started = this.#outbox.now;
    this.#tellRun('requested', 'queued', run, attempt, null, started);
    const [lint, test] = [this.#newJob('lint'), this.#newJob('test')];
    for (const job of [lint, test]) this.#tellJob('queued', job, run, attempt, null);
    yield QUEUE_MS;
    const running = this.#outbox.now;
    this.#tellRun('in_progress', 'in_progress', run, attempt, null, started);
    for (const job of [lint, test]) this.#tellJob('in_progress', job, run, attempt, running);
    yield ms / 3;
    this.#tellJob('completed', lint, run, attempt, running, 'success');
    yield (ms * 2) / 3;
    this.#tellJob('completed', test, run, attempt, running, outcome);
    yield 2_000;
    this.#tellRun('completed', 'completed', run, attempt, outcome, started);
  }

  *#deployTo(environment: string, run: Run, outcome: Outcome, ms: number): Steps<void> {
    const id = this.#outbox.number();
    const created = this.#outbox.now;
    const job: Job = { ...this.#newJob(`to ${environment}`), deployment: id };
    const deployment = {
      ...{ id, sha: run.sha, ref: MAIN, task: 'deploy', environment, original_environment: environment, payload: {} },
      ...{ production_environment: environment === 'production', transient_environment: false, description: null },
      ...{ created_at: githubTime(created), updated_at: githubTime(created), creator: githubUser(run.by) },
    };
    const workflow_run = { id: run.id, run_attempt: 1, name: run.name, html_url: this.#urlOf(run) };
    const tell = (state: string) => {
      const status = { id: this.#outbox.number(), state, created_at: githubTime(this.#outbox.now) };
      const deployment_status = {
        ...status,
        creator: githubUser(run.by),
        log_url: `${this.#urlOf(run)}/job/${job.id}`,
      };
      const payload = { action: 'created', deployment, deployment_status, workflow_run, check_run: { id: job.id } };
      this.#repository.post('deployment_status', run.by, payload);
    };
    this.#tellJob('queued', job, run, 1, null);
    this.#repository.post('deployment', run.by, { action: 'created', deployment, workflow_run });
    yield QUEUE_MS;
    const running = this.#outbox.now;
    this.#tellJob('in_progress', job, run, 1, running);
    tell('in_progress');
    yield ms;
    tell(outcome);
    this.#tellJob('completed', job, run, 1, running, outcome);
    yield 3_000;
  }

  #newRun(run: Omit<Run, 'id' | 'created'>): Run {
    return { ...run, id: this.#outbox.number(), created: this.#outbox.now };
  }

  #newJob(name: string): Job {
    return { id: this.#outbox.number(), name, created: this.#outbox.now };
  }

  #urlOf({ id }: Run): string {
    return `${this.#repository.url}/actions/runs/${id}`;
  }

  #tellRun(
    action: string,
    status: string,
    run: Run,
    attempt: number,
    conclusion: Outcome | null,
    started: EpochMs = run.created,
  ): void {
    const { id, name, title, message, branch, sha, event, created, by, of } = run;
    const base = { ref: MAIN, repo: this.#repository.described };
    this.#repository.post('workflow_run', by, {
      action,
      workflow_run: {
        ...{ id, name, display_title: title, path: `.github/workflows/${name.toLowerCase()}.yml`, event, status },
        ...{ conclusion, run_number: id % 1_000_000, run_attempt: attempt, html_url: this.#urlOf(run) },
        ...{ head_branch: branch, head_sha: sha, head_repository: this.#repository.described },
        head_commit: { id: sha, message, author: { name: by.name } },
        ...{ created_at: githubTime(created), run_started_at: githubTime(started) },
        ...{ updated_at: githubTime(this.#outbox.now), actor: githubUser(by), triggering_actor: githubUser(by) },
        pull_requests: of === undefined ? [] : [{ number: of, head: { ref: branch, sha }, base }],
      },
    });
  }

  #tellJob(
    action: string,
    { id, name, created, deployment }: Job,
    run: Run,
    attempt: number,
    started: EpochMs | null,
    conclusion: Outcome | null = null,
  ): void {
    this.#repository.post('workflow_job', run.by, {
      action,
      workflow_job: {
        ...{ id, run_id: run.id, run_attempt: attempt, name, workflow_name: run.name, status: action, conclusion },
        ...{ html_url: `${this.#urlOf(run)}/job/${id}`, head_branch: run.branch, head_sha: run.sha },
        ...{ created_at: githubTime(created), started_at: githubTime(started ?? created) },
        completed_at: conclusion === null ? null : githubTime(this.#outbox.now),
        ...{ labels: ['ubuntu-latest'], runner_name: started === null ? null : `runner-${id % 4}` },
      },
      ...(deployment === undefined ? {} : { deployment: { id: deployment } }),
    });
  }
}

/** As GitHub calls a run that a push has caused. */
function firstLineOf(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}
