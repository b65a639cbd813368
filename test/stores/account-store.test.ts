/** The contract of accounts: `default` is always there, limits come back as they were saved, and are never guessed. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Account,
  type AccountStore,
  isLimited,
  openAccountStore,
} from '../../src/stores/account-store.ts';
import { newTables, openTestAws } from '../environment/deployment.ts';

const aws = openTestAws();
let tables: Awaited<ReturnType<typeof newTables>>;
let store: AccountStore;
let nowMs = 0;
const sends = { bucket: 'sends', creditsPerDay: 300, creditsPerHour: 12, timeZone: 'Europe/Berlin' };
const open = (over: object = {}): AccountStore =>
  openAccountStore(aws.dynamodb, { tables, sends: { ...sends, ...over } }, { now: () => nowMs });

beforeAll(async () => {
  tables = await newTables(aws);
  store = open();
});
afterAll(() => aws.close());

const shop: Account = {
  account: 'shop',
  limits: {
    perDay: 1000,
    perHour: 50,
    reserve: 100,
    ageing: 10,
    windows: [{ from: '08:00', to: '18:00', perHour: 80 }],
    ramp: [{ day: '2026-05-01', perDay: 50 }],
  },
  timeZone: 'America/New_York',
  flushAt: '22:45',
  paused: true,
  fromDomains: ['shop.example'],
};

describe('an account', () => {
  it('comes back as it was saved', async () => {
    await store.save(shop);
    expect(await store.find('shop')).toEqual(shop);
  });

  it.each(['nobody', '', '@example.com'])('that nobody made is not there: %j', async (name) => {
    expect(await open().find(name === '' ? 'x' : name)).toBeUndefined();
  });

  it('called default has the limits of the configuration until it is saved', async () => {
    expect(await store.find('default')).toEqual({
      account: 'default',
      limits: { perDay: 300, perHour: 12 },
      timeZone: 'Europe/Berlin',
      flushAt: '23:30',
      paused: false,
    });
    const mine = { account: 'default', limits: {}, timeZone: 'UTC', flushAt: '23:00', paused: false };
    await store.save(mine);
    expect(await store.find('default')).toEqual(mine);
  });

  it('changed elsewhere is seen after five seconds, or when it is asked for as it is now', async () => {
    const elsewhere = open();
    await store.save({ ...shop, account: 'moving' });
    await elsewhere.find('moving');
    await store.save({ ...shop, account: 'moving', limits: { perDay: 1 } });
    expect((await elsewhere.find('moving'))?.limits).toEqual(shop.limits);
    expect((await elsewhere.findNow('moving'))?.limits).toEqual({ perDay: 1 });
    await store.save({ ...shop, account: 'moving', limits: { perDay: 2 } });
    nowMs += 5_000;
    expect((await elsewhere.find('moving'))?.limits).toEqual({ perDay: 2 });
  });

  it.each([
    ['limits that are no JSON', { limits: { S: 'many' } }, 'limits'],
    ['a limit of another name', { limits: { S: '{"perWeek":7}' } }, 'limits'],
    ['a limit below one', { limits: { S: '{"perDay":0}' } }, 'limits.perDay'],
    ['a zone that is none', { time_zone: { S: 'Mars/Base' } }, 'time_zone'],
    ['limits of another type', { limits: { N: '7' } }, 'limits'],
    ['paused as a text', { paused: { S: 'true' } }, 'paused'],
    ['a flush at noon', { flush_at: { S: 'noon' } }, 'flush_at'],
    ['domains as a list', { from_domains: { L: [] } }, 'from_domains'],
  ])('with %s is an error and not an account without limits', async (_, item, where) => {
    const account = `bad-${where}`;
    await aws.dynamodb.send(
      new PutItemCommand({ TableName: tables.accounts, Item: { account: { S: account }, ...item } }),
    );
    await expect(open().find(account)).rejects.toThrow(
      `The row of account ${account} is not usable: ${where}`,
    );
  });
});

it('a domain belongs to default until it is given away', async () => {
  expect(await store.ofDomain('news.example')).toBe('default');
  await store.giveDomain('news.example', 'shop');
  expect(await store.ofDomain('news.example')).toBe('shop');
  expect(await store.list()).not.toContain('@news.example');
});

it('the list has default even where nobody saved it, and no domains', async () => {
  const empty = openAccountStore(aws.dynamodb, { tables: await newTables(aws), sends });
  await empty.giveDomain('a.example', 'b');
  expect(await empty.list()).toEqual(['default']);
});

it('a missing table is an error that says what to do', async () => {
  const without = openAccountStore(aws.dynamodb, { tables: { ...tables, accounts: 'no-such-table' }, sends });
  await expect(without.find('default')).rejects.toThrow('everpost setup');
});

it.each([
  [{}, false],
  [{ reserve: 5, ageing: 1 }, false],
  [{ perDay: 1 }, true],
  [{ perHour: 1 }, true],
  [{ provider: 1 }, true],
  [{ windows: [] }, false],
  [{ windows: [{ from: '08:00', to: '09:00' }] }, true],
  [{ ramp: [{ day: '2026-01-01', perDay: 1 }] }, true],
])('limits %j make somebody wait: %s', (limits, expected) => {
  expect(isLimited(limits)).toBe(expected);
});
