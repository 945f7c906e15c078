import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal, JournalError } from '../../report/journal.ts';
import type { Question } from '../../report/question.ts';
import { CliFailure } from '../failure.ts';

/** Where the journal is, and what becomes of it. */
export interface Place {
  readonly path: string;
  readonly isKept: boolean;
  readonly forget: () => void;
}

/** Beside the file that is asked for; where none is, somewhere for the time being. */
export function placeOf({ out, restart }: { readonly out?: string; readonly restart?: boolean }): Place {
  if (out !== undefined) {
    const path = `${out}.partial`;
    if (restart === true) rmSync(path, { force: true });
    return { path, isKept: true, forget: () => undefined };
  }
  const folder = mkdtempSync(join(tmpdir(), 'valuestream-report-'));
  return { path: join(folder, 'partial'), isKept: false, forget: () => rmSync(folder, { recursive: true }) };
}

/** The journal at a place. Throws a CliFailure where it cannot be gone on with. */
export function openJournal(
  { path }: Place,
  ...[question, now]: [Question, { startedAt: number; sinceAt: number | null }]
): Journal {
  try {
    return new Journal(path, question, now);
  } catch (error) {
    if (error instanceof JournalError)
      throw new CliFailure(`${error.message}\n  Ask the same, or give another --out; --restart forgets it.`, 2);
    throw cannotWrite(path, error);
  }
}

/** Where what is read cannot be written, a person can help. */
export function cannotWrite(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : null;
  return code === null
    ? error
    : new CliFailure(`cannot write ${path}: ${(error as Error).message}`, code === 'ENOSPC' ? 1 : 2);
}

/** What went wrong, and that it can be gone on. */
export function withWayOn(message: string, { path, isKept }: Place): string {
  if (!isKept) return `${message}\n  With --out FILE what was read is kept, and the same command goes on from there.`;
  return existsSync(path)
    ? `${message}\n  What was read is kept in ${path}: the same command goes on from there.`
    : message;
}
