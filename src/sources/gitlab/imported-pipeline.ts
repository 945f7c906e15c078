import type { Event, Result } from '../../domain/event.ts';
import { byKey, type Operation, prove } from '../_kit/telling.ts';
import type { SourceTime } from '../_kit/time.ts';
import type { Delivery } from '../contract.ts';
import type { ImportedJob, ImportedPipelinePayload } from './import-schema.ts';
import { readJob } from './job.ts';
import { operationOf } from './operation.ts';
import { finishKey, readPipeline, resumeKey } from './pipeline.ts';

/** A job, and how many tries of it there were before. */
interface Try {
  readonly job: ImportedJob;
  readonly retries: number;
}

/** A pipeline with all its jobs, and the lives that it had before it was retried. */
export function readImportedPipeline(imported: ImportedPipelinePayload, delivery: Delivery): readonly Event[] {
  const { project, pipeline, commit, merge_request, upstream } = imported;
  const operation = operationOf('pipeline', project, pipeline.id, delivery);
  const tries = triesOf(imported.jobs);
  const hook = {
    ...{ user: pipeline.user, project, object_attributes: pipeline, commit, merge_request },
    source_pipeline: upstream,
    builds: imported.jobs.map((job) => ({ created_at: job.build_created_at, started_at: job.build_started_at })),
  };
  const told = readPipeline(hook, delivery).map((event) => (isTitled(imported) ? event : withoutTitle(event)));
  const ofJobs = tries.flatMap((one) => jobEvents(one, imported, delivery));
  return [...byKey([...livesBefore(tries, operation), ...told]), ...ofJobs];
}

/** A webhook titles the pipeline of a merge request by that. */
function isTitled({ pipeline: { name, source }, merge_request }: ImportedPipelinePayload): boolean {
  return name !== undefined || source !== 'merge_request_event' || merge_request?.title !== undefined;
}

function withoutTitle({ title: _other, ...event }: Event): Event {
  return event;
}

/** Tries of one job share its name; the later one has the higher number. */
function triesOf(jobs: readonly ImportedJob[]): Try[] {
  const before = new Map<string, number>();
  return jobs
    .toSorted((a, b) => a.build_id - b.build_id)
    .map((job) => {
      const name = job.build_name ?? '';
      const retries = before.get(name) ?? 0;
      before.set(name, retries + 1);
      return { job, retries };
    });
}

function jobEvents({ job, retries }: Try, imported: ImportedPipelinePayload, delivery: Delivery): Event[] {
  const { project, pipeline } = imported;
  const events = readJob(
    {
      ...job,
      ...{ project, project_id: project.id, pipeline_id: pipeline.id, retries_count: retries },
      ...{ sha: pipeline.sha, commit: { name: pipeline.name } },
    },
    delivery,
  );
  return 'ignored' in events ? [] : events.map(withoutEnvironment);
}

/** Where a job deploys to is told by its webhook alone, and not taken back. */
function withoutEnvironment(event: Event): Event {
  if (event.facts === undefined) return event;
  const { environment, deployment, environment_action, environment_tier, ...facts } = event.facts;
  return { ...event, facts };
}

/** A job that is to be retried by itself is made anew as it fails, and its pipeline does not end by that. */
const BY_ITSELF_MS = 10_000;

/**
 * The ends that a pipeline had before it was retried, and since when it went on: the API tells the last end alone, but every
 * try of a job. Where a job was tried again after all that had run was over, the pipeline had ended.
 */
function livesBefore(tries: readonly Try[], operation: Operation): Event[] {
  const lives = tries.flatMap(({ job: { build_created_at: since }, retries }) => {
    const ended = retries === 0 || since === undefined ? undefined : endBefore(tries, since);
    return ended === undefined || since === undefined ? [] : [{ ...ended, since }];
  });
  // The first of those that were tried again together.
  const distinct = new Map(lives.toReversed().map((life) => [life.at.at, life]));
  return [...distinct.values()].flatMap(({ at, result, since }) => [
    prove(operation, at, { key: finishKey(at), state: 'end', replacesEnd: true, result }),
    prove(operation, since, { key: resumeKey(at), state: 'start', reopens: true }),
  ]);
}

/** When and how all ended that had begun before a time; undefined where something was running then. */
function endBefore(tries: readonly Try[], time: SourceTime): { at: SourceTime; result: Result } | undefined {
  const begun = tries.filter(({ job }) => job.build_started_at !== undefined && job.build_started_at.at < time.at);
  const ends = begun.flatMap(({ job }) => job.build_finished_at ?? []).filter(({ at }) => at <= time.at);
  const last = ends.toSorted((a, b) => a.at - b.at).at(-1);
  if (last === undefined || ends.length < begun.length || time.at - last.at < BY_ITSELF_MS) return undefined;
  const latest = [...new Map(begun.map(({ job }) => [job.build_name, job])).values()];
  return { at: last, result: resultTogether(latest) };
}

/** https://docs.gitlab.com/ci/jobs/#job-states: what is allowed to fail fails nothing. */
function resultTogether(jobs: readonly ImportedJob[]): Result {
  const counting = jobs.filter(({ build_allow_failure }) => build_allow_failure !== true);
  if (counting.some(({ build_status }) => build_status === 'failed')) return 'failure';
  return counting.some(({ build_status }) => build_status === 'canceled') ? 'cancelled' : 'success';
}
