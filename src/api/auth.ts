/**
 * Lets nobody to /v1 without a key: as a bearer token, or by the session cookie that a key opened. What a cookie
 * changes must come from our own pages. A deployment without any key is served on loopback only.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { accountCaller, adminCaller, type Caller, requireScope } from './caller.ts';
import type { AccountStores, ApiDependencies } from './dependencies.ts';
import { Problem } from './problems.ts';
import { openRateLimit, type Rate } from './rate-limit.ts';
import { isSafe, originOf } from './same-origin.ts';
import { storeProblem } from './store-problem.ts';

type AuthDependencies = Pick<ApiDependencies, 'keys' | 'now'> & Pick<AccountStores, 'keyStore'>;

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

/** Whose session the cookie is; undefined where it is none, or its key is gone. */
async function callerOfSession(
  { keys, keyStore, now }: AuthDependencies,
  cookie: string,
): Promise<Caller | undefined> {
  const name = keys.readSession(cookie, now());
  if (name === undefined) return undefined;
  if (keys.has(name)) return adminCaller(name);
  const record = await storeProblem('the table of keys', () => keyStore.findByHash(name));
  return record === undefined ? undefined : accountCaller(record);
}

/** Whose key a header shows. Throws a 401 problem where it is nobody's. */
async function callerOfHeader({ keys, keyStore }: AuthDependencies, header: string): Promise<Caller> {
  const key = /^bearer +(\S+) *$/i.exec(header)?.[1];
  const name = key === undefined ? undefined : keys.find(key);
  if (name !== undefined) return adminCaller(name);
  const record =
    key === undefined ? undefined : await storeProblem('the table of keys', () => keyStore.find(key));
  if (record !== undefined) return accountCaller(record);
  throw unauthorized('The key is not one of this deployment. Send Authorization: Bearer KEY.');
}

async function callerOf(c: Context, dependencies: AuthDependencies): Promise<Caller> {
  const header = c.req.header('authorization');
  if (header !== undefined) return callerOfHeader(dependencies, header);
  if (!dependencies.keys.any) {
    admitWithoutKeys(c);
    return adminCaller('without-key');
  }
  const cookie = getCookie(c, SESSION_COOKIE);
  const caller = cookie === undefined ? undefined : await callerOfSession(dependencies, cookie);
  if (caller === undefined) throw unauthorized('Send Authorization: Bearer KEY, or sign in at /signin.');
  if (!isSafe(c) && originOf(c) !== 'own') throw foreign();
  return caller;
}

/**
 * Middleware that lets a request pass with its caller set, or throws a problem: 401 and 403 for whoever may not
 * pass, 429 for a key of an account that asks too often. The deployment's own keys have no such limit.
 */
export function requireKey(dependencies: AuthDependencies, rate?: Rate): MiddlewareHandler {
  const waitSeconds = openRateLimit(rate);
  return async (c, next) => {
    c.header('cache-control', 'no-store');
    const caller = await callerOf(c, dependencies);
    const wait = caller.account === undefined ? 0 : waitSeconds(caller.id, dependencies.now());
    if (wait > 0) {
      throw new Problem(429, 'too-many-requests', `This key asks too often. Try again in ${wait} s.`, {
        headers: { 'retry-after': String(wait) },
      });
    }
    requireScope(caller, c.req.method, c.req.path);
    c.set('caller', caller);
    await next();
  };
}
