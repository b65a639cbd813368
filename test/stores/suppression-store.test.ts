/** The contract of the suppression list: what is on it stops mail of those it is meant for, until it expires. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Suppression } from '../../src/mail/suppression.ts';
import { openSuppressionStore, type SuppressionStore } from '../../src/stores/suppression-store.ts';
import { newTables, openTestAws, operationsOf, uniqueName } from '../environment/deployment.ts';

const aws = openTestAws();
const operations = operationsOf(aws.dynamodb);
const now = new Date('2026-05-04T12:00:00.000Z');
const soon = '2026-05-05T12:00:00.000Z';
const later = '2026-06-05T12:00:00.000Z';
let store: SuppressionStore;
let table: string;

beforeAll(async () => {
  table = (await newTables(aws)).suppressions;
  store = openSuppressionStore(aws.dynamodb, table);
});
afterAll(() => aws.close());

const entry = (more: Partial<Suppression> = {}): Suppression => ({
  address: `${uniqueName('someone')}@example.com`,
  account: 'default',
  reason: 'manual',
  source: 'a test',
  createdAt: now.toISOString(),
  ...more,
});
const lookUp = (address: string, account = 'default', at = now) =>
  store.lookUp({ addresses: [address], account, now: at }).then((found) => found[address]);

describe('a suppressed address', () => {
  it('is found however it is written', async () => {
    const kept = entry({ address: `${uniqueName('x')}@xn--bcher-kva.example`, expiresAt: soon });
    await store.put([kept]);
    const written = kept.address.toUpperCase().replace('XN--BCHER-KVA', 'Bücher');
    expect(
      await store.lookUp({ addresses: [written, 'other@example.com'], account: 'default', now }),
    ).toEqual({
      [written]: kept,
    });
    expect(await store.get({ address: written, account: 'default', now })).toEqual(kept);
  });

  it('counts until it expires, whether or not DynamoDB has deleted it', async () => {
    const kept = entry({ expiresAt: soon });
    await store.put([kept]);
    expect(await lookUp(kept.address, 'default', new Date(Date.parse(soon) - 1))).toEqual(kept);
    expect(await lookUp(kept.address, 'default', new Date(soon))).toBeUndefined();
    expect(await store.get({ ...kept, now: new Date(soon) })).toBeUndefined();
    const listed = await store.list({ account: 'default', limit: 1_000, now: new Date(soon) });
    expect(listed.items).not.toContainEqual(kept);
  });

  it('is removed once', async () => {
    const kept = entry();
    await store.put([kept]);
    expect(await store.remove(kept)).toBe(true);
    expect(await store.remove(kept)).toBe(false);
    expect(await lookUp(kept.address)).toBeUndefined();
  });

  it('that another program wrote without a reason counts', async () => {
    const address = `${uniqueName('bare')}@example.com`;
    await aws.dynamodb.send(
      new PutItemCommand({ TableName: table, Item: { email_address: { S: address } } }),
    );
    expect(await lookUp(address)).toMatchObject({ reason: 'manual', source: 'unknown', account: 'default' });
  });

  it.each(['', ' ', 'no address', `${'x'.repeat(3_000)}@example.com`])('is never %j', async (address) => {
    expect(await lookUp(address)).toBeUndefined();
  });
});

describe('what a machine learns', () => {
  it.each<[string, Partial<Suppression>, Partial<Suppression>, boolean]>([
    ['does not end what holds for ever', {}, { expiresAt: later }, false],
    ['does not repeat what holds for ever', {}, {}, false],
    ['makes what expires hold for ever', { expiresAt: later }, {}, true],
    ['makes what expires hold longer', { expiresAt: soon }, { expiresAt: later }, true],
    ['does not make it shorter', { expiresAt: later }, { expiresAt: soon }, false],
  ])('%s', async (_, before, learnt, written) => {
    const old = entry({ reason: 'complaint', ...before });
    const next = { ...old, reason: 'hard-bounce' as const, expiresAt: learnt.expiresAt };
    const { expiresAt, ...rest } = next;
    await store.put([old]);
    expect(await store.suppress(expiresAt === undefined ? rest : { ...rest, expiresAt })).toBe(written);
    expect((await lookUp(old.address))?.reason).toBe(written ? 'hard-bounce' : 'complaint');
  });

  it('is written once by ten at once', async () => {
    const learnt = entry({ reason: 'unsubscribe' });
    const written = await Promise.all(Array.from({ length: 10 }, () => store.suppress(learnt)));
    expect(written.filter(Boolean)).toEqual([true]);
  });
});

describe('accounts', () => {
  it('are stopped by their own list and by that of default, and by no other', async () => {
    const theirs = entry({ account: 'acme' });
    const ours = entry();
    await store.put([theirs, ours]);
    expect(await lookUp(theirs.address, 'acme')).toEqual(theirs);
    expect(await lookUp(theirs.address, 'default')).toBeUndefined();
    expect(await lookUp(theirs.address, 'other')).toBeUndefined();
    expect(await lookUp(ours.address, 'acme')).toEqual(ours);
    expect(await store.get({ address: ours.address, account: 'acme', now })).toBeUndefined();
    expect(await store.remove({ address: ours.address, account: 'acme' })).toBe(false);
  });

  it('list their own, page by page, each once', async () => {
    const account = uniqueName('lister');
    const addresses = Array.from({ length: 7 }, (_, index) => `r${index}@example.com`);
    await store.put(addresses.map((address) => entry({ address, account })));
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await store.list({ account, limit: 3, now, ...(after !== undefined && { after }) });
      expect(page.items.length).toBeLessThanOrEqual(3);
      seen.push(...page.items.map(({ address }) => address));
      after = page.next;
    } while (after !== undefined);
    expect(seen.sort()).toEqual(addresses);
  });
});

it('looks 250 addresses up by as many calls as DynamoDB needs', async () => {
  const some = Array.from({ length: 250 }, (_, index) => entry({ address: `many${index}@example.com` }));
  await store.put([...some.slice(0, 200), some[0]!]);
  operations.length = 0;
  const addresses = some.map(({ address }) => address);
  expect(Object.keys(await store.lookUp({ addresses, account: 'default', now }))).toHaveLength(200);
  expect(operations).toEqual(Array.from({ length: 3 }, () => 'BatchGetItemCommand'));
});
