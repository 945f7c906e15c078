import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { event } from '../../../test/support/events.ts';
import { emptyTail, fold } from '../../domain/fold.ts';
import { identityKey } from '../../domain/identity.ts';
import { initial } from './migrations/0001-initial.ts';
import { memory } from './migrations/0002-memory.ts';
import { activity } from './migrations/0003-activity.ts';
import { correlation } from './migrations/0004-correlation.ts';
import { exports } from './migrations/0005-exports.ts';
import { transitions } from './migrations/0006-transitions.ts';
import { openSqliteReader } from './reader.ts';
import { openSqliteStore } from './store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'valuestream-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('what was exported before its parts had names is known by them, and what was being sent is sent', async () => {
  const stages = ['todo', 'doing'].map((key, index) => event('transition', index, { stage: { key, name: key } }));
  const [attempt] = fold([...stages, event('end', 5)]).attempts;
  if (attempt === undefined) throw new Error('there is no attempt');
  const [, doing] = attempt.stages;
  const record = JSON.stringify({ startedAt: doing?.startedAt, attributes: { 'valuestream.stage.key': 'doing' } });
  const database = new Sqlite(join(folder, 'valuestream.db'));
  for (const sql of [initial, memory, activity, correlation, exports, transitions]) database.exec(sql);
  database.pragma(`application_id = ${0x56535452}`);
  database.pragma('user_version = 6');
  const add = (table: string, row: Record<string, string | number | null>) => {
    const names = Object.keys(row);
    const marks = names.map(() => '?');
    database.prepare(`INSERT INTO ${table} (${names}) VALUES (${marks})`).run(...Object.values(row));
  };
  const key = identityKey(event('start', 0).identity);
  add('identities', { id: 1, key, span_id: 's-1', tail: JSON.stringify(emptyTail), revision: 1 });
  const { key: attemptKey, startedAt, finishedAt } = attempt;
  const place = { identity_id: 1, ordinal: 1 };
  const times = { at: startedAt, started_at: startedAt, finished_at: finishedAt };
  add('spans', {
    ...{
      ...place,
      ...times,
      source: 'customhttp',
      operation: 'build',
      project: 'shop',
      state: 'finished',
      is_error: 0,
    },
    attempt: JSON.stringify(attempt),
  });
  for (const [index, { key: stage, ...of }] of attempt.stages.entries())
    add('stages', {
      ...{ ...place, number: index + 1, key: stage, name: stage },
      ...{ started_at: of.startedAt, finished_at: of.finishedAt },
    });
  const ids = { trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16) };
  // Its beginning has moved since, so its key is another one.
  add('export_pins', { id: 1, ...place, mode: 'staged', attempt_key: 't:1', ...ids });
  add('export_targets', { id: 1, name: 'tempo', position: 0, sending_through: 1, parked: 1 });
  for (const part of [0, 1, -1]) add('exported', { target_id: 1, pin_id: 1, part, fingerprint: 'f' });
  add('export_outbox', { target_id: 1, number: 0, pin_id: 1, part: 2, fingerprint: 'f', record });
  add('export_parked', { target_id: 1, pin_id: 1, part: 2, parked_at: 1, reason: 'too old', record });
  database.close();

  const store = openSqliteStore(folder);
  const reader = openSqliteReader(folder);
  const part = (number: 0 | 1) => `stage:${attempt.stages[number]?.startedAt}:${attempt.stages[number]?.key}`;
  const request = { target: 1, mode: 'staged', withOpen: true, after: 0, upTo: 9, limit: 9, rest: null } as const;
  const [subject] = (await reader.readExports(request)).subjects;
  expect(subject?.lineage[0]).toMatchObject({ attemptKey, pin: { attemptKey: 't:1', traceId: ids.trace_id } });
  expect(subject?.exported.map((one) => [one.part, one.fingerprint])).toEqual([
    ['open', ''],
    ['span', ''],
    [part(0), ''],
  ]);
  const [sending] = await reader.readOutbox(1);
  expect(sending).toMatchObject({ part: part(1), attemptKey: 't:1' });
  expect(JSON.parse(sending?.record ?? '')).toMatchObject({ scope: { version: '0.1.0' }, startedAt: doing?.startedAt });
  expect(await reader.listParked(1, 9)).toMatchObject([{ spanId: 's-1', ordinal: 1, stage: 2, reason: 'too old' }]);
  await reader.close();
  await store.close();
});
