/**
 * Temporary tables by their names, each with the SELECT that fills it, in the order in which they are made: each reads from those
 * before it.
 */
export type Steps = Readonly<Record<string, string>>;

/** The statements that make them. */
export function making(steps: Steps): string {
  return Object.entries(steps)
    .map(([name, sql]) => `CREATE OR REPLACE TEMP TABLE ${name} AS ${sql}`)
    .join(';\n');
}
