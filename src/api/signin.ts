/**
 * Signing in with a browser: the form at `/signin` takes a key once, a one-time link takes nobody's; both open a
 * session. The cookie is HttpOnly and SameSite=Strict, and the key itself is kept nowhere.
 */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import { SESSION_COOKIE } from './auth.ts';
import type { AccountStores, ApiDependencies } from './dependencies.ts';
import { SESSION_SECONDS } from './keys.ts';
import { servePage } from './page.ts';
import { Problem } from './problems.ts';
import { originOf } from './same-origin.ts';
import { storeProblem } from './store-problem.ts';

/** A proxy in front of us says so when the browser came by HTTPS. */
const isHttps = (c: Context): boolean =>
  new URL(c.req.url).protocol === 'https:' || c.req.header('x-forwarded-proto') === 'https';

function enter(c: Context, cookie: string): Response {
  setCookie(c, SESSION_COOKIE, cookie, {
    httpOnly: true,
    sameSite: 'Strict',
    secure: isHttps(c),
    path: '/',
    maxAge: SESSION_SECONDS,
  });
  return c.redirect('/', 303);
}

function requireOwnPage(c: Context): void {
  if (originOf(c) === 'own') return;
  throw new Problem(
    403,
    'cross-site',
    'Sign in and out on our own page, /signin; another site may not do it.',
  );
}

/** Adds the form, the links and the way out. */
export function addSignIn(app: OpenAPIHono, { keys, keyStore, now }: ApiDependencies & AccountStores): void {
  const nameOf = async (key: string): Promise<string | undefined> =>
    keys.find(key) ?? (await storeProblem('the table of keys', () => keyStore.find(key)))?.hash;

  app.get('/signin', (c) => servePage(c, 'signin.html'));

  app.post('/signin', async (c) => {
    requireOwnPage(c);
    const { key } = await c.req.parseBody();
    const name = typeof key === 'string' ? await nameOf(key.trim()) : undefined;
    if (name === undefined) return servePage(c, 'signin-again.html', 401);
    return enter(c, keys.openSession(name, now()));
  });

  app.get('/signin/:token', (c) => {
    // A HEAD request is somebody's preview, and must not use the link up.
    if (c.req.method !== 'GET') return c.body(null, 204);
    const cookie = keys.redeemLink(c.req.param('token'), now());
    return cookie === undefined ? servePage(c, 'signin-again.html', 401) : enter(c, cookie);
  });

  app.post('/signout', (c) => {
    requireOwnPage(c);
    deleteCookie(c, SESSION_COOKIE, { path: '/' });
    return c.redirect('/signin', 303);
  });
}
