/** Whether a name has to be looked for among others. */
export function isPattern(name: string): boolean {
  return /[*?]/.test(name);
}

/** What there is instead of what was asked for. */
export function there(names: readonly string[]): string {
  if (names.length === 0) return 'there is none that this token may see';
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return `there is ${names.slice(0, 3).join(', ')}${more}`;
}
