import * as otel from '../../domain/conventions.ts';
import type { Event, Result, Stage } from '../../domain/event.ts';
import { pageOfRemote, shaOf } from '../_kit/git.ts';
import { defined } from '../_kit/json.ts';
import { kindOf } from '../_kit/kind.ts';
import { type Operation, prove, tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { buildOf, PULL_REQUEST, placeOf } from './operation.ts';
import { referencesOf } from './references.ts';
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
 *
 * Facts are named by their times, for the number alone does not name a build: a multibranch job whose branch is deleted and
 * made anew counts from 1 again.
 */
export function readBuild(build: BuildPayload, delivery: Delivery): readonly Event[] | Ignored {
  const job = build.fullJobName ?? build.jobName;
  if (job === undefined) return ignored('a build of no job');
  const operation = buildOf(job, build.number, delivery);
  const details = detailsOf(build, job, delivery);
  return build.result === 'INPROGRESS' ? readStart(build, operation, details) : readEnd(build, operation, details);
}

function readStart(
  { startTime, queueTime }: BuildPayload,
  operation: Operation,
  details: Partial<Event>,
): Event[] | Ignored {
  if (startTime === undefined) return ignored('a start that tells no time');
  const { at, precisionMs } = startTime;
  const queuedFor = Math.round(queueTime ?? 0);
  const stage = queuedFor > 0 ? stages.queued : stages.running;
  const entered = { at: at - queuedFor, precisionMs };
  return [
    prove(operation, entered, { key: `queued@${entered.at}`, state: 'start', stage }),
    tell(operation, startTime, startTime, {
      ...details,
      key: `started@${at}`,
      state: 'transition',
      stage: stages.running,
    }),
  ];
}

function readEnd(build: BuildPayload, operation: Operation, details: Partial<Event>): Event[] | Ignored {
  const { endTime, duration } = build;
  const result = Object.hasOwn(results, build.result) ? results[build.result] : undefined;
  if (result === undefined) return ignored(`the result "${kindOf(build.result)}" of a build has no meaning here`);
  if (endTime === undefined) return ignored('an end that tells no time');
  const { at, precisionMs } = endTime;
  const end = tell(operation, endTime, endTime, { ...details, key: `ended@${at}`, state: 'end', result });
  if (typeof duration !== 'number') return [end];
  // Of a build whose start arrived this is some moment of its run, for it has ended a little before its end is told.
  const began = { at: at - Math.round(duration), precisionMs };
  return [prove(operation, began, { key: `ran@${began.at}`, state: 'start' }), end];
}

function detailsOf(build: BuildPayload, job: string, delivery: Delivery): Partial<Event> {
  const { number, result, slaveInfo, scmInfo, parameters, buildFailureCauses } = build;
  const { pipeline, last } = placeOf(job);
  const url = addressOf(build);
  const branch = branchOf(build, job);
  const commit = shaOf(scmInfo?.commit) ?? commitIn(parameters);
  return {
    title: `${job} #${number}`,
    ...defined({ url, actor: actorOf(build) }),
    tags: {
      [otel.CICD_PIPELINE_NAME]: pipeline,
      // Each branch counts its builds for itself.
      [otel.CICD_PIPELINE_RUN_ID]: last === undefined ? String(number) : `${last}#${number}`,
      ...defined({
        [otel.CICD_PIPELINE_RUN_URL_FULL]: url,
        [otel.CICD_WORKER_NAME]: slaveInfo?.slaveName,
        [otel.VCS_REPOSITORY_URL_FULL]: pageOfRemote(scmInfo?.url),
        [otel.VCS_REF_HEAD_NAME]: branch,
        [otel.VCS_REF_HEAD_REVISION]: commit,
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
    ...referencesOf(build, { job, branch, commit }, delivery),
  };
}

function causesOf(causes: BuildPayload['buildFailureCauses']): string[] | undefined {
  return causes?.flatMap(({ name }) => name ?? []);
}

/** Relative to the server, in all versions that are known. */
function addressOf({ ciUrl, buildUrl }: BuildPayload): string | undefined {
  if (buildUrl === undefined) return undefined;
  const url = URL.parse(buildUrl, ciUrl === undefined ? undefined : `${ciUrl.replace(/\/+$/, '')}/`);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  // With who may enter it, it would be a password that everybody sees.
  url.username = '';
  url.password = '';
  return url.href;
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
  // A revision that is but a number is another tool's.
  return /\D/.test(value ?? '') ? shaOf(value) : undefined;
}

/** Told, or by the name of its job; what names a pull request is no branch. */
function branchOf({ scmInfo }: BuildPayload, job: string): string | undefined {
  const told = scmInfo?.branch?.replace(/^(refs\/heads|refs\/remotes\/origin|origin)\//, '');
  if (told !== undefined) return told;
  const { last } = placeOf(job);
  return last === undefined || PULL_REQUEST.test(last) ? undefined : decoded(last);
}

function decoded(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}
