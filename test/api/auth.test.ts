/** Who may pass, for every route there is: a new route under /v1 is tested here without a line being written. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import { SESSION_COOKIE } from '../../src/api/auth.ts';
import { openKeys } from '../../src/api/keys.ts';
import { type ApiWorld, KEY, openApiWorld, SECRET } from './api-world.ts';

const ROUTES: [string, string][] = [
  ['GET', '/v1/mails'],
  ['GET', '/v1/mails/:id'],
  ['GET', '/v1/mails/:id/mime'],
  ['POST', '/v1/mails/:id/resend'],
  ['POST', '/v1/mails/:id/hold'],
  ['POST', '/v1/mails/:id/release'],
  ['POST', '/v1/mails/:id/cancel'],
  ['POST', '/v1/emails'],
  ['GET', '/v1/emails/:id'],
  ['PATCH', '/v1/emails/:id'],
  ['POST', '/v1/emails/:id/hold'],
  ['POST', '/v1/emails/:id/release'],
  ['POST', '/v1/emails/:id/cancel'],
  ['GET', '/v1/budgets/:account'],
  ['PUT', '/v1/budgets/:account'],
  ['POST', '/v1/budgets/:account/pause'],
  ['POST', '/v1/budgets/:account/resume'],
  ['POST', '/v1/keys'],
  ['GET', '/v1/keys'],
  ['DELETE', '/v1/keys/:id'],
  ['GET', '/v1/templates'],
  ['GET', '/v1/templates/:name'],
  ['PUT', '/v1/templates/:name'],
  ['GET', '/v1/templates/:name/versions/:version'],
  ['POST', '/v1/templates/:name/preview'],
  ['GET', '/v1/suppressions'],
  ['POST', '/v1/suppressions/import'],
  ['GET', '/v1/suppressions/export'],
  ['GET', '/v1/suppressions/:email'],
  ['PUT', '/v1/suppressions/:email'],
  ['DELETE', '/v1/suppressions/:email'],
];
const OPEN = [
  '/livez',
  '/health',
  '/domains',
  '/',
  '/mails/:id',
  '/signin',
  '/docs',
  '/openapi.json',
  '/page/style.css',
  '/u/:token',
];

let world: ApiWorld;
const cookieOf = (key = KEY, nowMs = Date.now()): string => {
  const keys = openKeys([key], [SECRET]);
  return `${SESSION_COOKIE}=${keys.openSession(keys.find(key)!, nowMs)}`;
};
const pathOf = (route: string): string => route.replace(':id', `mail:${world.domain}:nothing`);
const ask = async (method: string, route: string, headers: Record<string, string> = {}): Promise<number> => {
  const answer = await world.app.request(pathOf(route), { method, headers });
  await answer.body?.cancel();
  return answer.status;
};
const passed = (status: number): boolean => status !== 401 && status !== 403 && status < 500;

beforeAll(async () => {
  world = await openApiWorld();
});
afterAll(() => world.close());

it('knows every route under /v1', () => {
  const there = world.app.routes
    .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/v1/'))
    .map(({ method, path }) => `${method} ${path}`);
  expect([...new Set(there)].sort()).toEqual(ROUTES.map((route) => route.join(' ')).sort());
});

describe.each(ROUTES)('%s %s', (method, route) => {
  it.each<[string, () => Record<string, string>]>([
    ['nothing', () => ({})],
    ['an empty header', () => ({ authorization: '' })],
    ['a wrong key', () => ({ authorization: 'Bearer wrong-key-0123456789' })],
    ['the key as a password', () => ({ authorization: `Basic ${btoa(`:${KEY}`)}` })],
    ['the key and something more', () => ({ authorization: `Bearer ${KEY} ${KEY}` })],
    ['an expired session', () => ({ cookie: cookieOf(KEY, 0) })],
    ['the session of a key that is gone', () => ({ cookie: cookieOf('gone-key-0123456789') })],
    ['a forged session', () => ({ cookie: `${SESSION_COOKIE}=a.99999999999.b` })],
    ['a wrong key beside a session', () => ({ authorization: 'Bearer wrong', cookie: cookieOf() })],
  ])('refuses %s', async (_, headers) => {
    const answer = await world.app.request(pathOf(route), { method, headers: headers() });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    expect(await answer.json()).toMatchObject({ status: 401, type: 'urn:everpost:problem:unauthorized' });
  });

  it('admits the key', async () => {
    expect(passed(await ask(method, route, { authorization: `Bearer ${KEY}` }))).toBe(true);
    expect(passed(await ask(method, route, { authorization: `bearer ${KEY}` }))).toBe(true);
  });

  it('admits a session from our own page', async () => {
    const own: Record<string, string>[] = [
      { 'sec-fetch-site': 'same-origin' },
      { origin: 'http://localhost', host: 'localhost' },
    ];
    for (const headers of own) {
      expect(passed(await ask(method, route, { cookie: cookieOf(), ...headers }))).toBe(true);
    }
  });

  it.each<Record<string, string>>([
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    {},
  ])('lets a session change nothing from another site: %j', async (headers) => {
    const status = await ask(method, route, { cookie: cookieOf(), ...headers });
    expect(method === 'GET' ? passed(status) : status === 403).toBe(true);
  });
});

it.each(OPEN)('%s is open', async (route) => {
  expect([401, 403]).not.toContain(await ask('GET', route));
});

describe('a deployment without any key', () => {
  const without = () => createApp({ ...world.dependencies, keys: openKeys([], []) });

  it('serves loopback names', async () => {
    for (const host of ['localhost', '127.0.0.1:8080', '[::1]:8080']) {
      expect((await without().request(`http://${host}/v1/mails`)).status).toBe(200);
    }
  });

  it('refuses names that were made to point here', async () => {
    expect((await without().request('http://rebound.example/v1/mails')).status).toBe(401);
  });

  it('lets other sites change nothing', async () => {
    const answer = await without().request(pathOf('/v1/mails/:id/cancel'), {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
    });
    expect(answer.status).toBe(403);
  });
});
