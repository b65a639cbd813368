/**
 * Lets nobody to /v1 without a key: as a bearer token, or by the session cookie that a key opened. What a cookie
 * changes must come from our own pages. A deployment without any key is served on loopback only.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import type { ApiDependencies } from './dependencies.ts';
import { Problem } from './problems.ts';
import { isSafe, originOf } from './same-origin.ts';

export const SESSION_COOKIE = 'everpost_session';

/** Whether `host` names this machine's loopback: an address of 127/8, ::1, or localhost and names below it. */
export const isLoopback = (host: string): boolean =>
  /^(127(\.\d{1,3}){3}|\[?::1\]?|localhost|[a-z0-9-]+\.localhost)$/i.test(host);

const unauthorized = (detail: string): Problem =>
  new Problem(401, 'unauthorized', detail, { headers: { 'www-authenticate': 'Bearer realm="everpost"' } });

const foreign = (): Problem =>
  new Problem(
    403,
    'cross-site',
    'A page of another site may not change anything here. Use our own pages, or a bearer key.',
  );

/** Without keys a web page could reach us by a name of its own that resolves to loopback. */
function admitWithoutKeys(c: Context): void {
  if (!isLoopback(new URL(c.req.url).hostname)) {
    throw unauthorized(
      'This deployment has no API key: it answers under localhost only. Set EVERPOST_API_KEYS.',
    );
  }
  if (!isSafe(c) && originOf(c) === 'foreign') throw foreign();
}

/** Middleware that throws a 401 or 403 problem for whoever may not pass. */
export function requireKey({ keys, now }: Pick<ApiDependencies, 'keys' | 'now'>): MiddlewareHandler {
  return async (c, next) => {
    const header = c.req.header('authorization');
    const cookie = getCookie(c, SESSION_COOKIE);
    c.header('cache-control', 'no-store');
    if (!keys.any) {
      admitWithoutKeys(c);
    } else if (header !== undefined) {
      const key = /^bearer +(\S+) *$/i.exec(header)?.[1];
      if (key === undefined || keys.find(key) === undefined) {
        throw unauthorized('The key is not one of this deployment. Send Authorization: Bearer KEY.');
      }
    } else if (cookie !== undefined && keys.isSession(cookie, now())) {
      if (!isSafe(c) && originOf(c) !== 'own') throw foreign();
    } else {
      throw unauthorized('Send Authorization: Bearer KEY, or sign in at /signin.');
    }
    await next();
  };
}
