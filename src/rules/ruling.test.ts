import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { event, MINUTE, MONDAY } from '../../test/support/events.ts';
import type { Event } from '../domain/event.ts';
import type { FoldedAttempt } from '../domain/span.ts';
import { explainFold, foldByRules } from './fold.ts';
import { Ruling } from './ruling.ts';
import { rulesSchema, teamsSchema } from './schema.ts';

type Given = z.input<typeof rulesSchema>;

function ruling(rules: Given = {}, teams: z.input<typeof teamsSchema> = []): Ruling {
  return new Ruling({ rules: rulesSchema.parse(rules), teams: teamsSchema.parse(teams) });
}

function folded(by: Ruling, ...events: readonly Event[]): FoldedAttempt {
  const [attempt] = foldByRules(events, by).attempts;
  if (attempt === undefined) throw new Error('nothing was folded');
  return attempt;
}

/** A build of a job. */
const job = (name: string, more: Partial<Event> = {}) =>
  event('start', 0, { facts: { job: name, ...more.facts }, ...without(more, 'facts') });

function without<K extends keyof Event>(more: Partial<Event>, key: K): Omit<Partial<Event>, K> {
  const { [key]: _left, ...others } = more;
  return others;
}

const issue = (facts: Event['facts'], more: Partial<Event> = {}) =>
  event('start', 0, { operation: 'issue', ...(facts === undefined ? {} : { facts }), ...more });

const environment = ({ tags }: FoldedAttempt) => tags['deployment.environment.name'];
const tier = ({ tags }: FoldedAttempt) => tags['valuestream.environment.tier'];

describe('a deploy', () => {
  it.each(['deploy', 'Deploy:production', 'deploy / production', 'DEPLOY-eu', 'release/deploy'])(
    'is a job called %s, by default',
    (name) => {
      expect(folded(ruling(), job(name)).operation).toBe('deploy');
    },
  );

  it.each(['build', 'deployment-docs', 'redeploy', 'test the deploy script'])('is not a job called %s', (name) => {
    expect(folded(ruling(), job(name)).operation).toBe('build');
  });

  it('is a job with the parameter type=deploy, by default', () => {
    expect(folded(ruling(), job('nightly', { facts: { 'parameter.type': 'deploy' } })).operation).toBe('deploy');
  });

  it('is what a rule of the file says, and not what it takes back', () => {
    const by = ruling({
      deploys: [{ when: { job: 'deploy-docs' }, deploy: false }, { when: { workflow: 'Release*', branch: 'main' } }],
    });
    expect(folded(by, job('deploy-docs')).operation).toBe('build');
    expect(folded(by, job('publish', { facts: { workflow: 'Release all', head_branch: 'main' } })).operation).toBe(
      'deploy',
    );
    expect(folded(by, job('publish', { facts: { workflow: 'Release all', head_branch: 'x' } })).operation).toBe(
      'build',
    );
  });

  it('is not counted twice where the sender tells a deployment of the job itself', () => {
    expect(folded(ruling(), job('deploy', { facts: { deployment: 7 } })).operation).toBe('build');
  });

  it('never is an issue, whatever it is called', () => {
    expect(folded(ruling({ deploys: [{ when: { label: 'x' } }] }), issue({ labels: ['x'] })).operation).toBe('issue');
  });

  it('has the environment that its rule tells, where the sender tells none', () => {
    const by = ruling({ deploys: [{ when: { job: 'ship' }, environment: 'live' }] });
    const attempt = folded(by, job('ship'));
    expect([environment(attempt), tier(attempt)]).toEqual(['live', 'production']);
    const told = folded(
      by,
      job('ship', { facts: { environment: 'qa' }, tags: { 'deployment.environment.name': 'qa' } }),
    );
    expect([environment(told), tier(told)]).toEqual(['qa', 'testing']);
  });
});

describe('an environment', () => {
  const deploy = (facts: NonNullable<Event['facts']>) => event('start', 0, { operation: 'deploy', facts });

  it.each([
    ['production', 'production'],
    ['PROD', 'production'],
    ['prod-eu', 'production'],
    ['production/shop', 'production'],
    ['web-production', 'production'],
    ['non-prod-1', 'staging'],
    ['preprod', 'staging'],
    ['staging-production-copy', 'staging'],
    ['qa', 'testing'],
    ['review/feature-1', 'development'],
    ['github-pages', undefined],
    ['products', undefined],
  ])('called %s is %s, by default', (name, expected) => {
    expect(tier(folded(ruling(), deploy({ environment: name })))).toBe(expected);
  });

  it('is what the sender says it is, before a default', () => {
    expect(tier(folded(ruling(), deploy({ environment: 'prod', environment_tier: 'staging' })))).toBe('staging');
    expect(tier(folded(ruling(), deploy({ environment: 'blue', production_environment: true })))).toBe('production');
    expect(tier(folded(ruling(), deploy({ environment: 'prod', production_environment: false })))).toBe('production');
  });

  it('is what the file says, before the sender', () => {
    const by = ruling({ environments: [{ when: { environment: 'eu-*' }, name: 'production', tier: 'production' }] });
    const attempt = folded(by, deploy({ environment: 'eu-1', environment_tier: 'staging' }));
    expect([environment(attempt), tier(attempt)]).toEqual(['production', 'production']);
  });

  it('keeps the name that the sender told among its facts', () => {
    const by = ruling({ environments: [{ when: { environment: 'eu-1' }, name: 'production' }] });
    expect(folded(by, deploy({ environment: 'eu-1' })).facts.environment).toBe('eu-1');
  });
});

