/**
 * What a token may be used for:
 * - `read`: to look at everything but raw bodies and tokens;
 * - `ingest`: to tell events;
 * - `admin`: for everything, the other two included.
 */
export const scopes = ['read', 'ingest', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** What a person who has signed in may do. */
export const roles = ['read_only', 'admin'] as const;
export type Role = (typeof roles)[number];

export function scopesOf(role: Role): readonly Scope[] {
  return role === 'admin' ? scopes : ['read'];
}

/** The role that scopes give in the dashboard; null where they let nobody look. */
export function roleOf(given: readonly Scope[]): Role | null {
  if (given.includes('admin')) return 'admin';
  return given.includes('read') ? 'read_only' : null;
}

/** Whether scopes suffice for what needs one of them. */
export function covers(given: readonly Scope[], needed: Scope): boolean {
  return given.includes(needed) || given.includes('admin');
}
