/** Blocked patterns: what they meet, what they never meet, and that no pattern is slow. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockedBy, wildcardMatches } from '../../src/mail/blocklist.ts';

describe('a pattern', () => {
  it.each([
    ['spam@bad.example', 'spam@bad.example', true],
    ['spam@bad.example', 'SPAM@Bad.Example', true],
    ['SPAM@*.example', 'spam@bad.example', true],
    ['spam@bad.example', 'spam@bad.example.org', false],
    ['spam@*.example.com', 'spam@a.b.example.com', true],
    ['spam@*.com', 'spam@.com', true],
    ['spam@*.com', 'spam@com', false],
    ['*@bad.example', 'anyone@bad.example', true],
    ['*@bad.example', 'anyone@notbad.example', false],
    ['*bad*', 'not-so-bad@good.example', true],
    ['*', 'anyone@good.example', true],
    ['**', 'a', true],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*bc*c', 'abcc', true],
    ['a*bc*c', 'abc', false],
    ['a*ab*b', 'aaabbb', true],
    ['*aab*', 'aaab', true],
    ['*aba*bab*', 'ababab', true],
    ['*abab*bb*', 'ababab', false],
    ['a.c@x.example', 'abc@x.example', false],
    ['[a-z]+@x.example', 'abc@x.example', false],
    ['a?c@x.example', 'abc@x.example', false],
  ])('%s and %s: %s', (pattern, text, meets) => expect(wildcardMatches(pattern, text)).toBe(meets));

  it('meets exactly what the same regular expression does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 12 });
    const texts = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 16 });
    fc.assert(
      fc.property(letters, texts, (pattern, text) => {
        const regular = new RegExp(`^${pattern.replace(/\*+/g, '[ab]*')}$`);
        expect(wildcardMatches(pattern, text)).toBe(regular.test(text));
      }),
      { numRuns: 1000 },
    );
  });

  // Quadratic time would be minutes, and the test would time out.
  it.each([
    ['many stars', '*a*a*a*a*a*a*a*a*b', 'a'.repeat(200_000), false],
    ['a piece that almost fits everywhere', `*${'a'.repeat(50_000)}b*`, 'a'.repeat(200_000), false],
    ['as many stars as letters', '*a'.repeat(50_000), 'a'.repeat(49_999), false],
    ['only stars', '*'.repeat(100_000), 'a'.repeat(100_000), true],
  ])('stays linear with %s', (_what, pattern, text, meets) => {
    expect(wildcardMatches(pattern, text)).toBe(meets);
  });
});

describe('a sender is blocked', () => {
  const patterns = [
    { rule: 'alice@example.com', pattern: '*@bad.example' },
    { rule: '@example.com', pattern: 'spam@*' },
  ];

  it.each([
    [
      'by envelope sender',
      'x@bad.example',
      [],
      { sender: 'x@bad.example', pattern: '*@bad.example', rule: 'alice@example.com' },
    ],
    [
      'by From',
      'x@good.example',
      ['Spam@good.example'],
      { sender: 'Spam@good.example', pattern: 'spam@*', rule: '@example.com' },
    ],
    [
      'behind a BATV tag',
      'prvs=1234567890=spam@good.example',
      [],
      { sender: 'spam@good.example', pattern: 'spam@*', rule: '@example.com' },
    ],
    [
      'behind a forwarder',
      'SRS0=HHHH=TT=bad.example=x@fwd.example',
      [],
      { sender: 'x@bad.example', pattern: '*@bad.example', rule: 'alice@example.com' },
    ],
  ])('%s', (_how, sender, from, expected) => expect(blockedBy({ sender, from, patterns })).toEqual(expected));

  it('by a pattern with spaces around it', () => {
    const spaced = [{ rule: 'alice@example.com', pattern: ' *@bad.example ' }];
    expect(blockedBy({ sender: 'x@bad.example', from: [], patterns: spaced })).toBeDefined();
  });
});

describe('a sender is not blocked', () => {
  it.each([
    ['where no pattern meets', 'x@good.example', ['y@good.example'], '*@bad.example'],
    ['for the null sender, whatever its From says', '', ['x@bad.example'], '*@bad.example'],
    ['for the null sender, even by a lone star', '', [], '*'],
    ['by an empty pattern', 'x@good.example', [''], ''],
  ])('%s', (_why, sender, from, pattern) => {
    expect(blockedBy({ sender, from, patterns: [{ rule: 'alice@example.com', pattern }] })).toBeUndefined();
  });
});
