/** Keys, sessions and sign-in links as values: who passes, and for how long. */
import { describe, expect, it } from 'vitest';
import { type Keys, openKeys, SESSION_SECONDS } from '../../src/api/keys.ts';

const KEYS = ['first-key-0123456789', 'second-key-0123456789'];
const SECRETS = ['new-secret-0123456789', 'old-secret-0123456789'];
/** As the API asks: a session of ours, whose key is still there. */
const isSession = (keys: Keys, cookie: string, nowMs: number): boolean => {
  const name = keys.readSession(cookie, nowMs);
  return name !== undefined && keys.has(name);
};
const NOW = Date.parse('2026-03-01T00:00:00Z');

describe('keys', () => {
  it.each([
    ['first-key-0123456789', true],
    ['second-key-0123456789', true],
    ['first-key-012345678', false],
    ['FIRST-KEY-0123456789', false],
    ['', false],
    ['x'.repeat(100_000), false],
  ])('%.30s passes: %s', (candidate, passes) => {
    expect(openKeys(KEYS, SECRETS).find(candidate) !== undefined).toBe(passes);
  });

  it('tell whether there is any', () => {
    expect(openKeys([], SECRETS).any).toBe(false);
    expect(openKeys(KEYS, []).any).toBe(true);
  });
});

describe('a session', () => {
  const keys = openKeys(KEYS, SECRETS);
  const cookie = keys.openSession(keys.find(KEYS[1]!)!, NOW);

  it('holds for seven days and no longer', () => {
    expect(isSession(keys, cookie, NOW)).toBe(true);
    expect(isSession(keys, cookie, NOW + SESSION_SECONDS * 1000 - 1)).toBe(true);
    expect(isSession(keys, cookie, NOW + SESSION_SECONDS * 1000)).toBe(false);
  });

  it('outlives a new secret as long as the old one is still listed', () => {
    expect(isSession(openKeys(KEYS, ['newest-secret-0123456789', ...SECRETS]), cookie, NOW)).toBe(true);
    expect(isSession(openKeys(KEYS, ['newest-secret-0123456789']), cookie, NOW)).toBe(false);
  });

  it('ends with the key that opened it', () => {
    expect(isSession(openKeys([KEYS[0]!], SECRETS), cookie, NOW)).toBe(false);
  });

  it('does not contain the key', () => {
    expect(cookie).not.toContain(KEYS[1]);
  });

  it.each([
    '',
    '.',
    '..',
    'a.b.c',
    `${cookie}x`,
    `${cookie}.x`,
    cookie.replace(/^[^.]*/, 'other'),
    cookie.replace(/\.\d+\./, '.99999999999.'),
    cookie.replace(/\.\d+\./, '.NaN.'),
  ])('is not %s', (forged) => {
    expect(isSession(keys, forged, NOW)).toBe(false);
  });

  it('cannot be signed by another process when there is no secret', () => {
    const mine = openKeys(KEYS, []);
    const unsigned = mine.openSession(mine.find(KEYS[0]!)!, NOW);
    expect(isSession(mine, unsigned, NOW)).toBe(true);
    expect(isSession(openKeys(KEYS, []), unsigned, NOW)).toBe(false);
  });
});

describe('a sign-in link', () => {
  it('works once', () => {
    const keys = openKeys(KEYS, SECRETS);
    const token = keys.issueLink(NOW);
    const cookie = keys.redeemLink(token, NOW + 1000);
    expect(cookie !== undefined && isSession(keys, cookie, NOW)).toBe(true);
    expect(keys.redeemLink(token, NOW + 1001)).toBeUndefined();
  });

  it('expires after an hour', () => {
    const keys = openKeys(KEYS, SECRETS);
    expect(keys.redeemLink(keys.issueLink(NOW), NOW + 3_600_000)).toBeUndefined();
  });

  it('is not guessed', () => {
    const keys = openKeys(KEYS, SECRETS);
    keys.issueLink(NOW);
    expect(keys.redeemLink('guess', NOW)).toBeUndefined();
  });

  it('makes way for newer ones when a hundred wait', () => {
    const keys = openKeys(KEYS, SECRETS);
    const tokens = Array.from({ length: 101 }, () => keys.issueLink(NOW));
    expect(keys.redeemLink(tokens[0]!, NOW)).toBeUndefined();
    expect(keys.redeemLink(tokens[1]!, NOW)).toBeDefined();
  });
});
