import { z } from 'zod';
import { stageCategories } from '../domain/event.ts';

/** The tiers of an environment, as GitLab and the field name them: https://docs.gitlab.com/ci/environments/#deployment-tier-of-environments */
export const tiers = ['production', 'staging', 'testing', 'development', 'other'] as const;

const text = z.string().min(1);
const patterns = z.union([text, z.array(text).min(1)]);

const conditions = {
  source: patterns.optional().describe('the event source, by its name in the webhook’s URL'),
  project: patterns.optional().describe('the repository, project or namespace: `octo-org/*`'),
  kind: patterns.optional().describe("the sender's own word for it: `workflow_run`, `merge_request`"),
  operation: patterns.optional().describe('what the sender tells: `build`, `pipeline`, `issue`'),
  workflow: patterns.optional().describe('the name of a workflow or pipeline'),
  job: patterns.optional().describe('the name of a job, a check or a commit status'),
  environment: patterns.optional().describe('the environment, as the sender calls it'),
  branch: patterns.optional().describe('the branch or tag that it ran for'),
  trigger: patterns.optional().describe('what made it run: `push`, `schedule`, `merge_request_event`'),
  label: patterns.optional().describe('any of its labels'),
  type: patterns.optional().describe('the type of an issue: `Bug`'),
  status: patterns.optional().describe('the status or column that it entered, by its name or its key'),
  path: patterns.optional().describe('any of its files, or the file of its workflow: `services/cart/*`'),
  person: patterns.optional().describe('the login of its author, or of who caused it where no author is told'),
  parameter: z.record(text, patterns).optional().describe('parameters of a build, each by its name'),
  tag: z.record(text, patterns).optional().describe('tags, each by its name'),
};
/** Everything that a rule can look at; each is one pattern or several, any of which is enough. */
export type Conditions = z.infer<z.ZodObject<typeof conditions>>;

const when = z
  .strictObject(conditions)
  .refine((given) => Object.keys(given).length > 0, 'needs at least one condition')
  .describe('all of these have to hold');

const whenStage = when.refine(
  ({ status, label }) => status !== undefined || label !== undefined,
  'needs a status or a label: that is the stage',
);

export const rulesSchema = z.strictObject({
  defaults: z.boolean().default(true).describe('whether the built-in rules follow your own'),
  environments: z
    .array(
      z.strictObject({
        when,
        name: text.optional().describe('what it is called here; without one it keeps its name'),
        tier: z.enum(tiers).optional().describe('what it is for; measures of production count `production`'),
      }),
    )
    .default([])
    .describe('how environments are called, and which are production'),
  deploys: z
    .array(
      z.strictObject({
        when,
        deploy: z.boolean().default(true).describe('false: it is none, whatever a later rule says'),
        environment: text.optional().describe('where it deploys to, where the sender does not tell'),
      }),
    )
    .default([])
    .describe('which builds and pipelines are deploys; a deployment that the sender tells is one anyway'),
  incidents: z
    .array(
      z.strictObject({
        when,
        incident: z.boolean().default(true).describe('false: it is none, whatever a later rule says'),
      }),
    )
    .default([])
    .describe('which issues are incidents'),
  stages: z
    .array(
      z.strictObject({
        when: whenStage,
        name: text.optional().describe("the stage's name; without one that of the status or label"),
        category: z
          .enum(stageCategories)
          .describe('`waiting` for somebody, being worked on (`active`), or `done`, which ends it'),
      }),
    )
    .default([])
    .describe('which statuses or labels are stages, and whether work waits in them'),
  services: z
    .array(z.strictObject({ when, name: text.describe('`service.name` of what it holds for') }))
    .default([])
    .describe('which service something belongs to, where it is not the whole repository'),
  bots: z.array(text).default([]).describe('logins that are no people; what the sender marks as a bot is one anyway'),
});

export const teamsSchema = z.array(
  z.strictObject({
    name: text.describe('what it is called'),
    projects: z.array(text).default([]).describe('repositories, projects and namespaces that are its own'),
    people: z.array(text).default([]).describe('logins of those who are on it, for what is in no project of a team'),
  }),
);

export type Rules = z.output<typeof rulesSchema>;

/** Rules and teams as a file gives them. */
export interface RuleSettings {
  readonly rules: Rules;
  readonly teams: z.output<typeof teamsSchema>;
}

export const noRules: RuleSettings = { rules: rulesSchema.parse({ defaults: false }), teams: [] };
