import type { EpochMs } from '../../domain/event.ts';
import type { Outbox } from '../delivery.ts';
import type { Person } from '../people.ts';
import type { Change, Commit, Outcome, Pipelines, Repository, Steps } from '../tools.ts';
import { MAIN } from './git.ts';

const SITE = 'https://jenkins.example/';
const QUEUE_MS = 90_000;

interface Build {
  readonly job: string;
  readonly by: Person | null;
  readonly branch: string;
  /** Null: nobody tells it. */
  readonly commit: string | null;
  readonly parameters: Readonly<Record<string, string>> | null;
  readonly result: string;
  readonly ms: number;
}

/**
 * Jenkins with an organisation folder: each repository a multibranch job, each branch and pull request a job in it. What the
 * statistics plugin sends: https://plugins.jenkins.io/statistics-gatherer/
 */
export class Jenkins implements Pipelines {
  readonly #repository: Repository & { readonly url: string };
  readonly #outbox: Outbox;
  readonly #numbers = new Map<string, number>();

  constructor(repository: Repository & { readonly url: string }, outbox: Outbox) {
    this.#repository = repository;
    this.#outbox = outbox;
  }

  *check(change: Change, by: Person, { isFlaky, ms }: { isFlaky: boolean; ms: number }): Steps<void> {
    const branch = `PR-${change.number}`;
    const build = { job: `${this.#repository.path}/${branch}`, by, branch, commit: change.head, parameters: null, ms };
    if (isFlaky) yield* this.#build({ ...build, result: 'UNSTABLE' });
    yield* this.#build({ ...build, result: 'SUCCESS' });
  }

  *checkMain({ sha }: Commit, _by: Person, ms: number): Steps<void> {
    const job = `${this.#repository.path}/${MAIN}`;
    yield* this.#build({ job, by: null, branch: MAIN, commit: sha, parameters: null, ms, result: 'SUCCESS' });
  }

  *deploy(commit: Commit | null, by: Person, { outcome, ms }: { outcome: Outcome; ms: number }): Steps<void> {
    const build = { job: `${this.#repository.path}/${MAIN}`, by, branch: MAIN, commit: commit?.sha ?? null };
    const to = (environment: string) => ({ type: 'deploy', environment });
    yield* this.#build({ ...build, parameters: to('staging'), ms: ms / 2, result: 'SUCCESS' });
    yield 5_000;
    const result = outcome === 'success' ? 'SUCCESS' : 'FAILURE';
    yield* this.#build({ ...build, parameters: to('production'), ms, result });
  }

  /** A build that a clock has begun. */
  *nightly(result: 'SUCCESS' | 'UNSTABLE', ms: number): Steps<void> {
    const { path, head } = this.#repository;
    const job = `${path}-nightly`;
    yield* this.#build({ job, by: null, branch: MAIN, commit: head.sha, parameters: null, result, ms });
  }

  *#build(build: Build): Steps<void> {
    const number = (this.#numbers.get(build.job) ?? 0) + 1;
    this.#numbers.set(build.job, number);
    yield QUEUE_MS;
    const started = this.#outbox.now;
    this.#tell(build, number, started, null);
    yield build.ms;
    this.#tell(build, number, started, this.#outbox.now);
  }

  #tell(
    { job, by, branch, commit, parameters, result }: Build,
    number: number,
    started: EpochMs,
    ended: EpochMs | null,
  ) {
    const isOver = ended !== null;
    const scmInfo = { url: `${this.#repository.url}.git`, branch: `origin/${branch}`, commit };
    this.#outbox.post(
      'jenkins',
      { 'user-agent': 'Apache-HttpClient/4.5.14 (Java/21)' },
      {
        ...{ ciUrl: SITE, jobName: job.slice(job.lastIndexOf('/') + 1), fullJobName: job, number },
        slaveInfo: { slaveName: `agent-${number % 3}`, executor: '1', label: 'linux' },
        ...{ startTime: started, endTime: ended, duration: isOver ? ended - started : 0, queueTime: QUEUE_MS },
        ...{ startedUserId: by?.login ?? 'SCM', startedUserName: by?.name ?? 'SCM' },
        ...{ result: isOver ? result : 'INPROGRESS', parameters: isOver ? null : parameters },
        // The checkout is part of the build, so its start knows nothing of it.
        scmInfo: isOver && commit !== null ? scmInfo : { url: null, branch: null, commit: null },
        ...{ buildUrl: `job/${job.replaceAll('/', '/job/')}/${number}/`, contextId: this.#outbox.number() },
        buildCause: by === null ? 'Branch indexing' : `Started by user ${by.name}`,
        buildFailureCauses: null,
      },
    );
  }
}
