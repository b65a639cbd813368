/** Edited header blocks: golden mails, and properties over every kind of bytes. */
import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HeaderEdit } from '../../src/mail/delivery.ts';
import { editHeader } from '../../src/mail/edit.ts';
import { fieldsNamed, readHeaderBlock } from '../../src/mail/header.ts';
import { hopField, receivedField } from '../../src/mail/trace.ts';

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** The whole mail as it is sent. */
function edited(mail: Uint8Array, edits: HeaderEdit[]): Uint8Array {
  const block = readHeaderBlock(mail);
  return Buffer.concat([editHeader(mail, block, edits), mail.subarray(block.bodyStart)]);
}

const trace: HeaderEdit[] = [
  receivedField({
    host: 'mail.example.com',
    id: 'abc123',
    recipient: 'alice@example.com',
    date: '2026-08-04T10:00:01Z',
  }),
  hopField({ id: 'mail:example.com:abc123', recipient: 'alice@example.com', sign: () => 'f'.repeat(64) }),
];

const golden: [string, string, HeaderEdit[]][] = [
  ['forward-over-crlf', 'puts trace fields on top and leaves the signature alone', trace],
  ['forward-over-bare-lf', 'adds CRLF lines and keeps bare LF where it was', trace],
  [
    'bounce-with-two-froms',
    'leaves one From, the new one, and keeps the old one beside it',
    [
      { edit: 'replace', name: 'From', value: '"Møller, Ann" <ann@example.net>' },
      { edit: 'prepend', name: 'X-Original-From', value: 'MAILER-DAEMON <mailer-daemon@mx.example.net>' },
      { edit: 'remove', name: 'Content-Language' },
    ],
  ],
  [
    'latin-1-header-and-nul',
    'keeps 8-bit text, NUL and odd spaces beside a changed subject',
    [
      {
        edit: 'replace',
        name: 'subject',
        value: `Auto: Grüße und ${'ein ziemlich langer Text '.repeat(6)}…`,
      },
    ],
  ],
  ['mbox-line', 'adds fields behind the mbox line', trace],
  ['no-header', 'makes the content the body of the added header', trace],
  ['no-empty-line', 'adds fields to a header that nothing follows', trace],
  ['empty-header', 'adds fields before the empty line', trace],
  [
    'forward-over-crlf.removed',
    'removes folded fields wholly',
    [
      { edit: 'remove', name: 'return-path' },
      { edit: 'remove', name: 'DKIM-Signature' },
      { edit: 'replace', name: 'Reply-To', value: 'carol@example.org' },
    ],
  ],
];

describe('an edited mail', () => {
  it.each(golden)('%s: %s', (name, _what, edits) => {
    const file = (kind: string): URL => new URL(`../fixtures/headers/${kind}.eml`, import.meta.url);
    const result = edited(readFileSync(file(name.replace(/\..*/, ''))), edits);
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file(`${name}.edited`), result);
    expect(textOf(result)).toBe(textOf(readFileSync(file(`${name}.edited`))));
  });

  it.each<[string, HeaderEdit[], string]>([
    ['nothing asked', [], 'A: 1\r\nB: 2\r\nA: 3\r\n\r\n'],
    ['an absent field removed', [{ edit: 'remove', name: 'C' }], 'A: 1\r\nB: 2\r\nA: 3\r\n\r\n'],
    ['a field removed wherever it stands', [{ edit: 'remove', name: 'a' }], 'B: 2\r\n\r\n'],
    [
      'a field replaced at its first place',
      [{ edit: 'replace', name: 'a', value: 'x' }],
      'a: x\r\nB: 2\r\n\r\n',
    ],
    [
      'an absent field replaced',
      [{ edit: 'replace', name: 'C', value: 'x' }],
      'C: x\r\nA: 1\r\nB: 2\r\nA: 3\r\n\r\n',
    ],
    [
      'the last of several replacements',
      [
        { edit: 'remove', name: 'B' },
        { edit: 'replace', name: 'b', value: 'x' },
        { edit: 'replace', name: 'B', value: 'y' },
      ],
      'A: 1\r\nB: y\r\nA: 3\r\n\r\n',
    ],
    [
      'prepended fields in the order given, which no removal touches',
      [
        { edit: 'prepend', name: 'A', value: 'x' },
        { edit: 'prepend', name: 'A', value: 'y' },
        { edit: 'remove', name: 'A' },
      ],
      'A: x\r\nA: y\r\nB: 2\r\n\r\n',
    ],
    [
      'a value that cannot begin a field of its own',
      [{ edit: 'replace', name: 'B', value: '2\r\nBcc: b@example.com\u0000\r\n\r\nbody' }],
      'A: 1\r\nB: 2 Bcc: b@example.com body\r\nA: 3\r\n\r\n',
    ],
    ['a name that is none', [{ edit: 'prepend', name: '\r\n:', value: 'x' }], 'A: 1\r\nB: 2\r\nA: 3\r\n\r\n'],
  ])('has %s', (_what, edits, expected) => {
    expect(textOf(edited(latin1('A: 1\r\nB: 2\r\nA: 3\r\n\r\n'), edits))).toBe(expected);
  });
});

