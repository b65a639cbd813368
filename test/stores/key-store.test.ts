/** The contract of API keys: told once, found while they hold, never stored, never another account's. */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeyStore, openKeyStore } from '../../src/stores/key-store.ts';
import { newTables, openTestAws, operationsOf } from '../environment/deployment.ts';

const aws = openTestAws();
const operations = operationsOf(aws.dynamodb);
let table: string;
let store: KeyStore;
let nowMs = Date.parse('2026-05-04T12:00:00.000Z');
const open = (): KeyStore => openKeyStore(aws.dynamodb, table, { now: () => nowMs });

beforeAll(async () => {
  table = (await newTables(aws)).keys;
  store = open();
});
afterAll(() => aws.close());

describe('a key', () => {
  it('is told once, found by what it is, and stored as a digest only', async () => {
    const { key, ...record } = await store.create({ account: 'shop', scopes: ['send', 'read'], name: 'web' });
    expect(record).toMatchObject({ account: 'shop', scopes: ['send', 'read'], name: 'web' });
    expect(await store.find(key)).toEqual(record);
    expect(await store.findByHash(record.hash)).toEqual(record);
    const { Items } = await aws.dynamodb.send(new ScanCommand({ TableName: table }));
    expect(JSON.stringify(Items)).not.toContain(key);
  });

  it.each(['', 'ep_nothing', 'x'.repeat(10_000)])('that is none of ours is not found: %.20s', async (key) => {
    expect(await store.find(key)).toBeUndefined();
  });

  it('is looked up once in five seconds, found or not', async () => {
    const { key } = await store.create({ account: 'shop', scopes: ['read'], name: 'often' });
    operations.length = 0;
    await Promise.all([
      store.find(key),
      store.find(key),
      store.find('ep_stranger'),
      store.find('ep_stranger'),
    ]);
    await store.find(key);
    expect(operations).toHaveLength(2);
    nowMs += 5_000;
    await store.find(key);
    expect(operations).toHaveLength(3);
  });

  it('that was revoked is not found here at once, elsewhere after five seconds', async () => {
    const elsewhere = open();
    const { key, hash } = await store.create({ account: 'shop', scopes: ['read'], name: 'old' });
    await elsewhere.find(key);
    expect(await store.revoke(hash)).toMatchObject({ hash, revokedAt: new Date(nowMs).toISOString() });
    expect(await store.find(key)).toBeUndefined();
    expect(await elsewhere.find(key)).toBeDefined();
    nowMs += 5_000;
    expect(await elsewhere.find(key)).toBeUndefined();
    expect(await store.findByHash(hash)).toBeUndefined();
  });

  it('keeps the instant of its first revocation', async () => {
    const { hash } = await store.create({ account: 'shop', scopes: ['read'], name: 'twice' });
    const first = await store.revoke(hash);
    nowMs += 1_000;
    expect(await store.revoke(hash)).toEqual(first);
  });

  it('is revoked by its own account only', async () => {
    const { key, hash } = await store.create({ account: 'shop', scopes: ['read'], name: 'mine' });
    expect(await store.revoke(hash, 'news')).toBeUndefined();
    expect(await store.find(key)).toBeDefined();
    expect(await store.revoke(hash, 'shop')).toBeDefined();
    expect(await store.revoke('0'.repeat(64))).toBeUndefined();
  });
});

it('lists the keys of one account, or of all, oldest first', async () => {
  const names: string[] = [];
  for (const name of ['one', 'two']) {
    nowMs += 1_000;
    await store.create({ account: 'list', scopes: ['admin'], name });
    names.push(name);
  }
  expect((await store.list('list')).map(({ name }) => name)).toEqual(names);
  expect((await store.list()).length).toBeGreaterThan(2);
  expect(await store.list('nobody')).toEqual([]);
});

it('finds nothing where there is no table yet', async () => {
  expect(await openKeyStore(aws.dynamodb, 'no-such-table').find('ep_x')).toBeUndefined();
});
