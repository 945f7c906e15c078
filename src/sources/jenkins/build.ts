import type { Event, Result, Stage } from '../../domain/event.ts';
import type { Reference } from '../../domain/reference.ts';
import { defined } from '../_kit/json.ts';
import { kindOf } from '../_kit/kind.ts';
import { byKey, prove, tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { buildOf, serverScope } from './operation.ts';
import type { BuildPayload } from './schema.ts';

const stages = {
  queued: { key: 'queued', name: 'queued', category: 'waiting' },
  running: { key: 'running', name: 'running', category: 'active' },
} as const satisfies Record<string, Stage>;

/** Failed tests make a build unstable: it is no success. What was stopped or not built has not failed. */
const results: Readonly<Record<string, Result>> = {
  SUCCESS: 'success',
  UNSTABLE: 'failure',
  FAILURE: 'failure',
  NOT_BUILT: 'skipped',
  ABORTED: 'cancelled',
  UNKNOWN: 'unknown',
};

/**
 * A build is told when it starts and when it ends, and neither is sure to arrive: nothing is sent again, and some pipelines
 * tell no start. The end knows little: no parameters, seldom a commit; but how long it ran, and so when it began.
 */
export function readBuild(build: BuildPayload, delivery: Delivery): readonly Event[] | Ignored {
  const job = build.fullJobName ?? build.jobName;
  if (job === undefined) return ignored('a build of no job');
  const operation = buildOf(job, build.number, delivery);
  const details = detailsOf(build, job, delivery.instance);
  if (build.result === 'INPROGRESS') {
    if (build.startTime === undefined) return ignored('a start that tells no time');
    const { at, precisionMs } = build.startTime;
    const queuedFor = Math.round(build.queueTime ?? 0);
    const entered = { at: at - queuedFor, precisionMs };
    return byKey([
      prove(operation, entered, {
        key: 'queued',
        state: 'start',
        stage: queuedFor > 0 ? stages.queued : stages.running,
      }),
      tell(operation, build.startTime, build.startTime, {
        ...details,
        key: 'started',
        state: 'transition',
        stage: stages.running,
      }),
    ]);
  }
  const result = Object.hasOwn(results, build.result) ? results[build.result] : undefined;
  if (result === undefined) return ignored(`the result "${kindOf(build.result)}" of a build has no meaning here`);
  if (build.endTime === undefined) return ignored('an end that tells no time');
  const { endTime, duration } = build;
  return [
    tell(operation, endTime, endTime, {
      ...details,
      key: 'ended',
      state: 'end',
      result,
      ...(typeof duration === 'number' ? { startedAt: endTime.at - Math.round(duration) } : {}),
    }),
  ];
}

function detailsOf(build: BuildPayload, job: string, instance: string): Partial<Event> {
  const { number, result, slaveInfo, scmInfo, parameters, buildFailureCauses } = build;
  const url = addressOf(build);
  const branch = branchOf(build, job);
  const commit = scmInfo?.commit ?? commitIn(parameters);
  return {
    title: `${job} #${number}`,
    ...defined({ url, actor: actorOf(build) }),
    tags: {
      'cicd.pipeline.name': job,
      'cicd.pipeline.run.id': String(number),
      ...defined({
        'cicd.pipeline.run.url.full': url,
        'cicd.worker.name': slaveInfo?.slaveName,
        'vcs.repository.url.full': scmInfo?.url,
        'vcs.ref.head.name': branch,
        'vcs.ref.head.revision': commit,
        // An unstable build counts as failed, and is told apart by this.
        'valuestream.jenkins.result': result === 'INPROGRESS' ? undefined : result.slice(0, 32),
      }),
    },
    facts: {
      job,
      ...defined({
        head_branch: branch,
        trigger: triggerOf(build),
        environment: parameterCalled(parameters, ENVIRONMENT),
        failure_causes: causesOf(buildFailureCauses),
      }),
      // The end knows none, which takes nothing back of what the start told.
      ...Object.fromEntries(parameters.map(([name, value]) => [`parameter.${name}`, value])),
    },
    ...referencesOf(build, job, commit, instance),
  };
}

function causesOf(causes: BuildPayload['buildFailureCauses']): string[] | undefined {
  return causes?.flatMap(({ name }) => name ?? []);
}

/** Relative to the server, in all versions that are known. */
function addressOf({ ciUrl, buildUrl }: BuildPayload): string | undefined {
  if (buildUrl === undefined) return undefined;
  return URL.parse(buildUrl, ciUrl === undefined ? undefined : `${ciUrl.replace(/\/+$/, '')}/`)?.href;
}

const NOBODY = ['UPSTREAM', 'SCM', 'TIMER', 'UNKNOWN', 'anonymous'];

function actorOf({ startedUserId, startedUserName, startedUsername }: BuildPayload): string | undefined {
  if (startedUserId !== undefined && NOBODY.includes(startedUserId)) return undefined;
  return startedUserId ?? startedUserName ?? startedUsername;
}

function triggerOf({ startedUserId }: BuildPayload): string | undefined {
  if (startedUserId === undefined) return undefined;
  return NOBODY.includes(startedUserId) ? startedUserId.toLowerCase() : 'user';
}

const ENVIRONMENT = /^((target|deploy|deployment)_?)?env(ironment)?$/i;
const COMMIT = /^(git_?)?(commit|sha|revision)$/i;

type Parameters = BuildPayload['parameters'];

function parameterCalled(parameters: Parameters, name: RegExp): string | undefined {
  return parameters.find(([given, value]) => name.test(given) && value !== '')?.[1];
}

function commitIn(parameters: Parameters): string | undefined {
  const value = parameterCalled(parameters, COMMIT);
  return value !== undefined && /^[0-9a-f]{40}$/i.test(value) ? value.toLowerCase() : undefined;
}

/** Of a multibranch job the last part is the branch, with its slashes encoded, or the pull request. */
function branchOf({ scmInfo }: BuildPayload, job: string): string | undefined {
  const told = scmInfo?.branch?.replace(/^(refs\/heads|refs\/remotes\/origin|origin)\//, '');
  if (told !== undefined) return told;
  const last = job.slice(job.lastIndexOf('/') + 1);
  return last.includes('%2F') ? last.replaceAll('%2F', '/') : undefined;
}

const PULL_REQUEST = /\/(?:PR|MR)-(\d+)$/;
/** As people have written into their jobs for years. */
const TRACE_PARAMETER = 'vstrace-trace-id';

function referencesOf(
  { contextId, parameters, scmInfo }: BuildPayload,
  job: string,
  commit: string | undefined,
  instance: string,
): Pick<Event, 'provides' | 'wants'> {
  const scope = serverScope(instance);
  const repository = repositoryOf(scmInfo?.url);
  const trace = parameters.find(([name]) => name === TRACE_PARAMETER)?.[1];
  const change = PULL_REQUEST.exec(job)?.[1];
  const wants: Reference[] = [
    ...(trace ? [{ type: 'span', scope: '', value: trace } as const] : []),
    ...(commit === undefined ? [] : [{ type: 'commit', scope: repository, value: commit } as const]),
    ...(change === undefined ? [] : [{ type: 'pull_request', scope: repository, value: change } as const]),
  ];
  return {
    ...(contextId ? { provides: [{ type: 'context', scope, value: String(contextId) }] } : {}),
    ...(wants.length === 0 ? {} : { wants }),
  };
}

/** `github.com/acme/app`: a repository by its address, for Jenkins knows no id of it; empty where it does not tell. */
function repositoryOf(url: string | undefined): string {
  const [, host, path] =
    /^(?:[a-z+]+:\/\/)?(?:[^@/]+@)?([^/:]+)(?::\d+)?[/:](.+?)(?:\.git)?\/?$/i.exec(url ?? '') ?? [];
  return host === undefined || path === undefined ? '' : `${host.toLowerCase()}/${path}`;
}