/** Mails of every kind: whole, broken, 8-bit, with NUL, CRLF or bare line ends, or bytes at random. */
const piece = fc.constantFrom(
  'From: a@example.com',
  'Subject:',
  'X',
  ':',
  ' ',
  '\t',
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  '\n\n',
  '\u0000',
  'é',
  'From ',
);
const mail = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.array(piece, { maxLength: 60 }).map((all) => latin1(all.join(''))),
);
const value = fc.string({ unit: 'binary' });
const name = fc.constantFrom('From', 'subject', 'X', 'X-New');
const edit: fc.Arbitrary<HeaderEdit> = fc.oneof(
  fc.record({ edit: fc.constant('prepend' as const), name, value }),
  fc.record({ edit: fc.constant('replace' as const), name, value }),
  fc.record({ edit: fc.constant('remove' as const), name }),
);

/** The bytes of the fields that no edit names, one after the other. */
function untouched(bytes: Uint8Array, edits: HeaderEdit[]): string {
  const named = new Set(edits.map((one) => one.name.toLowerCase()));
  const fields = readHeaderBlock(bytes).fields.filter((field) => !named.has(field.key));
  return fields.map((field) => textOf(bytes.subarray(field.start, field.end))).join('');
}

describe('editing any mail', () => {
  it('changes nothing where nothing is asked', () => {
    fc.assert(
      fc.property(mail, (bytes) => {
        expect(textOf(edited(bytes, []))).toBe(textOf(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the body and every field that is not named, byte for byte', () => {
    fc.assert(
      fc.property(mail, fc.array(edit, { maxLength: 5 }), (bytes, edits) => {
        const block = readHeaderBlock(bytes);
        const result = edited(bytes, edits);
        const body = textOf(bytes.subarray(block.bodyStart));
        expect(textOf(result).endsWith(body)).toBe(true);
        if (block.wellFormed) expect(untouched(result, edits)).toContain(untouched(bytes, edits));
      }),
      { numRuns: 500 },
    );
  });

  it('adds exactly the fields that were asked for, whatever their values', () => {
    fc.assert(
      fc.property(mail, fc.array(value, { minLength: 1, maxLength: 4 }), (bytes, values) => {
        const before = fieldsNamed(readHeaderBlock(bytes), 'X-New').length;
        const edits = values.map((one): HeaderEdit => ({ edit: 'prepend', name: 'X-New', value: one }));
        const after = readHeaderBlock(edited(bytes, edits));
        expect(fieldsNamed(after, 'X-New').length).toBe(before + values.length);
        expect(after.wellFormed).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('takes a header of a megabyte in many fields or in one', () => {
    for (const header of ['X: y\r\n'.repeat(170_000), `X: ${'y'.repeat(1_000_000)}\r\n`]) {
      const bytes = latin1(`${header}From: a@example.com\r\n\r\nbody`);
      const result = textOf(edited(bytes, [{ edit: 'replace', name: 'from', value: 'b@example.com' }]));
      expect(result).toBe(`${header}from: b@example.com\r\n\r\nbody`);
    }
  });
});
