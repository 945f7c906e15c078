import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fold } from '../../domain/fold.ts';
import { identityKey, spanIdOf } from '../../domain/identity.ts';
import { Ruling } from '../../rules/ruling.ts';
import { rulesSchema } from '../../rules/schema.ts';
import { findSource } from '../../sources/registry.ts';
import type { ExportSubject } from '../../store/exports.ts';
import { attributesOf, nameOf } from './attributes.ts';

/** Every word of the conventions is written out here: `src/domain/conventions.ts` is what is being tried. */
type Row = readonly [what: string, attribute: string, value: string];

const ruling = new Ruling({ rules: rulesSchema.parse({}), teams: [] });

/** What a tracing backend is told of the operation that a fixture tells of. */
function exported(fixture: string) {
  const [source = '', file = ''] = fixture.split(' ');
  const path = new URL(`../../sources/${source}/fixtures/${file}.request.json`, import.meta.url);
  const { headers, payload } = JSON.parse(readFileSync(path, 'utf8'));
  const body = Buffer.from(JSON.stringify(payload));
  const read = findSource(source)?.interpret({
    ...{ instance: '', headers, body, payload, key: 'delivery-1' },
    ...{ receivedAt: Date.UTC(2026, 5, 1), channel: 'webhook' },
  });
  const events = read?.outcome === 'accepted' ? read.events : [];
  const [event] = events;
  const folded = fold(events).attempts.at(-1);
  if (event === undefined || folded === undefined) throw new Error(`${fixture} tells of no attempt`);
  const attempt = ruling.attempt(folded, event.identity);
  const place = {
    ...{ identityId: 1, identityKey: identityKey(event.identity), spanId: spanIdOf(event.identity, event.name) },
    ...{ attemptKey: attempt.key, ordinal: attempt.ordinal, operation: attempt.operation, pin: null },
  };
  const subject: ExportSubject = {
    ...{ source, instance: '', lineage: [place], attempt },
    ...{
      links: [],
      previous: [],
      children: [],
      deployments: [],
      events: [],
      exported: [],
      linksBeyond: 0,
      version: '1',
    },
  };
  return { ...nameOf(attempt), ...attributesOf(subject) };
}

