import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Caller, type DoorSettings, isAccessRequired, isForeign, isOwnPage, isSecure, whyClosed } from './door.ts';

const LOCAL: DoorSettings = { host: '127.0.0.1', access: 'auto', insecure: false };
const settings = (more: Partial<DoorSettings>): DoorSettings => ({ ...LOCAL, ...more });
const caller = (headers: Caller['headers'], method = 'GET'): Caller => ({ method, headers, ip: '127.0.0.1' });

describe('a token or a session', () => {
  it.each([
    [{}, false],
    [{ host: 'localhost' }, false],
    [{ host: '::1' }, false],
    [{ host: '127.8.9.1' }, false],
    [{ access: 'required' as const }, true],
    [{ access: 'required' as const, insecure: true }, true],
    [{ host: '0.0.0.0' }, true],
    [{ host: '::' }, true],
    [{ host: '10.0.0.7' }, true],
    [{ host: '127.example.org' }, true],
    [{ host: 'localhost.example.org' }, true],
    [{ host: '0.0.0.0', insecure: true }, false],
    [{ public_url: 'https://valuestream.example.org' }, true],
    [{ public_url: 'http://localhost:8080' }, false],
  ])('is needed with %j: %s', (more, isNeeded) => {
    expect(isAccessRequired(settings(more))).toBe(isNeeded);
  });
});

describe('a server on this machine alone', () => {
  it.each([
    'localhost',
    'localhost:8080',
    '127.0.0.1:4747',
    '127.1.2.3',
    '[::1]:4747',
    'LOCALHOST',
    'vs.localhost:4747',
  ])('is open under the name %s', (host) => {
    expect(whyClosed(caller({ host }), LOCAL)).toBeNull();
  });

  it.each([
    'evil.example',
    'evil.example:4747',
    'localhost.evil.example',
    '127.0.0.1.evil.example:4747',
    '127.0.0.1@evil.example',
    'evil.example/localhost',
    'localhost#.evil.example',
    '192.168.1.7:4747',
    '0.0.0.0:4747',
    '[::ffff:10.0.0.1]:4747',
    '',
    ' ',
    '[',
  ])('is closed under the name %j, as a page of a stranger could have it', (host) => {
    expect(whyClosed(caller({ host }), LOCAL)).toBe('host');
  });

  it('is closed where no name is told', () => {
    expect(whyClosed(caller({}), LOCAL)).toBe('host');
  });

  it.each(['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'])(
    'is closed to what a proxy on it hands on with %s, wherever that says it comes from',
    (header) => {
      expect(whyClosed(caller({ host: 'localhost', [header]: '127.0.0.1' }), LOCAL)).toBe('proxied');
    },
  );

  it('is open to all where it is told that this is insecure', () => {
    const headers = { host: 'evil.example', 'x-forwarded-for': '1.2.3.4' };
    expect(whyClosed(caller(headers), settings({ insecure: true }))).toBeNull();
  });
});

describe('whatever a request says of itself', () => {
  const host = fc.constantFrom('127.0.0.1', '::1', 'localhost', '0.0.0.0', '10.0.0.7');
  const anySettings = fc.record({
    ...{ host, access: fc.constantFrom('auto', 'required'), insecure: fc.boolean() },
    public_url: fc.constantFrom(undefined, 'http://localhost:8080', 'https://vs.example.org'),
  });
  const name = fc.constantFrom('localhost', '127.0.0.1:4747', 'evil.example', 'vs.example.org', '');
  const saying = fc.constantFrom(
    'host',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-real-ip',
    'forwarded',
    'via',
    'origin',
  );
  const said = fc.oneof(fc.constantFrom('127.0.0.1', 'localhost', '::1', 'for=127.0.0.1'), fc.string());

  it('opens nothing that is closed, but for the name under which it asks', () => {
    fc.assert(
      fc.property(anySettings, name, saying, said, (any, own, header, value) => {
        fc.pre(header !== 'host');
        const before = whyClosed(caller({ host: own }), any);
        const after = whyClosed(caller({ host: own, [header]: value }), any);
        if (before !== null) expect(after).not.toBeNull();
      }),
    );
  });

  it('opens nothing where a proof is needed', () => {
    fc.assert(
      fc.property(anySettings, name, saying, said, (any, own, header, value) => {
        fc.pre(isAccessRequired(any));
        expect(whyClosed(caller({ host: own, [header]: value }), any)).toBe('required');
      }),
    );
  });
});

describe('a request that a browser sends', () => {
  const own = { host: 'vs.example.org:8080' };
  it.each([
    [{ 'sec-fetch-site': 'same-origin' }, false],
    [{ 'sec-fetch-site': 'none' }, false],
    [{ 'sec-fetch-site': 'same-site' }, true],
    [{ 'sec-fetch-site': 'cross-site' }, true],
    [{ 'sec-fetch-site': 'anything else' }, true],
    [{ 'sec-fetch-site': 'cross-site', origin: 'http://vs.example.org:8080' }, true],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, false],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, true],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'document' }, true],
    [{ origin: 'http://vs.example.org:8080' }, false],
    [{ origin: 'https://vs.example.org:8080' }, false],
    [{ origin: 'http://vs.example.org' }, true],
    [{ origin: 'http://evil.example' }, true],
    [{ origin: 'http://vs.example.org:8080.evil.example' }, true],
    [{ origin: 'null' }, true],
    [{ origin: '' }, true],
    [{}, false],
  ])('with %j is of a stranger: %s', (headers, isStrange) => {
    expect(isForeign(caller({ ...own, ...headers }), LOCAL)).toBe(isStrange);
  });

  it('is of a stranger where a link would change something', () => {
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect(isForeign(caller({ ...own, ...link }, 'POST'), LOCAL)).toBe(true);
  });

  it.each([
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'none' }, false],
    [{ 'sec-fetch-site': 'same-site', origin: 'http://vs.example.org:8080' }, false],
    [{ origin: 'http://vs.example.org:8080' }, true],
    [{ origin: 'http://evil.example' }, false],
    [{ origin: 'null' }, false],
    [{}, false],
  ])('with %j is vouched for as our own page’s: %s', (headers, isOurs) => {
    expect(isOwnPage(caller({ ...own, ...headers }, 'POST'), LOCAL)).toBe(isOurs);
  });

  it('is our own page’s at the public URL, when a proxy has changed the name', () => {
    const behind = settings({ public_url: 'https://vs.example.org' });
    const request = caller({ host: '127.0.0.1:4747', origin: 'https://vs.example.org' }, 'POST');
    expect([isForeign(request, behind), isOwnPage(request, behind)]).toEqual([false, true]);
    expect(isForeign(request, LOCAL)).toBe(true);
  });

  it('came by https where the browser, or the public URL, says so', () => {
    expect(isSecure(caller({ origin: 'https://vs.example.org' }), LOCAL)).toBe(true);
    expect(isSecure(caller({ origin: 'http://vs.example.org' }), LOCAL)).toBe(false);
    expect(isSecure(caller({}), settings({ public_url: 'https://vs.example.org' }))).toBe(true);
    expect(isSecure(caller({ 'x-forwarded-proto': 'https' }), LOCAL)).toBe(false);
  });
});
