/** The bucket of tokens of a key, as a table of requests and instants. */
import { describe, expect, it } from 'vitest';
import { openRateLimit } from '../../src/api/rate-limit.ts';

const rate = { perSecond: 2, burst: 3 };

describe('a key', () => {
  it.each<[string, number[], number[]]>([
    ['has a burst', [0, 0, 0, 0], [0, 0, 0, 1]],
    ['gets tokens as time passes', [0, 0, 0, 499, 500, 1_000], [0, 0, 0, 1, 0, 0]],
    ['never has more than a burst', [0, 60_000, 60_000, 60_000, 60_000], [0, 0, 0, 0, 1]],
    ['is not punished for asking in vain', [0, 0, 0, 0, 0, 0, 500], [0, 0, 0, 1, 1, 1, 0]],
    ['is safe from a clock that goes back', [1_000, 1_000, 1_000, 0, 0], [0, 0, 0, 1, 1]],
  ])('%s', (_, instants, expected) => {
    const take = openRateLimit(rate);
    expect(instants.map((nowMs) => take('key', nowMs))).toEqual(expected);
  });

  it('waits for minutes where tokens are rare', () => {
    const take = openRateLimit({ perSecond: 0.01, burst: 1 });
    take('key', 0);
    expect(take('key', 0)).toBe(100);
  });

  it('has a bucket of its own', () => {
    const take = openRateLimit(rate);
    for (let at = 0; at < 4; at += 1) take('key', 0);
    expect(take('other', 0)).toBe(0);
  });
});
