/** Header fields that Everpost writes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddressList } from '../../src/mail/address-list.ts';
import { decodeWords } from '../../src/mail/encoded-word.ts';
import { readHeaderBlock } from '../../src/mail/header.ts';
import { formatField } from '../../src/mail/header-field.ts';

const decode = (charset: string, bytes: Uint8Array): string => new TextDecoder(charset).decode(bytes);

describe('a header field', () => {
  it.each([
    ['Subject', 'Lunch', 'Subject: Lunch\r\n'],
    ['Subject', '  Lunch\t ', 'Subject: Lunch\r\n'],
    ['Subject', '', 'Subject:\r\n'],
    ['Subject', 'a\r\n\r\nb', 'Subject: a b\r\n'],
    ['Sub ject:', 'a', 'Subject: a\r\n'],
    ['Subject', 'Grüße', 'Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n'],
    ['Subject', 'Re: Grüße an alle', 'Subject: Re: =?utf-8?B?R3LDvMOfZQ==?= an alle\r\n'],
    ['Subject', 'ä b ö', 'Subject: =?utf-8?B?w6QgYiDDtg==?=\r\n'],
    ['Subject', '=?utf-8?Q?=C3=A4?= plain', 'Subject: =?utf-8?Q?=C3=A4?= plain\r\n'],
    ['From', '"Doe, Jo" <jo@example.com>', 'From: "Doe, Jo" <jo@example.com>\r\n'],
    ['From', '"Döe, Jo" <jo@example.com>', 'From: =?utf-8?B?RMO2ZSwgSm8=?= <jo@example.com>\r\n'],
    ['From', 'Jo <jö@example.com>', 'From: Jo <jö@example.com>\r\n'],
    [
      'To',
      '"A, B" <a@example.com>, ö <b@example.com>',
      'To: "A, B" <a@example.com>, =?utf-8?B?w7Y=?= <b@example.com>\r\n',
    ],
    ['From', 'nobody ö', 'From: nobody =?utf-8?B?w7Y=?=\r\n'],
    ['X-Text', 'lone \ud800 surrogate', 'X-Text: lone =?utf-8?B?77+9?= surrogate\r\n'],
  ])('%s with %j', (name, value, expected) => {
    expect(formatField(name, value)).toBe(expected);
  });

  it('without a usable name is nothing', () => {
    expect(formatField(' \r\nü:', 'value')).toBe('');
  });

  it('keeps to the line limits and gives its text back, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.lorem({ maxCount: 60 }),
        fc.string({ unit: 'grapheme', maxLength: 80 }),
        (words, odd) => {
          const field = formatField('Subject', `${words} ${odd}`);
          for (const line of field.split('\r\n')) {
            expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(998);
            if (line.trim().includes(' ')) expect(line.length).toBeLessThanOrEqual(76 + 9);
          }
          const stored = readHeaderBlock(new TextEncoder().encode(`${field}\r\n`)).fields[0];
          const clean = `${words} ${odd}`.replace(/[\u0000-\u0008\u000a-\u001f\u007f]+/g, ' ').trim();
          if (!odd.includes('=?')) expect(decodeWords(stored?.value ?? '', decode)).toBe(clean);
        },
      ),
    );
  });

  it.each([
    ['a megabyte without a space', 'x'.repeat(1_000_000)],
    ['a megabyte of spaces', `a${' '.repeat(1_000_000)}b`],
    ['a long word beyond ASCII', 'ü'.repeat(10_000)],
    ['a long address beyond ASCII', `${'ü'.repeat(5_000)}@example.com`],
  ])('with %s has no line above 998 octets and none of spaces only', (_what, value) => {
    for (const name of ['Subject', 'From']) {
      const lines = formatField(name, value).split('\r\n').slice(0, -1);
      expect(Math.max(...lines.map((line) => new TextEncoder().encode(line).length))).toBeLessThanOrEqual(
        998,
      );
      expect(lines.filter((line) => line.trim() === '')).toEqual([]);
    }
  });

  it('of a mailbox keeps name and address, whatever the name', () => {
    const nameText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(nameText, (text) => {
        const plain = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
        fc.pre(plain !== '' && !/=\?|[ \t]{2}/.test(plain));
        const quoted = `"${plain.replace(/["\\]/g, '\\$&')}" <jo@example.com>`;
        const field = readHeaderBlock(new TextEncoder().encode(`${formatField('From', quoted)}\r\n`))
          .fields[0];
        const [mailbox] = parseAddressList(field?.value ?? '');
        expect(mailbox?.address).toBe('jo@example.com');
        expect(decodeWords(mailbox?.name ?? '', decode)).toBe(plain);
      }),
    );
  });
});
