import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessWorld } from '../../test/support/access.ts';
import type { Access } from './access.ts';
import { LINK_MS, Links } from './links.ts';
import { hashOf, newSecret } from './secret.ts';
import { IDLE_MS, LIFETIME_MS, Sessions } from './sessions.ts';

const HOUR_MS = 3_600_000;

let world: AccessWorld;
let access: Access;
beforeEach(async () => {
  world = new AccessWorld();
  access = await world.open();
});
afterEach(async () => {
  access.close();
  await world.close();
});

/** As after a restart. */
async function reopened(): Promise<Access> {
  access.close();
  access = await world.open();
  return access;
}

async function token(
  name = 'ci',
  expiresAt: number | null = null,
  scopes: readonly ('read' | 'ingest' | 'admin')[] = ['read'],
) {
  const made = await access.tokens.create({ name, scopes, expiresAt, createdBy: 'ada' });
  if (made === null) throw new Error('the name is taken');
  return { ...made, id: made.token.id };
}

async function signedIn(): Promise<string> {
  const { secret } = await access.links.create('read_only', 'ada');
  const session = await access.signIn({ once: secret });
  if (session === null) throw new Error('nobody was signed in');
  return session;
}

describe('a token', () => {
  it('grants its scopes, now and after a restart', async () => {
    const { secret } = await token('ci', null, ['read', 'ingest']);
    expect(access.tokens.find(secret)).toMatchObject({ via: 'token', name: 'token ci', scopes: ['read', 'ingest'] });
    expect((await reopened()).tokens.find(secret)).toMatchObject({ scopes: ['read', 'ingest'] });
  });

  it('is nowhere in the store, only its hash is', async () => {
    const { secret } = await token();
    const text = JSON.stringify(await world.stored());
    expect(text).toContain('"name":"ci"');
    expect(text).not.toContain(secret);
    expect(text).not.toContain(secret.slice(4, 20));
  });

  it('is not found by another one, or by a part of it', async () => {
    const { secret, token: stored } = await token();
    for (const wrong of [newSecret('token'), secret.slice(0, -1), `${secret} `, '', stored.hash])
      expect(access.tokens.find(wrong)).toBeNull();
  });

  it('is worth something until the moment it expires', async () => {
    const { secret } = await token('ci', world.now + HOUR_MS);
    world.now += HOUR_MS - 1;
    expect(access.tokens.find(secret)).not.toBeNull();
    expect(access.tokens.valid).toBe(1);
    world.now += 1;
    expect(access.tokens.find(secret)).toBeNull();
    expect(access.tokens.valid).toBe(0);
    expect(access.tokens.list()).toMatchObject([{ name: 'ci' }]);
  });

  it('ends what it has open when it expires', async () => {
    const { secret } = await token('ci', world.now + HOUR_MS);
    const ended = access.tokens.find(secret)?.ended;
    await access.sweep();
    expect(ended?.aborted).toBe(false);
    world.now += HOUR_MS;
    await access.sweep();
    expect(ended?.aborted).toBe(true);
  });

  it('is worth nothing once it is revoked, with all that it has open, for good', async () => {
    const { secret, id } = await token();
    const ended = access.tokens.find(secret)?.ended;
    expect(await access.revoke(id)).toMatchObject({ name: 'ci' });
    expect(ended?.aborted).toBe(true);
    expect(access.tokens.find(secret)).toBeNull();
    expect((await reopened()).tokens.find(secret)).toBeNull();
    expect(await access.revoke(id)).toBeNull();
  });

  it('has a name that no other one has', async () => {
    const { id } = await token('ci');
    expect(await access.tokens.create({ name: 'ci', scopes: ['admin'], expiresAt: null, createdBy: 'eve' })).toBeNull();
    await access.revoke(id);
    expect((await token('ci')).id).toBeGreaterThan(id);
  });

  it('says when it was last used, to five minutes', async () => {
    const { secret } = await token();
    const first = world.now;
    access.tokens.find(secret);
    world.now += 4 * 60_000;
    access.tokens.find(secret);
    expect((await reopened()).tokens.list()).toMatchObject([{ lastUsedAt: first }]);
    world.now += 60_000;
    access.tokens.find(secret);
    expect((await reopened()).tokens.list()).toMatchObject([{ lastUsedAt: first + 5 * 60_000 }]);
  });
});

