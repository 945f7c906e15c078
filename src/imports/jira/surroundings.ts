import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { Jira } from '../../vendors/jira/client.ts';

/** What of a whole Jira is needed to ask for its projects, and to tell what they have. */
export interface Surroundings {
  /** In which Jira reads and writes times without a zone for who asks; null where it does not say. */
  readonly timeZone: string | null;
  /** By their ids. */
  readonly statuses: ReadonlyMap<string, Status>;
  /** The ids of all fields of an issue that are fetched. */
  readonly fields: readonly string[];
}

const statusSchema = z
  .object({ id: z.string(), name: z.string(), statusCategory: z.object({ key: z.string() }).nullish() })
  .transform(({ id, name, statusCategory }) => ({ id, name, statusCategory: { key: statusCategory?.key ?? null } }));
export type Status = z.output<typeof statusSchema>;

const fieldSchema = z.object({
  id: z.string(),
  schema: z.object({ type: z.string().nullish(), custom: z.string().nullish() }).nullish(),
});
type Field = z.output<typeof fieldSchema>;

/** A Data Center may have zones that only Java knows. */
const timeZone = z.string().refine(isKnown).nullable().catch(null);
const meSchema = z.object({ timeZone });

/**
 * Those that are read. None of others, some of which change with who asks or what is looked at (`lastViewed`, `watches`): what
 * is unchanged is the same again.
 */
const FIELDS = [
  ...['summary', 'description', 'created', 'updated', 'status', 'statuscategorychangedate', 'resolution'],
  ...['resolutiondate', 'issuetype', 'priority', 'labels', 'creator', 'assignee', 'parent', 'issuelinks'],
];

/** Asked first, for it is refused to whom nothing is told: searches answer them that there is nothing. */
export async function readSurroundings(jira: Jira): Promise<Surroundings> {
  const { timeZone } = await jira.get(meSchema, `${jira.api}/myself`);
  const statuses = await jira.get(z.array(statusSchema), `${jira.api}/status`);
  const fields = await jira.get(z.array(fieldSchema), `${jira.api}/field`);
  return {
    timeZone,
    statuses: new Map(statuses.map((status) => [status.id, status])),
    fields: [...FIELDS, ...fields.filter(mayNameOthers).map(({ id }) => id)],
  };
}

/** Fields of the team's own that may hold sprints, or nothing but the key of an issue, such as its epic. */
function mayNameOthers({ id, schema }: Field): boolean {
  if (!id.startsWith('customfield_') || !schema) return false;
  const { type, custom = '' } = schema;
  if (/:(gh-sprint|gh-epic-link|jpo-custom-field-parent)$/.test(custom ?? '')) return true;
  return type === 'string' && !custom?.endsWith(':textarea');
}

function isKnown(timeZone: string): boolean {
  try {
    return Temporal.Now.zonedDateTimeISO(timeZone).timeZoneId !== '';
  } catch {
    return false;
  }
}
