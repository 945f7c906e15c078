import { type Rules, rulesSchema } from './schema.ts';

/**
 * What suits most teams, after their own rules. They decide only what names say plainly: a number that counts too little
 * and says why is mended by a line in the file, one that counts too much is not noticed.
 */
export const defaultRules: Rules = rulesSchema.parse({
  environments: [
    {
      when: {
        environment: ['*staging*', 'stage', 'stg', '*preprod*', '*pre-prod*', '*nonprod*', '*non-prod*', 'uat*'],
      },
      tier: 'staging',
    },
    { when: { environment: ['test', 'test-*', '*-test', 'testing', 'qa', 'qa-*', '*-qa', 'e2e'] }, tier: 'testing' },
    {
      when: { environment: ['dev', 'dev-*', '*-dev', 'development', 'review/*', 'preview', 'preview*', 'sandbox'] },
      tier: 'development',
    },
    {
      when: {
        environment: [
          ...[
            'production',
            'production-*',
            'production/*',
            'production *',
            '*-production',
            '*/production',
            '*_production',
          ],
          ...['prod', 'prod-*', 'prod_*', 'prod/*', '*-prod', '*_prod', '*/prod', 'prd', 'live'],
        ],
      },
      tier: 'production',
    },
  ],
  deploys: [
    { when: { parameter: { type: 'deploy' } } },
    { when: { job: ['deploy', 'deploy:*', 'deploy-*', 'deploy_*', 'deploy/*', 'deploy *', '*/deploy', '*/deploy-*'] } },
  ],
  incidents: [
    // The second one is what Jira Service Management calls its own.
    { when: { type: ['incident', '[System] Incident'] } },
    {
      when: {
        label: ['incident', 'incident::*', 'type::incident', 'type: incident', 'type/incident', 'kind/incident'],
      },
    },
  ],
  stages: [
    {
      when: {
        status: [
          ...['backlog', 'to do', 'todo', 'open', 'new', 'triage', 'planned', 'selected for development', 'ready'],
          ...['ready for *', 'queued', 'pending', 'blocked', 'on hold', 'waiting', 'waiting for *', 'awaiting *'],
        ],
      },
      category: 'waiting',
    },
    {
      when: {
        status: [
          ...['in progress', 'doing', 'in development', 'implementing', 'in review', 'code review', 'reviewing'],
          ...['in test', 'in testing', 'in qa', 'verifying'],
        ],
      },
      category: 'active',
    },
    { when: { status: ['done', 'closed', 'resolved', 'completed', 'released'] }, category: 'done' },
  ],
  bots: ['*[bot]', 'dependabot', 'renovate', 'renovate-bot', 'github-actions', 'gitlab-bot', 'snyk-bot'],
});
