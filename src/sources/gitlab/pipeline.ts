import * as otel from '../../domain/conventions.ts';
import type { Event } from '../../domain/event.ts';
import type { Reference } from '../../domain/reference.ts';
import { namedByBranch } from '../_kit/grammar.ts';
import { defined } from '../_kit/json.ts';
import { distinct } from '../_kit/mentions.ts';
import type { Place } from '../_kit/place.ts';
import { byKey, type Operation, prove, tell } from '../_kit/telling.ts';
import type { SourceTime } from '../_kit/time.ts';
import type { Delivery } from '../contract.ts';
import {
  actor,
  isBot,
  operationOf,
  placeIn,
  projectScope,
  projectTags,
  resultOf,
  second,
  stages,
} from './operation.ts';
import { namedByCommit } from './references.ts';
import type { PipelinePayload } from './schema.ts';

type Pipeline = PipelinePayload['object_attributes'];

/**
 * https://docs.gitlab.com/user/project/integrations/webhook_events/#pipeline-events
 *
 * A payload tells when the pipeline was created and when it finished; when it began to run follows from how long it was
 * queued. A retried pipeline keeps its id, and its last end while it runs again.
 */
export function readPipeline(hook: PipelinePayload, delivery: Delivery): readonly Event[] {
  const { object_attributes: pipeline, project } = hook;
  const operation = operationOf('pipeline', project, pipeline.id, delivery);
  const running = runningSince(pipeline);
  const queued = running === undefined ? {} : { stage: stages.queued };
  const life = [
    prove(operation, pipeline.created_at, { key: 'created', state: 'start', ...queued }),
    ...(running === undefined
      ? []
      : [prove(operation, running, { key: 'running', state: 'transition', stage: stages.running })]),
  ];
  const result = resultOf(pipeline.status);
  const finished = pipeline.finished_at ?? (result === 'skipped' ? pipeline.created_at : undefined);
  const details = detailsOf(hook, delivery.instance);
  if (result === undefined || finished === undefined) {
    const all = [...life, ...resumed(hook, operation)];
    return all.map((event, index) => (index === all.length - 1 ? { ...event, ...details } : event));
  }
  const ending = { key: finishKey(finished), state: 'end', result, replacesEnd: true, ...details } as const;
  return byKey([...life, tell(operation, finished, finished, ending)]);
}

/**
 * One that has not ended, but tells an end, goes on after it: since the first of its jobs was made anew, or begun after
 * it had waited for somebody. How it had ended is for the hook of that end to tell.
 */
function resumed({ object_attributes: pipeline, builds }: PipelinePayload, operation: Operation): Event[] {
  const { finished_at: finished, status } = pipeline;
  if (finished === undefined) return [];
  const times = (builds ?? []).flatMap((job) => [job.created_at, job.started_at].filter((time) => time !== undefined));
  const [since] = times.filter(({ at }) => at > finished.at).toSorted((a, b) => a.at - b.at);
  if (since === undefined) return [];
  const stage = status === 'running' ? { stage: stages.running } : {};
  return [
    prove(operation, finished, { key: finishKey(finished), state: 'end', replacesEnd: true }),
    prove(operation, since, { key: resumeKey(finished), state: 'start', reopens: true, ...stage }),
  ];
}

export function finishKey(at: SourceTime): string {
  return `finished@${second(at)}`;
}

/** It goes on after an end, and is named by that. */
export function resumeKey(end: SourceTime): string {
  return `resumed@${second(end)}`;
}

/** A pipeline that never ran was queued to its end, or not at all. */
function runningSince({ status, created_at, started_at, queued_duration }: Pipeline): SourceTime | undefined {
  const hasRun = started_at !== undefined || status === 'running' || status === 'success' || status === 'failed';
  if (!hasRun || queued_duration === null || queued_duration === undefined) return undefined;
  return { at: created_at.at + Math.round(queued_duration * 1_000), precisionMs: created_at.precisionMs };
}

