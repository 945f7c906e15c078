import type { Database } from 'better-sqlite3';
import { StoreError } from '../contract.ts';
import { initial } from './migrations/0001-initial.ts';
import { memory } from './migrations/0002-memory.ts';
import { activity } from './migrations/0003-activity.ts';
import { correlation } from './migrations/0004-correlation.ts';
import { exports } from './migrations/0005-exports.ts';
import { transitions } from './migrations/0006-transitions.ts';
import { exportedParts } from './migrations/0007-exported-parts.ts';
import { columns } from './migrations/0008-columns.ts';
import { imports } from './migrations/0009-imports.ts';
import { access } from './migrations/0010-access.ts';

/** Numbered from 1, forward only. One that was released is never changed. */
const migrations: readonly string[] = [
  initial,
  memory,
  activity,
  correlation,
  exports,
  transitions,
  exportedParts,
  columns,
  imports,
  access,
];

// "VSTR": tells our files from any other SQLite database.
const APPLICATION_ID = 0x56535452;

/**
 * Brings a database to the newest schema, each step in a transaction of its own.
 * Throws a StoreError: `newer_schema` for data written by a newer version, `not_a_store` for somebody else's database.
 */
export function migrate(database: Database): void {
  const version = Number(database.pragma('user_version', { simple: true }));
  const application = Number(database.pragma('application_id', { simple: true }));
  if (application !== APPLICATION_ID && !isEmpty(database))
    throw new StoreError('not_a_store', `${database.name} is an SQLite database, but not one of ValueStream's`);
  if (version > migrations.length)
    throw new StoreError(
      'newer_schema',
      `${database.name} has schema version ${version}; this program knows ${migrations.length}. ` +
        'Run the newer version of ValueStream that wrote it, or point VS_DATA_DIR elsewhere.',
    );
  migrations.slice(version).forEach((sql, index) => {
    database.transaction(() => {
      database.exec(sql);
      database.pragma(`application_id = ${APPLICATION_ID}`);
      database.pragma(`user_version = ${version + index + 1}`);
    })();
  });
}

function isEmpty(database: Database): boolean {
  return database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}
