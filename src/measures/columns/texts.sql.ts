import { BETWEEN_DETAILS, type ColumnRows, type ListedRows, type ListedTable } from '../../store/columns.ts';
import { pullRequestsOf, spansOf } from './attempts.sql.ts';
import type { Query } from './contract.ts';

/** The columns of each table that comes as lists, and what they are. */
const columns: { readonly [T in ListedTable]: Readonly<Record<keyof ListedRows[T], string>> } = {
  attempts: { identity_id: 'BIGINT', ordinal: 'INTEGER', span_id: 'VARCHAR', source: 'VARCHAR' },
  pull_requests: { identity_id: 'BIGINT', ordinal: 'INTEGER', key: 'VARCHAR', details: 'VARCHAR' },
  stages: {
    identity_id: 'BIGINT',
    ordinal: 'INTEGER',
    number: 'INTEGER',
    name: 'VARCHAR',
    category: 'VARCHAR',
    started_at: 'BIGINT',
    finished_at: 'BIGINT',
  },
  deployments: { identity_id: 'BIGINT', ordinal: 'INTEGER', base: 'VARCHAR', is_rollback: 'BOOLEAN' },
  carried: { identity_id: 'BIGINT', ordinal: 'INTEGER', commit_sha: 'VARCHAR' },
  links: { identity_id: 'BIGINT', ordinal: 'INTEGER', kind: 'VARCHAR', to_id: 'BIGINT', to_attempt: 'INTEGER' },
  verdicts: {
    identity_id: 'BIGINT',
    ordinal: 'INTEGER',
    is_failure: 'BOOLEAN',
    is_rework: 'BOOLEAN',
    author: 'VARCHAR',
    reason: 'VARCHAR',
  },
  commits: {
    identity_id: 'BIGINT',
    scope: 'VARCHAR',
    commit_sha: 'VARCHAR',
    authored_at: 'BIGINT',
    committed_at: 'BIGINT',
    message: 'VARCHAR',
  },
  pushed: { identity_id: 'BIGINT', scope: 'VARCHAR', ref: 'VARCHAR', commit_sha: 'VARCHAR', pushed_at: 'BIGINT' },
};

const listedTables = Object.keys(columns) as readonly ListedTable[];

/** Statements that put what the store gives into the tables that it is of. */
export function* reading(portions: readonly ColumnRows[]): Generator<Query> {
  for (const table of listedTables) {
    const some = portions.filter((rows) => rows[table] !== undefined);
    if (some.length === 0) continue;
    const lists = some.map((rows) => rows[table] ?? '');
    const details = table === 'attempts' ? { details: some.map((rows) => rows.details ?? '') } : {};
    yield { sql: insertion(table), parameters: { lists, ...details } };
  }
}

function insertion(table: ListedTable): string {
  switch (table) {
    case 'attempts':
      return `INSERT INTO spans ${spansOf(`(${rowsOf(table)})`)}`;
    case 'pull_requests':
      return `INSERT INTO pull_requests ${pullRequestsOf(`(${rowsOf(table)})`)}`;
    default:
      return `INSERT INTO ${table} BY NAME ${rowsOf(table)}`;
  }
}

function rowsOf(table: ListedTable): string {
  const types = Object.entries<string>(columns[table]);
  const structure = JSON.stringify(Object.fromEntries(types.map(([name, type]) => [name, [type]])));
  const values = types.map(([name]) => `unnest(l.${name}) AS ${name}`);
  const given = ['unnest($lists) AS lists'];
  if (table === 'attempts') {
    values.push(`unnest(string_split(details, '${BETWEEN_DETAILS}')) AS details`);
    given.push('unnest($details) AS details');
  }
  return `SELECT ${values.join(', ')}
FROM (SELECT *, from_json(lists, '${structure}') AS l FROM (SELECT ${given.join(', ')}))`;
}