const expected: Readonly<Record<string, readonly Row[]>> = {
  'github pull_request.closed-merged': [
    ['the repository', 'vcs.provider.name', 'github'],
    ['its page, not its API', 'vcs.repository.url.full', 'https://github.com/octo-org/api'],
    ['its name, without the owner', 'vcs.repository.name', 'api'],
    ['the owner', 'vcs.owner.name', 'octo-org'],
    ['the number, not the global id', 'vcs.change.id', '42'],
    ['the title', 'vcs.change.title', 'Add a cache'],
    ['the state', 'vcs.change.state', 'merged'],
    ['the branch of the head', 'vcs.ref.head.name', 'cache'],
    ['that it is a branch', 'vcs.ref.head.type', 'branch'],
    ['the branch that it is for', 'vcs.ref.base.name', 'main'],
    ['who did it', 'user.name', 'bob'],
  ],
  'github pull_request.closed-unmerged': [['closed without a merge', 'vcs.change.state', 'closed']],
  'github pull_request.opened-as-draft': [['a draft', 'vcs.change.state', 'wip']],
  'github pull_request.reopened': [['open again', 'vcs.change.state', 'open']],
  'github workflow_run.completed-with-failure': [
    ['the pipeline', 'cicd.pipeline.name', 'CI'],
    ['the run', 'cicd.pipeline.run.id', '5001'],
    ['its page', 'cicd.pipeline.run.url.full', 'https://github.com/octo-org/api/actions/runs/5001'],
    ['its result', 'cicd.pipeline.result', 'failure'],
    ['its error', 'error.type', 'failure'],
  ],
  'github workflow_job.completed': [
    ['the pipeline', 'cicd.pipeline.name', 'CI'],
    ['the run', 'cicd.pipeline.run.id', '5001'],
    ['the task', 'cicd.pipeline.task.name', 'test'],
    ['its run', 'cicd.pipeline.task.run.id', '6001'],
    ['its page', 'cicd.pipeline.task.run.url.full', 'https://github.com/octo-org/api/actions/runs/5001/job/6001'],
    ['its result', 'cicd.pipeline.task.run.result', 'success'],
    ['its type', 'cicd.pipeline.task.type', 'build'],
  ],
  'github check_run.completed-timed-out': [
    ['the task', 'cicd.pipeline.task.name', 'buildkite/test'],
    ['its run', 'cicd.pipeline.task.run.id', '3001'],
    ['its page', 'cicd.pipeline.task.run.url.full', 'https://ci.example.org/builds/7'],
    ['its result', 'cicd.pipeline.task.run.result', 'timeout'],
  ],
  'github status.error': [
    ['the task', 'cicd.pipeline.task.name', 'ci/legacy'],
    ['its run, which all its statuses share', 'cicd.pipeline.task.run.id', 'ci/legacy'],
    ['its page', 'cicd.pipeline.task.run.url.full', 'https://ci.example.org/7'],
    ['its result', 'cicd.pipeline.task.run.result', 'error'],
  ],
  'github deployment_status.success': [
    ['where to', 'deployment.environment.name', 'production'],
    ['what became of it', 'deployment.status', 'succeeded'],
  ],
  'gitlab merge_request.merge': [
    ['the project', 'vcs.repository.name', 'cart'],
    ['its groups', 'vcs.owner.name', 'shop/web'],
    ['the number in its project', 'vcs.change.id', '7'],
    ['the state', 'vcs.change.state', 'merged'],
    ['the source is the head', 'vcs.ref.head.name', '23-remember'],
    ['the target is the base', 'vcs.ref.base.name', 'main'],
  ],
  'gitlab merge_request.open-as-draft': [['a draft', 'vcs.change.state', 'wip']],
  'gitlab pipeline.failed': [
    ['the pipeline', 'cicd.pipeline.name', 'Checks'],
    ['the run', 'cicd.pipeline.run.id', '501'],
    ['failed is an end', 'cicd.pipeline.result', 'failure'],
  ],
  'gitlab pipeline.of-a-tag': [['that it is a tag', 'vcs.ref.head.type', 'tag']],
  'gitlab build.success': [
    ['the pipeline', 'cicd.pipeline.name', 'CI of a branch'],
    ['the run', 'cicd.pipeline.run.id', '501'],
    ['the task', 'cicd.pipeline.task.name', 'test'],
    ['its run', 'cicd.pipeline.task.run.id', '601'],
    ['its page', 'cicd.pipeline.task.run.url.full', 'https://gitlab.com/shop/web/cart/-/jobs/601'],
    ['its result', 'cicd.pipeline.task.run.result', 'success'],
    ['who ran it', 'cicd.worker.name', 'runner-1'],
    ['who caused it', 'user.name', 'ada'],
  ],
  'gitlab deployment.success': [['where to', 'deployment.environment.name', 'production']],
  'jenkins build.end': [
    ['the job with its folders', 'cicd.pipeline.name', 'team/app'],
    ['its number', 'cicd.pipeline.run.id', '17'],
    ['its page', 'cicd.pipeline.run.url.full', 'https://jenkins.example/job/team/job/app/17/'],
    ['the page of the repository', 'vcs.repository.url.full', 'https://github.com/acme/app'],
    ['the commit', 'vcs.ref.head.revision', '304839c04c12d78a94b9b521c237c83ec84e826d'],
    ['its result', 'cicd.pipeline.result', 'success'],
  ],
  'jenkins build.aborted': [['stopped by somebody', 'cicd.pipeline.result', 'cancellation']],
  'jenkins build.not-built': [['not built', 'cicd.pipeline.result', 'skip']],
  'jenkins build.of-a-pull-request': [
    ['the job, not the pull request', 'cicd.pipeline.name', 'acme/app'],
    ['the number is that of the branch', 'cicd.pipeline.run.id', 'PR-42#3'],
  ],
  'customhttp start-with-everything': [
    ['the commit', 'vcs.ref.head.revision', 'aaaa0000'],
    ['the branch', 'vcs.ref.head.name', 'main'],
    ['where to', 'deployment.environment.name', 'staging'],
  ],
};

describe.each(Object.entries(expected))('what is exported of %s', (fixture, rows) => {
  it.each(rows)('has %s as %s', (_what, attribute, value) => {
    expect(exported(fixture).attributes[attribute]).toBe(value);
  });
});

describe('the spans of pipelines and of their tasks', () => {
  const REQUIRED = {
    pipeline: ['cicd.pipeline.result'],
    task: ['name', 'run.id', 'run.url.full', 'run.result'].map((part) => `cicd.pipeline.task.${part}`),
  };

  it.each([
    ['pipeline', 'github workflow_run.completed-with-failure', 'RUN CI'],
    ['task', 'github workflow_job.completed', 'test'],
    ['task', 'github check_run.completed-timed-out', 'buildkite/test'],
    ['task', 'github status.error', 'ci/legacy'],
    ['pipeline', 'gitlab pipeline.failed', 'RUN Checks'],
    ['task', 'gitlab build.success', 'test'],
    ['pipeline', 'jenkins build.of-a-branch-with-a-slash', 'BUILD acme/app'],
  ] as const)(
    'have as a %s of %s all that the conventions require, and a name of which there are few',
    (kind, fixture, name) => {
      const span = exported(fixture);
      expect(span).toMatchObject({ name, kind: kind === 'pipeline' ? 1 : 0 });
      expect(Object.keys(span.attributes)).toEqual(expect.arrayContaining(REQUIRED[kind]));
    },
  );
});
