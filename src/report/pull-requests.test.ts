import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Company, companyOf } from '../../test/support/github-api/company.ts';
import { expectedCsv } from '../../test/support/github-api/expected.ts';
import { badGateway, GithubApi, TOKEN } from '../../test/support/github-api/server.ts';
import { createGithub } from '../vendors/github/client.ts';
import { githubHost } from '../vendors/github/host.ts';
import type { Fetched } from './fetch.ts';
import { Journal } from './journal.ts';
import { csvOfJournal, readPullRequests } from './pull-requests.ts';
import type { Question } from './question.ts';

let folder: string;
let path: string;
let api: GithubApi;
let company: Company;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'valuestream-report-'));
  path = join(folder, 'partial');
  company = companyOf(5, 3, 300);
  api = await new GithubApi(company).start();
});
afterEach(async () => {
  await api.stop();
  rmSync(folder, { recursive: true });
});

const QUESTION: Question = {
  ...{ host: 'github.test', orgs: ['octo-org'], repos: [], state: 'all', since: null, max: null, authors: false },
};
const NOW = { startedAt: Date.parse('2026-06-01T00:00:00Z'), sinceAt: null };

/** Reads all into a journal, without any time passing, and tells it as CSV. */
async function read(question: Question, now: { startedAt: number; sinceAt: number | null } = NOW) {
  const pass = async () => {};
  const github = createGithub({ host: githubHost(api.url), token: TOKEN, userAgent: 'test', maxWaitMs: 0, pass });
  const journal = new Journal(path, question, now);
  const told: Fetched[] = [];
  const listener = { onRenamed: () => {}, onFetched: (fetched: Fetched) => told.push(fetched) };
  await readPullRequests(github, journal, question, listener);
  return { journal, told, csv: [...csvOfJournal(journal, question, () => {})].join('') };
}

const pageSizes = () => api.asked.flatMap(({ variables: { first } }) => (typeof first === 'number' ? [first] : []));

it('asks for smaller pages where GitHub gives up on large ones', async () => {
  api.mishap = ({ variables }) => (Number(variables.first) > 12 ? badGateway : null);
  const { csv } = await read(QUESTION);
  expect(csv).toBe(expectedCsv(company));
  expect(new Set(pageSizes())).toEqual(new Set([50, 25, 12]));
});

it('does not ask for smaller pages where nothing answers at all', async () => {
  api.mishap = ({ variables }) => (variables.id === undefined ? null : { status: 200, cut: true });
  await expect(read(QUESTION)).rejects.toMatchObject({ kind: 'unavailable' });
  expect(new Set(pageSizes())).toEqual(new Set([50]));
});

it('asks for no more than there is, and nothing of a repository without any', async () => {
  company = companyOf(5, 3, 8);
  await api.stop();
  api = await new GithubApi(company).start();
  const { csv } = await read(QUESTION);
  expect(csv).toBe(expectedCsv(company));
  const sizes = company.repositories.map(({ pullRequests }) => pullRequests.length).filter((count) => count > 0);
  expect(pageSizes().sort()).toEqual(sizes.sort());
});

it('tells how far it has come, and how far it is to go where that is known', async () => {
  const { told } = await read(QUESTION);
  expect(told[0]).toEqual({ repositories: { done: 0, total: 3 }, pullRequests: { done: 0, total: 300 } });
  expect(told.at(-1)).toEqual({ repositories: { done: 3, total: 3 }, pullRequests: { done: 300, total: 300 } });
});

describe('with a time since', () => {
  const since = { ...QUESTION, since: '2025-03-01', state: 'merged' as const };
  const sinceAt = Date.parse('2025-03-01T00:00:00Z');
  const isMerged = (_: unknown, { mergedAt }: { readonly mergedAt: string | null }) =>
    mergedAt !== null && Date.parse(mergedAt) >= sinceAt;

  it('reads no further back than it has to', async () => {
    const { csv, told } = await read(since, { ...NOW, sinceAt });
    expect(csv).toBe(expectedCsv(company, isMerged));
    expect(told.at(-1)?.pullRequests.total).toBeNull();
    const oldest = company.repositories
      .flatMap(({ pullRequests }) => pullRequests)
      .filter(({ updatedAt }) => Date.parse(updatedAt) < sinceAt);
    expect(oldest.length).toBeGreaterThan(20);
    // Two pages of each repository, and a second look at the first one.
    expect(pageSizes()).toHaveLength(6);
  });

  it('looks a second time at what changed while it read', async () => {
    const changedAt = '2026-06-01T00:00:01Z';
    const pulls = company.repositories[1]?.pullRequests ?? [];
    const index = pulls.findIndex((one) => isMerged(null, one));
    const [first] = pulls.slice(index);
    if (first === undefined) return expect.unreachable();
    api.mishap = ({ variables: { id, after, states } }) => {
      // Between its two pages, one that the second was to have moves to the front.
      if (id === 'R_5_1' && states !== undefined && typeof after === 'string')
        pulls[index] = { ...first, updatedAt: changedAt, title: 'Changed meanwhile' };
      return null;
    };
    const { csv } = await read(since, { ...NOW, sinceAt });
    expect(csv).toBe(expectedCsv(company, isMerged));
    expect(csv).toContain('Changed meanwhile');
  });
});

describe('a journal', () => {
  it('is written by one process at a time', () => {
    const journal = new Journal(path, QUESTION, NOW);
    expect(() => new Journal(path, QUESTION, NOW)).toThrow(`process ${process.pid} is at it already`);
    journal.close();
    new Journal(path, QUESTION, NOW).close();
  });

  it('goes on after its last whole line, whatever stands behind it', async () => {
    const { journal, csv } = await read(QUESTION);
    journal.close();
    const whole = readFileSync(path, 'utf8').split('\n');
    for (const lines of [1, 2, 3, 5, whole.length - 1]) {
      for (const rest of ['', '{"of":0,"phase":0,"after":null,"ro', '\0\0\0\0\n', '{"some":"thing"}\n']) {
        writeFileSync(
          path,
          whole
            .slice(0, lines)
            .map((line) => `${line}\n`)
            .join(''),
        );
        appendFileSync(path, rest);
        const again = await read(QUESTION, { startedAt: 1, sinceAt: null });
        expect(again.journal.startedAt).toBe(NOW.startedAt);
        again.journal.close();
        expect(again.csv).toBe(csv);
      }
    }
  });

  it('whose first line was not finished begins anew', async () => {
    writeFileSync(path, '{"format":1,"quest');
    const { csv, journal } = await read(QUESTION);
    expect(journal.isResumed).toBe(false);
    expect(csv).toBe(expectedCsv(company));
  });
});
