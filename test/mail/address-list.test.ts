/** Address fields as people and programs write them, right and wrong. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddressList } from '../../src/mail/address-list.ts';

const found = (value: string): string[] =>
  parseAddressList(value).map(({ name, address }) => `${name}|${address}`);

describe('an address field', () => {
  it.each([
    ['a@example.com', ['|a@example.com']],
    ['<a@example.com>', ['|a@example.com']],
    ['Alice Doe <a@example.com>', ['Alice Doe|a@example.com']],
    ['"Doe, Alice" <a@example.com>, b@example.com', ['Doe, Alice|a@example.com', '|b@example.com']],
    ['"say \\"hi\\"" <a@example.com>', ['say "hi"|a@example.com']],
    ['a@example.com (Alice (the one))', ['Alice (the one)|a@example.com']],
    ['Alice (work) <a@example.com>', ['Alice|a@example.com']],
    ['Jo X. Doe <a@example.com>', ['Jo X. Doe|a@example.com']],
    ['john . doe @ example . com', ['|john.doe@example.com']],
    ['john(c).doe@example.com', ['c|john.doe@example.com']],
    ['"a@evil.example b"@example.com', ['|"a@evil.example b"@example.com']],
    ['"boss@example.org" <a@evil.example>', ['boss@example.org|a@evil.example']],
    ['boss@example.org <a@evil.example>', ['boss@example.org|a@evil.example']],
    ['=?utf-8?q?a,b@example.org?= <a@example.com>', ['=?utf-8?q?a,b@example.org?=|a@example.com']],
    ['undisclosed-recipients:;', []],
    [
      'A group: a@example.com, B <b@example.com>;, c@example.com',
      ['|a@example.com', 'B|b@example.com', '|c@example.com'],
    ],
    ['<@relay.example,@two.example:a@example.com>', ['|a@example.com']],
    ['<mailto:a@example.com>', ['|a@example.com']],
    ['a@[IPv6:2001:db8::1]', ['|a@[IPv6:2001:db8::1]']],
    ['[List: x] Alice <a@example.com>', ['[List: x] Alice|a@example.com']],
    ['Jörg <jörg@example.com>', ['Jörg|jörg@example.com']],
    [',, a@example.com,,', ['|a@example.com']],
    ['', []],
    ['<>', []],
    ['Alice', []],
  ])('%s', (value, expected) => {
    expect(found(value)).toEqual(expected);
  });

  it.each([
    ['a comma is missing', 'a@example.com b@example.com', ['|a@example.com', '|b@example.com']],
    ['two angles stand together', '<a@example.com> <b@example.com>', ['|a@example.com', '|b@example.com']],
    ['an angle is not closed', 'A <a@example.com, b@example.com', ['A|a@example.com', '|b@example.com']],
    ['a quote is not closed', '"Alice <a@example.com>', ['Alice|a@example.com']],
    ['a comment is not closed', '(Alice <a@example.com>', ['Alice|a@example.com']],
    ['a space is inside an address', '<a b@example.com>', ['|a b@example.com']],
    ['a NUL is inside', 'A\u0000lice <a@example.com>', ['A lice|a@example.com']],
  ])('is read as well as it can be where %s', (_what, value, expected) => {
    expect(found(value)).toEqual(expected);
  });

  it('of any text has no addresses without an @, and is read without a throw', () => {
    const piece = fc.constantFrom(
      'a',
      '@',
      '"',
      '(',
      ')',
      '<',
      '>',
      ',',
      ':',
      ';',
      '\\',
      '[',
      ']',
      '.',
      ' ',
      '=?',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece).map((all) => all.join('')),
        ),
        (value) => {
          for (const { address } of parseAddressList(value)) expect(address).toContain('@');
        },
      ),
    );
  });

  it.each(['(', '"', '<', 'a@', '=?a?q?', '\\"(', 'a,', '[a.', ':', '<a,'])(
    'of a megabyte of %s is read in linear time',
    (piece) => {
      const timeOf = (length: number): number => {
        const value = piece.repeat(length / piece.length);
        const start = performance.now();
        parseAddressList(value);
        return performance.now() - start;
      };
      timeOf(10_000);
      // Quadratic reading takes minutes here; a busy machine does not.
      expect(timeOf(1_000_000)).toBeLessThan(5_000);
    },
  );
});
