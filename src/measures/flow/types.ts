/** What kind of work an item is, as the Flow Framework has it (Kersten, Project to Product, 2018); null where nobody knows. */
export const flowTypes = ['feature', 'defect', 'risk', 'debt'] as const;
export type FlowType = (typeof flowTypes)[number];

/** One of them by its name; null for anything else. */
export function flowTypeOf(name: unknown): FlowType | null {
  return flowTypes.find((type) => type === name) ?? null;
}

/**
 * The names of issue types and labels that say it, in whatever case, with `-` or `_` for a space as well. Of a label the part
 * after `type::`, `type:`, `type/` or `kind/` is meant. Names that may be any work (`task`, `sub-task`) say nothing.
 */
const names: Readonly<Record<FlowType, readonly string[]>> = {
  risk: ['risk', 'security', 'vulnerability', 'cve', 'compliance', 'privacy', 'audit'],
  defect: ['bug', 'defect', 'incident', 'regression', 'problem', 'fault', '[system] incident', '[system] problem'],
  debt: [
    ...['debt', 'tech debt', 'technical debt', 'refactoring', 'refactor', 'chore', 'maintenance', 'dependencies'],
    ...['cleanup', 'technical task'],
  ],
  feature: ['feature', 'new feature', 'story', 'user story', 'epic', 'enhancement', 'improvement', 'feature request'],
};

const anyOf = (type: FlowType) =>
  names[type].map((name) => name.replaceAll(/[[\]]/g, '\\$&').replaceAll(' ', '[-_ ]+')).join('|');
const isTyped = (type: FlowType) => `regexp_full_match(type, ' *(${anyOf(type)}) *', 'i')`;
// The labels on lines of their own: one expression for all of a row is many times as fast as one for each label.
const isLabelled = (type: FlowType) =>
  `regexp_matches(array_to_string(labels, chr(10)), '(^|\n) *((type|kind) *[:/]{1,2} *)?(${anyOf(type)}) *($|\n)', 'i')`;
const inOrder = Object.keys(names) as FlowType[];

/**
 * SQL for the type of a row of `spans`: by the type that its sender gives it, else by its labels (risk before defect before
 * debt before feature); an incident is a defect.
 */
export const FLOW_TYPE = `CASE
  ${inOrder.map((type) => `WHEN ${isTyped(type)} THEN '${type}'`).join('\n  ')}
  WHEN operation = 'incident' THEN 'defect'
  ${inOrder.map((type) => `WHEN ${isLabelled(type)} THEN '${type}'`).join('\n  ')}
END`;
