import { expect, it } from 'vitest';
import type { AccessStore, NewSession, NewToken, StoredLink } from '../../src/store/access.ts';
import { MONDAY } from '../support/events.ts';
import type { Opened } from './opened.ts';

const TOKEN: NewToken = {
  ...{ hash: 'a1', name: 'ci', scopes: ['read', 'ingest'], createdBy: 'ada' },
  ...{ createdAt: MONDAY, expiresAt: null },
};
const SESSION: NewSession = {
  ...{ hash: 'b1', role: 'admin', createdBy: 'a link', tokenId: null },
  ...{ createdAt: MONDAY, expiresAt: MONDAY + 1_000 },
};
const LINK: StoredLink = { hash: 'c1', role: 'read_only', createdBy: 'ada', expiresAt: MONDAY + 600 };

/** The law of who may come in, for every store there is; inside of a `describe`. */
export function accessContract({ open, reopen }: Opened): void {
  const write = <T>(work: (access: AccessStore) => Promise<T>) => open().store.write(({ access }) => work(access));
  const stored = () => open().reader.readAccess();

  it('has what was added again after it is opened again, the oldest first', async () => {
    const first = await write((access) => access.addToken(TOKEN));
    const second = await write((access) =>
      access.addToken({ ...TOKEN, hash: 'a2', name: 'bi', expiresAt: MONDAY + 9 }),
    );
    const session = await write((access) => access.addSession(SESSION));
    await write((access) => access.addLink(LINK));
    await reopen();
    expect(await stored()).toEqual({
      tokens: [
        { ...TOKEN, id: first, lastUsedAt: null },
        { ...TOKEN, id: second, hash: 'a2', name: 'bi', expiresAt: MONDAY + 9, lastUsedAt: null },
      ],
      sessions: [{ ...SESSION, id: session, lastUsedAt: MONDAY }],
      links: [LINK],
    });
  });

  it('adds no second token of a name, and gives no number twice', async () => {
    const first = await write((access) => access.addToken(TOKEN));
    expect(await write((access) => access.addToken({ ...TOKEN, hash: 'a2' }))).toBeNull();
    expect((await stored()).tokens).toMatchObject([{ hash: 'a1' }]);
    expect(await write((access) => access.removeToken(first ?? 0))).toBe(true);
    expect(await write((access) => access.removeToken(first ?? 0))).toBe(false);
    expect(await write((access) => access.addToken({ ...TOKEN, hash: 'a2' }))).toBeGreaterThan(first ?? 0);
  });

  it('removes with a token the sessions that were signed in by it, and no other', async () => {
    const tokenId = await write((access) => access.addToken(TOKEN));
    await write((access) => access.addSession({ ...SESSION, tokenId }));
    await write((access) => access.addSession({ ...SESSION, hash: 'b2' }));
    await write((access) => access.removeToken(tokenId ?? 0));
    expect((await stored()).sessions).toMatchObject([{ hash: 'b2', tokenId: null }]);
  });

  it('notes uses, and those of what is gone change nothing', async () => {
    const token = (await write((access) => access.addToken(TOKEN))) ?? 0;
    const session = await write((access) => access.addSession(SESSION));
    await write((access) => access.tokenUsed(token, MONDAY + 5));
    await write((access) => access.sessionUsed(session, MONDAY + 7));
    expect(await stored()).toMatchObject({
      tokens: [{ lastUsedAt: MONDAY + 5 }],
      sessions: [{ lastUsedAt: MONDAY + 7 }],
    });
    await write((access) => access.removeSession(session));
    await write((access) => access.sessionUsed(session, MONDAY + 9));
    await write((access) => access.tokenUsed(token + 1, MONDAY + 9));
    expect(await stored()).toMatchObject({ tokens: [{ lastUsedAt: MONDAY + 5 }], sessions: [] });
  });

  it('lets a link be taken once', async () => {
    await write((access) => access.addLink(LINK));
    const taken = [1, 2].map(() => write((access) => access.takeLink(LINK.hash)));
    expect((await Promise.all(taken)).filter(Boolean)).toHaveLength(1);
    expect((await stored()).links).toEqual([]);
  });
}
