/** What kind of work an item is, as the Flow Framework has it (Kersten, Project to Product, 2018); null where nobody knows. */
export const flowTypes = ['feature', 'defect', 'risk', 'debt'] as const;
export type FlowType = (typeof flowTypes)[number];

/** One of them by its name; null for anything else. */
export function flowTypeOf(name: unknown): FlowType | null {
  return flowTypes.find((type) => type === name) ?? null;
}

/**
 * The names of issue types and labels that say it, in lower case, with spaces. Of a label the part after `type::`, `type:`,
 * `type/` or `kind/` is meant. Names that may be any work (`task`, `sub-task`) say nothing.
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

const list = (type: FlowType) => `[${names[type].map((name) => `'${name}'`).join(', ')}]`;
const plain = (name: string) => `trim(regexp_replace(lower(${name}), '[-_\\s]+', ' ', 'g'))`;
const ofLabels = `list_transform(labels, lambda label:
  regexp_replace(${plain('label')}, '^(type|kind) ?(::|:|/) ?', ''))`;
const inOrder = Object.keys(names) as FlowType[];

/**
 * SQL for the type of a row of `spans`: by the type that its sender gives it, else by its labels (risk before defect before
 * debt before feature); an incident is a defect.
 */
export const FLOW_TYPE = `CASE
  ${inOrder.map((type) => `WHEN list_contains(${list(type)}, ${plain('type')}) THEN '${type}'`).join('\n  ')}
  WHEN operation = 'incident' THEN 'defect'
  ${inOrder.map((type) => `WHEN list_has_any(${ofLabels}, ${list(type)}) THEN '${type}'`).join('\n  ')}
END`;
