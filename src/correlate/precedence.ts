import type { Certainty } from '../domain/link.ts';
import { type Reference, referenceFromKey, type Via } from '../domain/reference.ts';

/** Of several causes the one with the smallest is the parent. docs/traces.md, "The one parent", is the order. */
export function precedenceOf(key: string, via: Via, isMerge: boolean): number {
  const { type } = referenceFromKey(key);
  switch (type) {
    case 'span':
      return 0;
    case 'run':
    case 'job':
    case 'deployment':
      return 1;
    case 'pull_request':
      if (via === 'branch') return 5;
      return isRead(via) ? 4 : 1;
    case 'commit':
      return isMerge ? 2 : 3;
    case 'branch':
      return 5;
    case 'issue':
    case 'issue_key':
      return isTold(via) ? 6 : 7;
    default:
      return 8;
  }
}

/** Read from a text that people write as they like. */
function isRead(via: Via): boolean {
  return via === 'title' || via === 'text' || via === 'message';
}

/** A description says that it closes an issue; a branch or a title only names one. */
function isTold(via: Via): boolean {
  return via === 'field' || via === 'parent' || via === 'parameter' || via === 'text';
}

/** How sure it is that what provides this is what was meant. */
export function certaintyOf({ type, scope }: Pick<Reference, 'type' | 'scope'>, via: Via): Certainty {
  switch (type) {
    case 'commit':
      return scope === '' ? 'likely' : 'certain';
    case 'branch':
      return 'likely';
    case 'pull_request':
      return isRead(via) || via === 'branch' ? 'likely' : 'certain';
    case 'issue':
    case 'issue_key':
      return isTold(via) ? 'certain' : 'likely';
    default:
      return 'certain';
  }
}
