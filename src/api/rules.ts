import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../domain/app-error.ts';
import type { RuleCheck } from '../domain/rule-check.ts';
import { defaultRules } from '../rules/defaults.ts';
import type { RuleSettings } from '../rules/schema.ts';
import { problems } from './problem.ts';
import { ruleCheckBodySchema, ruleCheckSchema, rulesInForceSchema } from './schema.ts';
import { tags } from './tags.ts';
import { wireRuleCheck } from './wire.ts';

/** What looks at stored spans by rules. */
export interface RuleChecker {
  readonly rules: RuleSettings;
  start(proposed: RuleSettings | null): Promise<RuleCheck>;
  list(): readonly RuleCheck[];
  find(id: string): RuleCheck | undefined;
  cancel(id: string): RuleCheck | undefined;
}

const byId = z.object({ id: z.string() });
const inForce = {
  tags: [tags.rules],
  operationId: 'getRules',
  summary: 'The rules in force',
  description: 'They come from the configuration file, and are applied when the server starts.',
  response: { 200: rulesInForceSchema },
};
const starting = {
  tags: [tags.rules],
  operationId: 'startRuleCheck',
  summary: 'Tell what rules decide for the stored spans, and what they would change',
  description: 'Nothing is changed. Without a body the rules in force are looked at. One check runs at a time.',
  body: ruleCheckBodySchema.nullish(),
  response: { 202: ruleCheckSchema, ...problems('invalid_parameter', 'conflict') },
};
const listing = {
  tags: [tags.rules],
  operationId: 'listRuleChecks',
  summary: 'The latest checks since the server was started, and the applying of its rules',
  response: { 200: z.object({ items: z.array(ruleCheckSchema) }) },
};
const one = {
  tags: [tags.rules],
  operationId: 'getRuleCheck',
  summary: 'One check, and how far it has come',
  params: byId,
  response: { 200: ruleCheckSchema, ...problems('not_found') },
};
const cancelling = {
  tags: [tags.rules],
  operationId: 'cancelRuleCheck',
  summary: 'Stop a check',
  description: 'The applying of the rules in force is not stopped by this.',
  params: byId,
  response: { 200: ruleCheckSchema, ...problems('not_found') },
};

/** `/rules` and `/rules/checks`. */
export function ruleRoutes(checks: RuleChecker): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/rules', { schema: inForce }, async () => {
      const { rules, teams } = checks.rules;
      const isApplied = checks.list().every(({ dryRun, state }) => dryRun || state === 'done');
      return { rules, teams, defaults: rules.defaults ? defaultRules : null, applied: isApplied };
    });
    app.post('/rules/checks', { schema: starting }, async ({ body }, reply) => {
      const check = await checks.start(body ?? null);
      reply.header('location', `/api/v1/rules/checks/${check.id}`);
      return reply.code(202).send(wireRuleCheck(check));
    });
    app.get('/rules/checks', { schema: listing }, async () => ({ items: checks.list().map(wireRuleCheck) }));
    app.get('/rules/checks/:id', { schema: one }, async ({ params: { id } }) =>
      wireRuleCheck(found(id, checks.find(id))),
    );
    app.delete('/rules/checks/:id', { schema: cancelling }, async ({ params: { id } }) =>
      wireRuleCheck(found(id, checks.cancel(id))),
    );
  };
}

function found(id: string, check: RuleCheck | undefined): RuleCheck {
  if (check !== undefined) return check;
  throw new AppError(
    'not_found',
    `there is no check of rules ${id}; those of an earlier run of the server are forgotten`,
  );
}
