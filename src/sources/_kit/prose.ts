/** Nobody closes an issue below that; a body may be a pasted log. */
const MAX_LENGTH = 65_536;

/**
 * What is shown to no reader, or is not the writer's own word: comments (a template's, above all), quotes and code. The
 * leftmost begins first, so that a sign of one inside another means nothing. One that is never closed goes on to the end,
 * except for inline code, which ends with its line.
 */
const ASIDES =
  /<!--[\s\S]*?(?:-->|(?![\s\S]))|^[ \t]{0,16}(`{3,}(?=[^`\n]*$)|~{3,})[\s\S]*?(?:^[ \t]{0,16}\1[`~]*[ \t]*$|(?![\s\S]))|^>>>[ \t]*$[\s\S]*?^>>>[ \t]*$|^[ \t]{0,16}>.*$|(?<!`)(`+)(?!`).{1,1024}?(?<!`)\2(?!`)/gm;

/** The plain prose of a text in Markdown: without comments, code, quotes and what is folded away. */
export function proseOf(markdown: string | null | undefined): string {
  // What was cut out still keeps apart what stood around it.
  const own = (markdown ?? '').slice(0, MAX_LENGTH).replace(ASIDES, (aside) => (aside.startsWith('<') ? ' ' : '`'));
  return unfolded(own).replaceAll('**', '');
}

/** Without `<details>`, which may lie in each other. */
function unfolded(text: string): string {
  const kept: string[] = [];
  let depth = 0;
  let from = 0;
  for (const tag of text.matchAll(/<(\/?)details\b[^<>]{0,256}>/gi)) {
    if (depth === 0) kept.push(text.slice(from, tag.index));
    depth = tag[1] === '' ? depth + 1 : Math.max(0, depth - 1);
    from = tag.index + tag[0].length;
  }
  if (depth === 0) kept.push(text.slice(from));
  return kept.join(' ');
}