describe('a link', () => {
  it('signs in once', async () => {
    const { secret } = await access.links.create('admin', 'ada');
    const session = await access.signIn({ once: secret });
    expect(access.sessions.find(session ?? '')).toMatchObject({ via: 'session', scopes: ['read', 'ingest', 'admin'] });
    expect(await access.signIn({ once: secret })).toBeNull();
    expect(await (await reopened()).signIn({ once: secret })).toBeNull();
  });

  it('signs in one of two who come at one time', async () => {
    const { secret } = await access.links.create('admin', 'ada');
    const sessions = await Promise.all([access.signIn({ once: secret }), access.signIn({ once: secret })]);
    expect(sessions.filter((session) => session !== null)).toHaveLength(1);
  });

  it('is worth something for ten minutes', async () => {
    const early = await access.links.create('admin', 'ada');
    const late = await access.links.create('admin', 'ada');
    world.now += LINK_MS - 1;
    expect(await access.signIn({ once: early.secret })).not.toBeNull();
    world.now += 1;
    expect(await access.signIn({ once: late.secret })).toBeNull();
  });

  it('that expires is forgotten', async () => {
    await access.links.create('admin', 'ada');
    world.now += LINK_MS;
    await access.sweep();
    expect((await world.stored()).links).toEqual([]);
  });

  it('that was printed and not used works after a restart', async () => {
    const { secret } = await access.links.create('read_only', 'ada');
    expect(await (await reopened()).signIn({ once: secret })).not.toBeNull();
  });

  it('takes no more room than a hundred of them', async () => {
    const first = await access.links.create('admin', 'ada');
    const [stored] = (await world.stored()).links;
    if (stored === undefined) throw new Error('there is no link');
    const others = Array.from({ length: 99 }, (_, index) => ({ ...stored, hash: hashOf(`${index}`) }));
    const parts = { store: world.store, now: () => world.now, failed: () => undefined };
    const links = new Links([stored, ...others], parts);
    const latest = await links.create('admin', 'ada');
    expect(await links.take(first.secret)).toBeNull();
    expect(await links.take(latest.secret)).not.toBeNull();
  });
});

describe('a session', () => {
  it('that is used goes on, to its limit', async () => {
    const session = await signedIn();
    const began = world.now;
    for (world.now += IDLE_MS - 1; world.now < began + LIFETIME_MS; world.now += IDLE_MS - 1)
      expect(access.sessions.find(session)).not.toBeNull();
    expect(access.sessions.find(session)).toBeNull();
    world.now = began + LIFETIME_MS - 1;
    expect(access.sessions.find(session)?.expiresAt).toBe(began + LIFETIME_MS);
  });

  it('that is not used ends after seven days', async () => {
    const session = await signedIn();
    const ended = access.sessions.find(session)?.ended;
    world.now += IDLE_MS;
    expect(access.sessions.find(session)).toBeNull();
    await access.sweep();
    expect(ended?.aborted).toBe(true);
    expect((await world.stored()).sessions).toEqual([]);
  });

  it('goes on after a restart, and slides from where it was', async () => {
    const session = await signedIn();
    world.now += IDLE_MS - HOUR_MS;
    access.sessions.find(session);
    await reopened();
    world.now += IDLE_MS - HOUR_MS;
    expect(access.sessions.find(session)).toMatchObject({ scopes: ['read'] });
  });

  it('is over when it is signed out, with all that it has open', async () => {
    const session = await signedIn();
    const ended = access.sessions.find(session)?.ended;
    await access.sessions.end(session);
    expect(ended?.aborted).toBe(true);
    expect(access.sessions.find(session)).toBeNull();
    expect((await reopened()).sessions.find(session)).toBeNull();
  });

  it('that a token has signed in does what the token may, and ends with it', async () => {
    const { secret, id } = await token('laptop', world.now + HOUR_MS, ['admin']);
    const session = (await access.signIn({ token: secret })) ?? '';
    const grant = access.sessions.find(session);
    expect(grant).toMatchObject({ scopes: ['read', 'ingest', 'admin'], expiresAt: world.now + HOUR_MS });
    await access.revoke(id);
    expect(grant?.ended?.aborted).toBe(true);
    expect(access.sessions.find(session)).toBeNull();
    expect((await reopened()).sessions.find(session)).toBeNull();
  });

  it('does not come of a token that lets nobody look', async () => {
    const { secret } = await token('ci', null, ['ingest']);
    expect(await access.signIn({ token: secret })).toBeNull();
  });

  it('that was unused for longest ends where there are too many', async () => {
    const used = await signedIn();
    const unused = await signedIn();
    world.now += HOUR_MS;
    access.sessions.find(used);
    await reopened();
    const [first, second] = (await world.stored()).sessions;
    if (first === undefined || second === undefined) throw new Error('nobody has signed in');
    const others = Array.from({ length: 998 }, (_, index) => ({ ...first, id: 100 + index, hash: hashOf(`${index}`) }));
    const parts = { store: world.store, now: () => world.now, failed: () => undefined };
    const sessions = new Sessions([first, second, ...others], parts);
    await sessions.begin({ role: 'admin', createdBy: 'ada', tokenId: null, until: null });
    expect(sessions.count).toBe(1_000);
    expect([sessions.find(used) === null, sessions.find(unused) === null]).toEqual([false, true]);
  });

  it('is neither a token nor a link', async () => {
    const session = await signedIn();
    expect(access.tokens.find(session)).toBeNull();
    expect(await access.signIn({ once: session })).toBeNull();
    expect(await access.signIn({ token: session })).toBeNull();
  });
});
