/** Quoted-printable text, and the way back as RFC 2045 §6.7 tells it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quotedPrintable } from '../../src/mail/quoted-printable.ts';

function decoded(text: string): string {
  const joined = text.replaceAll('=\r\n', '');
  const bytes = joined.replace(/=([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
  return utf8.decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
}

describe('quoted-printable', () => {
  it.each([
    ['', ''],
    ['plain text', 'plain text'],
    ['a = b', 'a =3D b'],
    ['ü', '=C3=BC'],
    ['blank at the end ', 'blank at the end=20'],
    ['tab at the end\t', 'tab at the end=09'],
    ['one\ntwo\rthree\r\nfour', 'one\r\ntwo\r\nthree\r\nfour'],
    ['x'.repeat(75), 'x'.repeat(75)],
    ['x'.repeat(77), `${'x'.repeat(75)}=\r\nxx`],
    [`${'x'.repeat(74)}ü`, `${'x'.repeat(74)}=\r\n=C3=BC`],
    ['\u0000', '=00'],
  ])('of %j', (text, expected) => expect(quotedPrintable(text)).toBe(expected));

  it('gives the text back, in lines of at most 76 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        const encoded = quotedPrintable(text);
        for (const line of encoded.split('\r\n')) expect(line).toMatch(/^[\x20-\x7e\t]{0,76}$/);
        const lines = text.toWellFormed().replace(/\r\n|\r|\n/g, '\r\n');
        expect(decoded(encoded)).toBe(lines);
      }),
    );
  });
});
