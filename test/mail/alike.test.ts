/** The counter of mails alike: what came in the last minute, as a table of instants. */
import { describe, expect, it } from 'vitest';
import { openAlikeCounter } from '../../src/mail/alike.ts';

const S = 1_000;

describe('the counter', () => {
  it.each<[string, number[], number]>([
    ['the first', [0], 1],
    ['three at once', [0, 0, 0], 3],
    ['one a minute', [0, 61 * S, 122 * S], 1],
    ['ten, and one after half of the next minute', [...Array<number>(10).fill(0), 90 * S], 6],
    ['ten, and one after a long pause', [...Array<number>(10).fill(0), 600 * S], 1],
    ['a clock that goes back', [60 * S, 0], 2],
  ])('tells of %s', (_, instants, expected) => {
    const count = openAlikeCounter();
    expect(instants.map((atMs) => count('kind', atMs)).at(-1)).toBe(expected);
  });

  it('tells kinds apart and remembers no more than ten thousand', () => {
    const count = openAlikeCounter();
    count('first', 0);
    for (let at = 0; at < 10_000; at += 1) expect(count(`kind ${at}`, 0)).toBe(1);
    expect(count('kind 9999', 0)).toBe(2);
    expect(count('first', 0)).toBe(1);
  });
});
