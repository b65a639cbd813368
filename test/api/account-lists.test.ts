/** A key of one account meets its own templates and suppressions on every route, and nobody else's. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openKeyStore, type Scope } from '../../src/stores/key-store.ts';
import { type ApiWorld, openApiWorld } from './api-world.ts';

let world: ApiWorld;
let key: string;
let reader: string;

beforeAll(async () => {
  world = await openApiWorld();
  const keys = openKeyStore(world.aws.dynamodb, world.config.tables.keys, { now: Date.now });
  const make = async (scopes: Scope[]) => (await keys.create({ account: 'acme', scopes, name: 'test' })).key;
  [key, reader] = await Promise.all([make(['send', 'read']), make(['read'])]);
  for (const account of ['acme', 'other']) {
    await ask(undefined, 'PUT', `/v1/templates/hello?account=${account}`);
    await ask(undefined, 'PUT', `/v1/suppressions/a@example.com?account=${account}`);
  }
});
afterAll(() => world.close());
// One of the routes takes it off the list.
const putBack = () => ask(undefined, 'PUT', '/v1/suppressions/a@example.com?account=acme');
beforeEach(putBack);

const BODIES: Record<string, [string, string]> = {
  'PUT templates': ['application/json', JSON.stringify({ subject: 'Hi', text: 'Hi' })],
  'POST templates': ['application/json', '{}'],
  'PUT suppressions': ['application/json', '{}'],
  'POST suppressions': ['text/csv', 'email\nb@example.com\n'],
};

/** Asks with a key of the account, or with that of the deployment. */
function ask(bearer: string | undefined, method: string, path: string): Promise<Response> {
  const [type, body] = BODIES[`${method} ${path.split(/[/?]/)[2]}`] ?? [];
  return world.ask(path, {
    method,
    headers: {
      ...(type !== undefined && { 'content-type': type }),
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
    },
    ...(body !== undefined && { body }),
  });
}

const ROUTES: [string, string][] = [
  ['GET', '/v1/templates'],
  ['GET', '/v1/templates/hello'],
  ['GET', '/v1/templates/hello/versions/1'],
  ['PUT', '/v1/templates/hello'],
  ['POST', '/v1/templates/hello/preview'],
  ['GET', '/v1/suppressions'],
  ['GET', '/v1/suppressions/export'],
  ['POST', '/v1/suppressions/import'],
  ['GET', '/v1/suppressions/a@example.com'],
  ['PUT', '/v1/suppressions/a@example.com'],
  ['DELETE', '/v1/suppressions/a@example.com'],
];

it.each(ROUTES)('%s %s is its own, and 404 for another account', async (method, path) => {
  for (const own of ['', '?account=acme']) {
    expect((await ask(key, method, path + own)).ok).toBe(true);
    await putBack();
  }
  for (const account of ['other', 'default', 'nobody'])
    expect((await ask(key, method, `${path}?account=${account}`)).status).toBe(404);
  expect((await ask(undefined, 'GET', '/v1/suppressions/a@example.com?account=other')).status).toBe(200);
});

it.each(ROUTES)('%s %s needs a scope beyond reading where it changes something', async (method, path) => {
  expect((await ask(reader, method, path)).status).toBe(method === 'GET' ? 200 : 403);
});
