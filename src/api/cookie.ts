import { parseCookie, stringifySetCookie } from 'cookie';
import { LIFETIME_MS } from '../access/sessions.ts';

const NAME = 'valuestream_session';
/** Browsers take such a name only with Secure, Path=/ and no Domain, so that nobody beside us can set it. */
const SECURE_NAME = `__Host-${NAME}`;

/** The session's secret in a request's cookies; null where there is none. */
export function sessionIn(header: string | undefined): string | null {
  const cookies = parseCookie(header ?? '');
  return cookies[SECURE_NAME] ?? cookies[NAME] ?? null;
}

/** Gives a session to a browser; the server decides how long it is worth something. */
export function sessionCookie(secret: string, isSecure: boolean): string {
  return cookie(secret, LIFETIME_MS / 1_000, isSecure);
}

/** Takes a session from a browser, by whichever name it has sent it. */
export function noSessionCookies(header: string | undefined): string[] {
  const cookies = parseCookie(header ?? '');
  return [true, false].filter((secure) => cookies[nameOf(secure)] !== undefined).map((secure) => cookie('', 0, secure));
}

function nameOf(secure: boolean): string {
  return secure ? SECURE_NAME : NAME;
}

function cookie(value: string, maxAge: number, secure: boolean): string {
  return stringifySetCookie({
    ...{ name: nameOf(secure), value, maxAge, path: '/' },
    ...{ httpOnly: true, sameSite: 'strict', secure },
  });
}