describe('an incident', () => {
  it.each([
    [{ labels: ['incident'] }],
    [{ labels: ['x', 'type::Incident'] }],
    [{ issue_type: 'Incident' }],
    [{ issue_type: '[System] Incident' }],
  ])('is an issue with %j, by default', (facts) => {
    expect(folded(ruling(), issue(facts)).operation).toBe('incident');
  });

  it.each([[{ issue_type: 'S Incident' }], [{ issue_type: '[System] Service request' }]])(
    'is no issue with %j, by default',
    (facts) => {
      expect(folded(ruling(), issue(facts)).operation).toBe('issue');
    },
  );

  it('is an issue of a project that the file names, except where it takes that back', () => {
    const by = ruling({
      incidents: [{ when: { label: 'question' }, incident: false }, { when: { project: 'shop' } }],
    });
    expect(folded(by, issue({})).operation).toBe('incident');
    expect(folded(by, issue({ labels: ['question'] })).operation).toBe('issue');
  });

  it('keeps its identity: a label that is put on it later only changes what it is', () => {
    const labelled = event('intermediary', 5, { operation: 'issue', facts: { labels: ['incident'] } });
    const before = folded(ruling(), issue({ labels: [] }));
    const after = folded(ruling(), issue({ labels: [] }), labelled);
    expect([before.operation, after.operation]).toEqual(['issue', 'incident']);
    expect(after).toMatchObject({ key: before.key, startedAt: MONDAY });
  });
});

describe('a stage', () => {
  const entering = (name: string, minute: number, category?: 'waiting' | 'active' | 'done') =>
    event('transition', minute, {
      operation: 'issue',
      stage: { key: name, name, ...(category === undefined ? {} : { category }) },
    });

  it('has the category of its name where the sender tells none', () => {
    const { stages } = folded(ruling(), entering('To Do', 0), entering('In Progress', 1), entering('Käse', 2));
    expect(stages.map(({ category }) => category)).toEqual(['waiting', 'active', null]);
  });

  it('waits or is worked on as the file says, whatever the sender thinks', () => {
    const by = ruling({ stages: [{ when: { status: 'In Review' }, category: 'waiting', name: 'Review' }] });
    const { stages } = folded(by, entering('In Review', 0, 'active'), entering('Coding', 1, 'active'));
    expect(stages).toMatchObject([
      { key: 'Review', name: 'Review', category: 'waiting' },
      { name: 'Coding', category: 'active' },
    ]);
  });

  it('ends the work when the file says that it is done, and not when it says that it goes on', () => {
    const done = ruling({ stages: [{ when: { status: 'Shipped' }, category: 'done' }] });
    expect(folded(done, entering('Coding', 0, 'active'), entering('Shipped', 3, 'active'))).toMatchObject({
      state: 'finished',
      result: 'done',
      finishedAt: MONDAY + 3 * MINUTE,
    });
    const goesOn = ruling({ stages: [{ when: { status: 'Resolved' }, category: 'waiting' }] });
    const resolved = { ...entering('Resolved', 3), state: 'end', result: 'done' } as const;
    expect(folded(goesOn, entering('Coding', 0, 'active'), resolved)).toMatchObject({
      state: 'open',
      result: null,
      stages: [{ name: 'Coding' }, { name: 'Resolved', category: 'waiting' }],
    });
  });

  it('is a label, where the file says so: also the labels that are taken off again', () => {
    const by = ruling({ stages: [{ when: { label: ['doing', 'review'], project: 'shop' }, category: 'active' }] });
    const labelled = (minute: number, ...labels: readonly string[]) =>
      event('intermediary', minute, { operation: 'issue', facts: { labels, is_open: true } });
    const attempt = folded(
      by,
      issue({ labels: [], is_open: true }),
      labelled(1, 'bug', 'doing'),
      labelled(2, 'bug', 'doing', 'urgent'),
      labelled(3, 'review'),
      labelled(4),
      event('end', 5, { operation: 'issue', facts: { labels: [], is_open: false } }),
      event('intermediary', 6, { operation: 'issue', facts: { labels: ['doing'], is_open: false } }),
    );
    expect(attempt.state).toBe('finished');
    expect(attempt.stages.map(({ name, startedAt }) => [name, (startedAt - MONDAY) / MINUTE])).toEqual([
      ['open', 0],
      ['doing', 1],
      ['review', 3],
      ['open', 4],
    ]);
  });

  it('is no label of a payload that tells it of the past', () => {
    const by = ruling({ stages: [{ when: { label: 'doing' }, category: 'active' }] });
    const proof = issue({ labels: ['doing'], is_open: true }, { observedAt: MONDAY + MINUTE });
    expect(folded(by, proof).stages).toEqual([]);
  });

  it.each([
    ['a comment', 'review', { review_state: 'commented' }],
    ['an approval', 'approved', { review_state: 'approved' }],
    ['an approval of a sender that tells no reviews', 'approved', {}],
    ['a request for changes', 'review', { review_state: 'changes_requested' }],
  ])('is not entered by %s of a bot that the sender takes for a person', (_what, stage, facts) => {
    const look = event('transition', 1, {
      ...{ operation: 'pull_request', actor: 'acme-checker', facts },
      stage: { key: stage, name: stage, category: 'active' },
    });
    expect(folded(ruling(), issue({}), look).stages.map(({ name }) => name)).toContain(stage);
    expect(folded(ruling({ bots: ['acme-*'] }), issue({}), look).stages).toEqual([]);
  });

  it('is entered by a bot that makes a pull request a draft, or ready', () => {
    const ready = event('transition', 1, {
      ...{ operation: 'pull_request', actor: 'acme-checker' },
      stage: { key: 'awaiting_review', name: 'awaiting_review', category: 'waiting' },
    });
    const { stages } = folded(ruling({ bots: ['acme-*'] }), issue({}), ready);
    expect(stages.map(({ name }) => name)).toContain('awaiting_review');
  });
});

