/** The contract of away replies: one a sender and interval, whatever comes at once (rules 39, 45). */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AutoReplyStore, openAutoReplyStore } from '../../src/stores/auto-reply-store.ts';
import { newTables, openTestAws } from '../environment/deployment.ts';

const aws = openTestAws();
let store: AutoReplyStore;

beforeAll(async () => {
  store = openAutoReplyStore(aws.dynamodb, (await newTables(aws)).autoreplies);
});
afterAll(() => aws.close());

const NOW = new Date('2026-05-04T12:00:00.000Z');
const daysLater = (days: number): Date => new Date(NOW.getTime() + days * 86_400_000);
const claim = (token: string, days = 0) => ({ token, now: daysLater(days), intervalDays: 7 });

describe('a pair', () => {
  it('is claimed by one of 20 mails that come at once', async () => {
    const pair = randomUUID();
    const claims = Array.from({ length: 20 }, (_, index) => store.claim(pair, claim(`mail-${index}`)));
    expect((await Promise.all(claims)).filter(Boolean)).toEqual([true]);
  });

  it('is granted again to later attempts of the mail that holds it', async () => {
    const pair = randomUUID();
    expect(await store.claim(pair, claim('mail-1'))).toBe(true);
    expect(await store.claim(pair, claim('mail-1'))).toBe(true);
  });

  it.each([
    [6.99, false],
    [7, true],
    [30, true],
  ])('claimed for 7 days answers another mail %d days later with %s', async (days, granted) => {
    const pair = randomUUID();
    await store.claim(pair, claim('mail-1'));
    await store.confirm(pair, claim('mail-1'));
    expect(await store.claim(pair, claim('mail-2', days))).toBe(granted);
  });

  it('is free again when its reply was given up', async () => {
    const pair = randomUUID();
    await store.claim(pair, claim('mail-1'));
    await store.release(pair, { token: 'mail-1' });
    expect(await store.claim(pair, claim('mail-2'))).toBe(true);
  });

  it('is released neither by a stranger nor after its reply went out', async () => {
    const pair = randomUUID();
    await store.claim(pair, claim('mail-1'));
    await store.release(pair, { token: 'mail-2' });
    await store.confirm(pair, claim('mail-2'));
    await store.confirm(pair, claim('mail-1'));
    await store.release(pair, { token: 'mail-1' });
    expect(await store.claim(pair, claim('mail-3'))).toBe(false);
  });
});
