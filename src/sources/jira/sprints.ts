import { isObject, own } from '../_kit/json.ts';

/**
 * The sprints that an issue is or was in. They stand in a custom field, whose number differs from Jira to Jira: in Cloud
 * and newer Data Centers as objects, in older ones as the text of a Java object.
 */
export function sprintIdsIn(fields: Readonly<Record<string, unknown>>): readonly string[] {
  const ids = Object.entries(fields).flatMap(([name, value]) =>
    name.startsWith('customfield_') && Array.isArray(value) ? value.flatMap(sprintIdOf) : [],
  );
  return [...new Set(ids)];
}

const JAVA_TEXT = /^com\.atlassian\.greenhopper\.service\.sprint\.Sprint@[^[]*\[(?:[^\]]*,)?id=(\d+)/;

function sprintIdOf(value: unknown): string[] {
  if (typeof value === 'string') {
    const id = JAVA_TEXT.exec(value.slice(0, 500))?.[1];
    return id === undefined ? [] : [id];
  }
  // Other fields hold objects with ids too; only a sprint has a board and a state.
  const isSprint = isObject(value) && Object.hasOwn(value, 'boardId') && typeof own(value, 'state') === 'string';
  const id = own(value, 'id');
  return isSprint && (typeof id === 'number' || typeof id === 'string') ? [String(id)] : [];
}