describe('a service, a team and a bot', () => {
  it('are found by paths, projects and people', () => {
    const by = ruling(
      { services: [{ when: { project: 'shop', path: 'services/cart/*' }, name: 'cart' }], bots: ['sweeper'] },
      [
        { name: 'Cart', projects: ['nothing', 'SHOP'] },
        { name: 'Platform', people: ['ada'] },
      ],
    );
    const paths = ['README.md', 'services/cart/src/a.ts'];
    expect(folded(by, job('test', { facts: { paths }, actor: 'sweeper' }))).toMatchObject({
      team: 'Cart',
      tags: { 'service.name': 'cart', 'valuestream.author.is_bot': true },
    });
  });

  it('are decided by the author, before who touched it last', () => {
    const by = ruling({}, [{ name: 'Platform', people: ['ada'] }]);
    const touched = issue({ author: 'ada' }, { actor: 'dependabot[bot]' });
    expect(folded(by, touched)).toMatchObject({ team: 'Platform', tags: {} });
    expect(folded(by, issue({ author: 'eve' }, { actor: 'ada' })).team).toBeNull();
  });

  it.each(['dependabot[bot]', 'renovate'])('know %s for a bot by default', (login) => {
    expect(folded(ruling(), job('test', { actor: login })).tags).toEqual({ 'valuestream.author.is_bot': true });
  });
});

describe('rules', () => {
  it('say which of them has decided what', () => {
    const by = ruling({ deploys: [{ when: { job: 'ship' }, environment: 'live' }] }, [
      { name: 'All', projects: ['*'] },
    ]);
    const first = job('ship', { stage: { key: 'To do', name: 'To do' } });
    expect(explainFold([first], by).decisions).toEqual([
      { decides: 'stage', value: 'To do: waiting', by: 'defaults.stages[0]' },
      { decides: 'operation', value: 'deploy', by: 'rules.deploys[0]' },
      { decides: 'environment', value: 'live', by: 'rules.deploys[0]' },
      { decides: 'tier', value: 'production', by: 'defaults.environments[3]' },
      { decides: 'team', value: 'All', by: 'teams[0]' },
    ]);
  });

  it('decide nothing where there are none and the built-in ones are switched off', () => {
    const by = ruling({ defaults: false });
    expect(folded(by, job('deploy', { facts: { environment: 'prod' } }))).toMatchObject({
      operation: 'build',
      tags: {},
    });
  });

  it('take patterns as they stand, but for * and ?', () => {
    const by = ruling({ defaults: false, deploys: [{ when: { job: ['a.b (c) [d] {e} +f|g!', 'x?'] } }] });
    const operation = (name: string) => folded(by, job(name)).operation;
    expect(['A.b (c) [d] {e} +f|g!', 'x1'].map(operation)).toEqual(['deploy', 'deploy']);
    expect(['aXb (c) [d] {e} +f|g!', 'd', 'x', 'x12', 'g!'].map(operation)).toEqual(Array(5).fill('build'));
  });

  it('have another fingerprint when anything might be decided in another way', () => {
    const fingerprints = [
      ruling(),
      ruling({ defaults: false }),
      ruling({ bots: ['ada'] }),
      ruling({}, [{ name: 'A' }]),
      ruling({}, [{ name: 'B' }]),
    ].map((one) => one.fingerprint);
    expect(new Set(fingerprints).size).toBe(fingerprints.length);
    expect(ruling({ bots: [] }).fingerprint).toBe(ruling().fingerprint);
  });
});
