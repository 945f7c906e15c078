/**
 * Text that shows as what it is: no control characters, no half of a surrogate pair, which has no UTF-8 (in a store two ids
 * that differ in nothing else would be one), and none of the characters that turn the direction of what follows around, so that
 * it reads as something else (CVE-2021-42574).
 */
export const PLAIN_TEXT = /^[^\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]*$/u;
