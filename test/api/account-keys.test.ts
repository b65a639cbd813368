/** Keys of accounts over HTTP: made, used, listed and revoked, each by those who may, and no faster than allowed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import { openKeys } from '../../src/api/keys.ts';
import { openAccountStore } from '../../src/stores/account-store.ts';
import { type ApiWorld, KEY, openApiWorld } from './api-world.ts';

type Made = { id: string; key: string; account: string; scopes: string[] };
let world: ApiWorld;
let nowMs = Date.now();

beforeAll(async () => {
  world = await openApiWorld({}, { now: () => nowMs });
  const accounts = openAccountStore(world.aws.dynamodb, world.config);
  for (const account of ['shop', 'news'])
    await accounts.save({ account, limits: {}, timeZone: 'UTC', flushAt: '23:30', paused: false });
});
afterAll(() => world.close());

const ask = (method: string, path: string, { key = KEY, body }: { key?: string; body?: unknown } = {}) =>
  world.app.request(path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const make = async (account: string, scopes: string[], key = KEY): Promise<Made> => {
  const answer = await ask('POST', '/v1/keys', { key, body: { account, scopes, name: 'test' } });
  expect(answer.status).toBe(201);
  return (await answer.json()) as Made;
};
const listed = async (path: string, key = KEY): Promise<Made[]> => {
  const answer = await ask('GET', path, { key });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { items: Made[] }).items;
};

describe('a key', () => {
  it('passes with its scopes, and is never told again', async () => {
    const made = await make('shop', ['read']);
    expect(made).toMatchObject({ account: 'shop', scopes: ['read'] });
    expect((await ask('GET', '/v1/mails', { key: made.key })).status).toBe(200);
    expect(JSON.stringify(await listed('/v1/keys'))).not.toContain(made.key);
  });

  it('that is revoked passes no more', async () => {
    const { id, key } = await make('shop', ['read']);
    expect((await ask('DELETE', `/v1/keys/${id}`)).status).toBe(200);
    expect((await ask('GET', '/v1/mails', { key })).status).toBe(401);
    expect((await listed('/v1/keys?account=shop')).find((one) => one.id === id)).toHaveProperty('revokedAt');
  });

  it.each([
    ['an unknown account', { account: 'nobody', scopes: ['read'], name: 'x' }],
    ['no scope', { account: 'shop', scopes: [], name: 'x' }],
    ['an unknown scope', { account: 'shop', scopes: ['root'], name: 'x' }],
    ['no name', { account: 'shop', scopes: ['read'], name: ' ' }],
    ['another field', { account: 'shop', scopes: ['read'], name: 'x', key: 'mine' }],
  ])('is not made with %s', async (_, body) => {
    expect((await ask('POST', '/v1/keys', { body })).status).toBe(422);
  });
});

describe('an admin key of an account', () => {
  it('makes, sees and revokes keys of its own account only', async () => {
    const { key } = await make('shop', ['admin']);
    const own = await make('shop', ['send'], key);
    const theirs = await make('news', ['send']);
    expect(
      (await ask('POST', '/v1/keys', { key, body: { account: 'news', scopes: ['read'], name: 'x' } })).status,
    ).toBe(404);
    expect((await ask('GET', '/v1/keys?account=news', { key })).status).toBe(404);
    expect((await listed('/v1/keys', key)).map(({ account }) => account)).not.toContain('news');
    expect((await ask('DELETE', `/v1/keys/${theirs.id}`, { key })).status).toBe(404);
    expect((await ask('DELETE', `/v1/keys/${own.id}`, { key })).status).toBe(200);
  });

  it.each([['send'], ['read'], ['rules']])('is needed: the scope %s is not enough', async (scope) => {
    const { key } = await make('shop', [scope]);
    for (const [method, path] of [
      ['GET', '/v1/keys'],
      ['POST', '/v1/keys'],
      ['DELETE', '/v1/keys/x'],
    ] as const) {
      expect((await ask(method, path, { key })).status).toBe(403);
    }
  });
});

describe('a key that asks too often', () => {
  it('is told when to come back; others and the deployment’s own are not slowed', async () => {
    const { key } = await make('shop', ['read']);
    const other = await make('news', ['read']);
    const statuses: number[] = [];
    for (let at = 0; at < 501; at += 1) statuses.push((await ask('GET', '/v1/keys', { key })).status);
    expect(statuses.slice(0, 500)).not.toContain(429);
    const last = await ask('GET', '/v1/mails', { key });
    expect(last.status).toBe(429);
    expect(last.headers.get('retry-after')).toBe('1');
    expect((await ask('GET', '/v1/keys', { key: other.key })).status).toBe(403);
    nowMs += 1_000;
    expect((await ask('GET', '/v1/keys', { key })).status).toBe(403);
  });
});

describe('a session', () => {
  it('that a key of an account opened holds until the key is revoked', async () => {
    const { id, key } = await make('shop', ['read']);
    const answer = await world.app.request('/signin', {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ key }),
    });
    expect(answer.status).toBe(303);
    const cookie = answer.headers.get('set-cookie')!.split(';')[0]!;
    const look = async (): Promise<number> =>
      (await world.app.request('/v1/mails', { headers: { cookie } })).status;
    expect(await look()).toBe(200);
    await ask('DELETE', `/v1/keys/${id}`);
    expect(await look()).toBe(401);
  });
});

it('without keys of the deployment, a shown key still counts', async () => {
  const app = createApp({ ...world.dependencies, keys: openKeys([], []) });
  const { key } = await make('shop', ['read']);
  const status = async (shown: string): Promise<number> =>
    (await app.request('http://localhost/v1/keys', { headers: { authorization: `Bearer ${shown}` } })).status;
  expect(await status(key)).toBe(403);
  expect(await status('ep_stranger')).toBe(401);
});
