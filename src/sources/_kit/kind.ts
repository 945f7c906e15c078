const MAX_LENGTH = 64;

/**
 * A label out of the sender's words: `issues.opened`. The words are untrusted text, so the label holds nothing but
 * `a-z 0-9 _ . -` and is short.
 */
export function kindOf(...words: readonly unknown[]): string {
  const known = words.filter((word) => typeof word === 'string' && word !== '').map((word) => `${word}`);
  // Cut before replacing: the text may be megabytes long.
  const label = known.map((word) => word.slice(0, MAX_LENGTH).toLowerCase()).join('.');
  return label.replace(/[^a-z0-9_.-]/g, '_').slice(0, MAX_LENGTH) || 'unknown';
}
