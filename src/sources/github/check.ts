import * as otel from '../../domain/conventions.ts';
import type { Event } from '../../domain/event.ts';
import type { Reference } from '../../domain/reference.ts';
import { defined } from '../_kit/json.ts';
import { byKey, ofOneRun, prove, tell } from '../_kit/telling.ts';
import type { Delivery } from '../contract.ts';
import { type Ignored, ignored } from '../define.ts';
import { resultOf } from './conclusion.ts';
import { actor, operationOf, placeIn, repositoryScope, repositoryTags } from './operation.ts';
import { pullRequestsOf } from './references.ts';
import type { CheckRunPayload, CheckSuitePayload } from './schema.ts';

/** Actions tells the same of itself by its own hooks, and more. */
const ACTIONS = 'github-actions';

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#check_run: a build of another CI. */
export function readCheckRun(hook: CheckRunPayload, delivery: Delivery): readonly Event[] | Ignored {
  const { check_run: run, repository } = hook;
  const { started_at, completed_at, conclusion } = run;
  if (run.app?.slug === ACTIONS) return ignored('a check of Actions, of which workflow_job tells more');
  const operation = operationOf('check_run', repository, run.id, delivery);
  const details = detailsOfRun(hook, delivery.instance);
  const started = started_at === undefined ? [] : [prove(operation, started_at, { key: 'started', state: 'start' })];
  if (run.status === 'completed' && completed_at !== undefined) {
    const ending = { key: 'completed', state: 'end', result: resultOf(conclusion), ...details } as const;
    return ofOneRun([...started, tell(operation, completed_at, completed_at, ending)]);
  }
  if (started.length === 0) return ignored('a check that tells no time');
  return ofOneRun(started.map((start) => ({ ...start, ...details })));
}

function detailsOfRun({ check_run: run, repository, sender }: CheckRunPayload, instance: string): Partial<Event> {
  const { id, name, head_sha, html_url, details_url, check_suite, app } = run;
  const scope = repositoryScope(instance, repository.id);
  const url = details_url || html_url || undefined;
  return {
    ...defined({ title: name ?? undefined, url }),
    ...actor(sender),
    tags: {
      ...repositoryTags(repository),
      [otel.CICD_PIPELINE_TASK_RUN_ID]: String(id),
      ...defined({
        [otel.CICD_PIPELINE_TASK_NAME]: name ?? undefined,
        [otel.CICD_PIPELINE_TASK_RUN_URL_FULL]: url,
        [otel.VCS_REF_HEAD_NAME]: check_suite?.head_branch ?? undefined,
        [otel.VCS_REF_HEAD_REVISION]: head_sha ?? undefined,
      }),
    },
    facts: { job: name ?? null, app: app?.slug ?? null, head_branch: check_suite?.head_branch ?? null },
    provides: [{ type: 'job', scope, value: String(id) }],
    wants: [
      ...(check_suite ? [suiteReference(scope, check_suite.id)] : []),
      ...(head_sha ? [{ type: 'commit', scope, value: head_sha } satisfies Reference] : []),
    ],
  };
}

/**
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#check_suite: all checks of one app for a commit.
 *
 * Only finished ones: GitHub requests a suite of every app that may write checks, and one that makes none never ends.
 */
export function readCheckSuite(hook: CheckSuitePayload, delivery: Delivery): readonly Event[] | Ignored {
  const { check_suite: suite, repository } = hook;
  const { created_at, updated_at, conclusion } = suite;
  if (suite.app?.slug === ACTIONS) return ignored('a suite of Actions, of which workflow_run tells more');
  if (suite.status !== 'completed' || conclusion === undefined) return ignored('a suite that has not ended');
  const operation = operationOf('check_suite', repository, suite.id, delivery);
  const key = `completed@${updated_at.at}`;
  const started = created_at === undefined ? [] : [prove(operation, created_at, { key: 'created', state: 'start' })];
  const details = detailsOfSuite(hook, delivery.instance);
  // A suite that is requested again ends again, under the same id.
  const ending = { key, state: 'end', result: resultOf(conclusion), replacesEnd: true, ...details } as const;
  return byKey([...started, tell(operation, updated_at, updated_at, ending)]);
}

function detailsOfSuite(
  { check_suite: suite, repository, sender }: CheckSuitePayload,
  instance: string,
): Partial<Event> {
  const { id, head_branch, head_sha, pull_requests, app } = suite;
  const scope = repositoryScope(instance, repository.id);
  return {
    ...defined({ title: app?.name ?? undefined }),
    ...actor(sender),
    tags: {
      ...repositoryTags(repository),
      [otel.CICD_PIPELINE_RUN_ID]: String(id),
      ...defined({
        [otel.CICD_PIPELINE_NAME]: app?.name ?? undefined,
        [otel.VCS_REF_HEAD_NAME]: head_branch ?? undefined,
        [otel.VCS_REF_HEAD_REVISION]: head_sha ?? undefined,
      }),
    },
    facts: { workflow: app?.name ?? null, app: app?.slug ?? null, head_branch: head_branch ?? null },
    provides: [suiteReference(scope, id)],
    wants: [
      ...pullRequestsOf(pull_requests, placeIn(instance, repository), instance),
      ...(head_sha ? [{ type: 'commit', scope, value: head_sha } satisfies Reference] : []),
    ],
  };
}

function suiteReference(scope: string, id: number): Reference {
  return { type: 'run', scope, value: `check_suite:${id}` };
}
