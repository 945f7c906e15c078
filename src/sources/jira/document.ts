import { isObject, own } from '../_kit/json.ts';

/** No description says below that what it is about. */
const MAX_NODES = 10_000;

/** Nodes that stand inside a line; all others begin one. */
const INLINE: readonly unknown[] = ['text', 'mention', 'emoji', 'date', 'status', 'inlineCard', 'placeholder'];

/**
 * What is written in a description. Webhooks and Data Center send it as text; the API of Cloud as a tree in the Atlassian
 * Document Format, in which one word may be several nodes of differing marks.
 *
 * Source: https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
 */
export function proseOf(description: unknown): string | undefined {
  if (typeof description === 'string') return description;
  if (!isObject(description)) return undefined;
  let text = '';
  const left: unknown[] = [description];
  for (let seen = 0; left.length > 0 && seen < MAX_NODES; seen += 1) {
    const node = left.pop();
    if (!INLINE.includes(own(node, 'type'))) text += '\n';
    text += wordsOf(node);
    const content = own(node, 'content');
    // A tree may be deep, so this is no recursion; the first child is to be on top.
    if (Array.isArray(content)) left.push(...content.slice(0, MAX_NODES).reverse());
  }
  return text.trim();
}

function wordsOf(node: unknown): string {
  const attributes = own(node, 'attrs');
  const words = own(node, 'text') ?? own(attributes, 'url') ?? own(attributes, 'text');
  return typeof words === 'string' ? words : '';
}
