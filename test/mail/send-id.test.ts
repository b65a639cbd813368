/** Sends are known by account and key, requests by what they say and not by how they are written. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sendId } from '../../src/mail/send-id.ts';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const id = (account: string, key: string, deployment = 'everpost'): string =>
  sendId(deployment, account, key, digest);

describe('the id of a send', () => {
  it('is the same for the same account and key', () => {
    expect(id('shop', 'order-7')).toBe(id('shop', 'order-7'));
    expect(id('shop', 'order-7')).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([
    ['another account', ['shop', 'order-7'], ['news', 'order-7']],
    ['another key', ['shop', 'order-7'], ['shop', 'order-8']],
    ['another deployment', ['shop', 'order-7'], ['shop', 'order-7', 'staging']],
    ['a boundary elsewhere', ['shop', '\nkey'], ['shop\n', 'key']],
    ['upper and lower case', ['shop', 'Key'], ['shop', 'key']],
  ] as [string, [string, string], [string, string, string?]][])('is another for %s', (_, one, other) => {
    expect(id(...one)).not.toBe(id(...other));
  });
});

describe('canonical JSON', () => {
  it.each([
    [{ b: 1, a: { d: 2, c: [3] } }, '{"a":{"c":[3],"d":2},"b":1}'],
    [[{ b: 1, a: 2 }, 1, null, 'x'], '[{"a":2,"b":1},1,null,"x"]'],
    [{ a: undefined, b: 1 }, '{"b":1}'],
    [{ a: [2, 1] }, '{"a":[2,1]}'],
  ])('of %j is %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });
});
