/** An answer of a vendor's API, as far as its limits show. */
export interface Answer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly data: unknown;
}

/** A header in seconds, as milliseconds; null where it is not there. */
export function secondsIn(answer: Answer, header: string): number | null {
  const seconds = numberIn(answer, header);
  return seconds === null ? null : seconds * 1_000;
}

/** A header that is a number, and none below zero; null where it is not there. */
export function numberIn({ headers }: Answer, header: string): number | null {
  const text = headers[header];
  if (text === undefined || text === '') return null;
  const number = Number(text);
  return Number.isFinite(number) && number >= 0 ? number : null;
}

/** Clocks differ, and seconds are cut: what is asked again too early counts against us. */
const MARGIN_MS = 1_000;

/**
 * How long it is until the second since 1970 that a header names, by the vendor's own clock; by ours, `now`, where the answer
 * does not tell that. Null where there is no such header.
 */
export function untilSecond(answer: Answer, header: string, now: number): number | null {
  const reset = numberIn(answer, header);
  if (reset === null) return null;
  const theirs = Date.parse(String(answer.headers.date));
  return Math.max(0, reset * 1_000 - (Number.isNaN(theirs) ? now : theirs)) + MARGIN_MS;
}

/** What a refusal says for people. */
export function messageIn(data: unknown): string {
  if (typeof data === 'object' && data !== null && 'message' in data) return String(data.message);
  return typeof data === 'string' && data !== '' ? data.slice(0, 200) : 'without a reason';
}
