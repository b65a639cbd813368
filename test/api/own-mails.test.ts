/** Inbound mails belong to the account of their domain: for every other key they are not there, on any route. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAccountStore } from '../../src/stores/account-store.ts';
import { openKeyStore, SCOPES } from '../../src/stores/key-store.ts';
import { type ApiWorld, eventually, openApiWorld } from './api-world.ts';

let world: ApiWorld;
let id: string;
const keys: Record<string, string> = {};
const as = (name: string): RequestInit => ({ headers: { authorization: `Bearer ${keys[name]}` } });
const idsFor = async (init: RequestInit, query = ''): Promise<string[]> => {
  const answer = await world.ask(`/v1/mails${query}`, init);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { items: { id: string }[] }).items.map((item) => item.id);
};

beforeAll(async () => {
  world = await openApiWorld();
  const { aws, config, domain } = world;
  const accounts = openAccountStore(aws.dynamodb, config);
  await accounts.giveDomain(domain, 'shop');
  const store = openKeyStore(aws.dynamodb, config.tables.keys);
  for (const account of ['shop', 'default', 'news'])
    keys[account] = (await store.create({ account, scopes: SCOPES, name: account })).key;
  id = await world.startMail();
  await eventually(
    () => idsFor({}),
    (ids) => ids.includes(id),
  );
});
afterAll(() => world.close());

describe('a list', () => {
  it('has the mails of the account’s own domains', async () => {
    expect(await idsFor(as('shop'))).toEqual([id]);
    expect(await idsFor({})).toEqual([id]);
  });

  it.each(['news', 'default'])('of the account %s, which has no domain here, is empty', async (account) => {
    expect(await idsFor(as(account))).toEqual([]);
    expect(await idsFor(as(account), `?domain=${world.domain}`)).toEqual([]);
  });
});

describe.each([
  ['GET', ''],
  ['GET', '/mime'],
  ['POST', '/resend'],
  ['POST', '/hold'],
  ['POST', '/release'],
  ['POST', '/cancel'],
])('%s /v1/mails/{id}%s', (method, rest) => {
  it.each(['news', 'default'])(
    'of another’s mail answers the account %s as one that is not there',
    async (account) => {
      const ask = async (which: string) => world.ask(`/v1/mails/${which}${rest}`, { method, ...as(account) });
      const [theirs, none] = [await ask(id), await ask(`mail:${world.domain}:none`)];
      expect([theirs.status, none.status]).toEqual([404, 404]);
      expect(await theirs.json()).toEqual(await none.json());
    },
  );

  it('is not cut off by how the id is written', async () => {
    const written = `${id.replaceAll(':', '%3A')}${rest}`;
    expect((await world.ask(`/v1/mails/${written}`, { method, ...as('news') })).status).toBe(404);
  });
});

it('its own account may hold it', async () => {
  expect((await world.ask(`/v1/mails/${id}/hold`, { method: 'POST', ...as('shop') })).status).toBe(202);
});
