const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const MOST_INDENTED = 40;

const opens = (token: string | undefined) => token === '{' || token === '[';
const closes = (token: string | undefined) => token === '}' || token === ']';

/**
 * JSON in lines, by its own tokens: reading and writing it again would change numbers that are too long for JavaScript.
 * Null for what is no JSON.
 */
export function inLines(text: string): string | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const tokens = text.match(TOKEN) ?? [];
  let depth = 0;
  const parts = tokens.map((token, index) => {
    if (opens(token)) depth += 1;
    if (closes(tokens[index + 1])) depth -= 1;
    return token + after(token, tokens[index + 1], depth);
  });
  return parts.join('');
}

/** What stands between a token and the next one. */
function after(token: string, next: string | undefined, depth: number): string {
  if (token === ':') return ' ';
  const isEmpty = opens(token) && closes(next);
  const isBreak = opens(token) || token === ',' || closes(next);
  return isBreak && !isEmpty ? `\n${'  '.repeat(Math.min(depth, MOST_INDENTED))}` : '';
}
