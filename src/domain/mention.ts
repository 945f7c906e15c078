const PREFIX = 'vstrace-';
/** Longer than any span id that a person writes into a branch. */
const MAX_LENGTH = 512;
const MAX_CANDIDATES = 64;

const isEnd = (character: string) => /[\s"'`<>()[\]{},;|\\]/.test(character);
const isBoundary = (character: string) => /[^\p{L}\p{N}%]/u.test(character);

/**
 * What may be span ids in free text (a branch, a description, a build parameter), token by token, the longest candidate
 * of each token first: the caller takes the first that exists. An id is followed by the end of its token or by a sign
 * that is no letter, digit or percent sign.
 *
 * Linear in the length of the text, for a token's length and its candidates are bounded.
 */
export function* candidatesIn(text: string): Generator<string> {
  let start = text.indexOf(PREFIX);
  while (start !== -1) {
    const end = endOfToken(text, start);
    yield* prefixesOf(text.slice(start, end));
    start = text.indexOf(PREFIX, end);
  }
}

function endOfToken(text: string, start: number): number {
  let end = start;
  while (end < text.length && end - start < MAX_LENGTH && !isEnd(text.charAt(end))) end += 1;
  return end;
}

function* prefixesOf(token: string): Generator<string> {
  yield token;
  let left = MAX_CANDIDATES - 1;
  for (let end = token.length - 1; end > PREFIX.length && left > 0; end -= 1) {
    if (!isBoundary(token.charAt(end))) continue;
    left -= 1;
    yield token.slice(0, end);
  }
}
