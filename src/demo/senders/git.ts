import { hash } from 'node:crypto';

export const MAIN = 'main';
/** What a branch stands on that is new. */
export const NOTHING = '0'.repeat(40);

export interface Branch {
  readonly name: string;
  /** What it stood on before a push. */
  readonly head: string;
}

const FOLDERS = ['api', 'domain', 'store', 'web', 'jobs'];

/** The files that a commit changes: always the same of the same. */
export function filesOf(title: string, commit: number): string[] {
  const digits = hash('sha1', `${title} ${commit}`);
  const folder = FOLDERS[Number.parseInt(digits.slice(0, 2), 16) % FOLDERS.length];
  return [`src/${folder}/${digits.slice(2, 6)}.ts`, `src/${folder}/${digits.slice(2, 6)}.test.ts`];
}