function detailsOf(hook: PipelinePayload, instance: string): Partial<Event> {
  const { object_attributes: pipeline, project, merge_request, commit, user } = hook;
  const { id, name, ref, sha, source, url } = pipeline;
  return {
    ...defined({ title: name ?? merge_request?.title ?? commit?.title, url }),
    ...actor(user),
    tags: {
      ...projectTags(project),
      [otel.CICD_PIPELINE_RUN_ID]: String(id),
      ...defined({
        [otel.CICD_PIPELINE_NAME]: name,
        [otel.CICD_PIPELINE_RUN_URL_FULL]: url,
        [otel.VCS_REF_HEAD_NAME]: ref,
        [otel.VCS_REF_HEAD_TYPE]: refTypeOf(pipeline),
        [otel.VCS_REF_HEAD_REVISION]: sha,
      }),
    },
    facts: { workflow: name ?? null, trigger: source ?? null, head_branch: ref ?? null, actor_is_bot: isBot(user) },
    ...referencesOf(hook, instance),
  };
}

function refTypeOf({ ref, tag }: Pipeline): string | undefined {
  if (tag === true) return 'tag';
  return ref === undefined || OF_MERGE_REQUEST.test(ref) ? undefined : 'branch';
}

/** The ref of a pipeline of a merge request is none of its branches. */
const OF_MERGE_REQUEST = /^refs\/merge-requests\/(\d+)\//;

function referencesOf(hook: PipelinePayload, instance: string): Pick<Event, 'provides' | 'wants'> {
  const place = placeIn(instance, hook.project);
  const run: Reference = { type: 'run', scope: place.scope, value: String(hook.object_attributes.id) };
  return { provides: [run], wants: distinct([...startersOf(hook, instance), ...codeOf(hook, place, instance)]) };
}

/** The job of another pipeline that has started it, and that pipeline. */
function startersOf({ source_pipeline, project }: PipelinePayload, instance: string): Reference[] {
  const { pipeline_id, job_id } = source_pipeline ?? {};
  const scope = projectScope(instance, source_pipeline?.project?.id ?? project.id);
  return [
    ...(job_id ? [{ type: 'job', scope, value: String(job_id) } as const] : []),
    ...(pipeline_id ? [{ type: 'run', scope, value: String(pipeline_id) } as const] : []),
  ];
}

function codeOf(hook: PipelinePayload, place: Place, instance: string): Reference[] {
  const { sha, source, tag, ref } = hook.object_attributes;
  const { scope } = place;
  const commit: Reference[] = sha === undefined ? [] : [{ type: 'commit', scope, value: sha }];
  // Caused by a clock or by a tag, and neither by the commit that these found nor by whoever wrote that.
  const aside = commit.map((found) => ({ ...found, relation: 'about' }) as const);
  if (tag === true) return [...aside, ...(ref ? [{ type: 'tag', scope, value: ref, relation: 'about' } as const] : [])];
  if (source === 'schedule') return aside;
  return [
    ...changeOf(hook, scope, instance),
    ...commit,
    ...branchOf(hook, scope, instance),
    ...namedByCommit(hook.commit ?? {}, place),
    ...namedByBranch(branchName(hook), place),
  ];
}

/** Its number belongs to the project that it is to be merged into, and its branch to the one that it comes from. */
function changeOf(
  { object_attributes: { ref }, merge_request }: PipelinePayload,
  own: string,
  instance: string,
): Reference[] {
  const change = merge_request?.iid ?? OF_MERGE_REQUEST.exec(ref ?? '')?.[1];
  const target = merge_request?.target_project_id;
  const scope = target ? projectScope(instance, target) : own;
  return change === undefined ? [] : [{ type: 'pull_request', scope, value: String(change) }];
}

function branchOf(hook: PipelinePayload, own: string, instance: string): Reference[] {
  const branch = branchName(hook);
  const source = hook.merge_request?.source_project_id;
  const scope = source ? projectScope(instance, source) : own;
  return branch === undefined ? [] : [{ type: 'branch', scope, value: branch }];
}

function branchName({ object_attributes: { ref }, merge_request }: PipelinePayload): string | undefined {
  return merge_request?.source_branch ?? (OF_MERGE_REQUEST.test(ref ?? '') ? undefined : ref);
}
