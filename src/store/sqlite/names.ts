import type { EpochMs } from '../../domain/event.ts';
import { ownerOf } from '../../domain/identity.ts';
import type { NameLookup } from '../contract.ts';
import type { Queries } from './query.ts';

/** What a name leads to, as the reader promises it; inside of its snapshot. */
export function lookUpName(
  queries: Queries,
  name: string,
  { at, owner }: { at?: EpochMs; owner?: string },
): NameLookup {
  const rows = queries.all<{ span_id: string; valid_from: number; valid_to: number | null; project: string | null }>(
    `SELECT i.span_id, n.valid_from,
       (SELECT min(later.valid_from) FROM names later
         WHERE later.identity_id = n.identity_id AND later.valid_from > n.valid_from) AS valid_to,
       (SELECT project FROM spans s WHERE s.identity_id = n.identity_id ORDER BY ordinal DESC LIMIT 1) AS project
     FROM names n JOIN identities i ON i.id = n.identity_id WHERE n.name = ? ORDER BY i.id`,
    name,
  );
  const valid = rows.filter((row) => at === undefined || isValid(row, at));
  const own = owner === undefined ? valid : valid.filter(({ project }) => ownerOf(project ?? '') === owner);
  const [first, ...others] = valid.length > 1 ? own : valid;
  if (first !== undefined && others.length === 0) return { found: 'one', spanId: first.span_id };
  if (valid.length === 0) return { found: 'none' };
  return { found: 'several', spanIds: valid.map(({ span_id }) => span_id) };
}

function isValid({ valid_from, valid_to }: { valid_from: number; valid_to: number | null }, at: EpochMs): boolean {
  return valid_from <= at && (valid_to === null || at < valid_to);
}
