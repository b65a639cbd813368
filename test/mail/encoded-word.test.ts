/** Encoded words, as RFC 2047 §8 shows them and as senders really write them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeWords, encodeWords } from '../../src/mail/encoded-word.ts';

const decode = (charset: string, bytes: Uint8Array): string | undefined =>
  ['utf-8', 'iso-8859-1', 'us-ascii'].includes(charset) ? new TextDecoder(charset).decode(bytes) : undefined;

describe('encoded words', () => {
  it.each([
    ['plain text', 'plain text'],
    ['(=?ISO-8859-1?Q?a?=)', '(a)'],
    ['(=?ISO-8859-1?Q?a?= b)', '(a b)'],
    ['(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)', '(ab)'],
    ['(=?ISO-8859-1?Q?a?=   \t =?UTF-8?Q?b?=)', '(ab)'],
    ['(=?ISO-8859-1?Q?a_b?=)', '(a b)'],
    ['=?UTF-8?B?R3LDvMOfZQ==?=', 'Grüße'],
    ['=?utf-8?q?Gr=C3=BC=C3=9Fe_=E2=82=AC5?=', 'Grüße €5'],
    ['=?UTF-8?B?R3LD?= =?UTF-8?B?vMOfZQ==?=', 'Grüße'],
    ['=?utf-8*de?Q?Gr=C3=BC=C3=9Fe?=', 'Grüße'],
    ['=?utf-8?Q?with spaces?=', 'with spaces'],
    ['=?utf-8?Q?100=?=', '100='],
    ['=?x-unknown?B?YQ==?= b', '=?x-unknown?B?YQ==?= b'],
    ['=?utf-8?X?a?=', '=?utf-8?X?a?='],
    ['=?utf-8?Q?no end', '=?utf-8?Q?no end'],
    ['=?utf-8?Q?a?= =? b', 'a =? b'],
    ['=?utf-8?B??=', ''],
  ])('%s', (value, text) => {
    expect(decodeWords(value, decode)).toBe(text);
  });

  it('give back what was encoded, in words of at most 75 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const words = encodeWords(text);
        for (const word of words) expect(word.length).toBeLessThanOrEqual(75);
        expect(decodeWords(words.join(' '), decode)).toBe(text);
      }),
    );
  });

  it('are looked for in any text without a throw', () => {
    const piece = fc.constantFrom('=?', '?', '?=', 'q', 'b', 'utf-8', '=', '_', ' ', '=4', 'é');
    fc.assert(
      fc.property(
        fc.array(piece).map((all) => all.join('')),
        (value) => {
          expect(typeof decodeWords(value, decode)).toBe('string');
        },
      ),
    );
  });
});
