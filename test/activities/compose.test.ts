/** Composed mails, byte for byte: whole ones as golden files, and what must hold for every one of them. */
import { simpleParser } from 'mailparser';
import { describe, expect, it } from 'vitest';
import { type Composition, composeMail } from '../../activities/compose.ts';
import { expectGolden } from '../mail/golden.ts';

const plain: Composition = {
  id: '0123456789abcdef0123456789abcdef',
  account: 'shop',
  stamp: '2026-05-04T12:00:00.000Z',
  category: 'transactional',
  request: {
    from: { address: 'orders@shop.example', name: 'The Shop' },
    to: [{ address: 'bob@example.org', name: 'Bob Example' }],
    cc: [],
    replyTo: [],
    headers: {},
  },
  subject: 'Your order',
  text: 'Thank you.\nIt is on its way.\n',
  attachments: [],
};
const bytes = (text: string): Uint8Array => Buffer.from(text);
const request = (over: Partial<Composition['request']>): Composition['request'] => ({
  ...plain.request,
  ...over,
});

const mails: [string, Partial<Composition>][] = [
  ['text', {}],
  ['alternative', { html: '<p>Thank you.</p>' }],
  [
    'names-beyond-ascii',
    {
      subject:
        'Grüße aus München, 你好: Ihre Bestellung mit einer Überschrift, die länger als eine Zeile ist',
      text: 'Grüße\n',
      request: request({
        from: { address: 'orders@münchen.example', name: 'Bücher, Bücher & "Bücher"' },
        to: [{ address: 'bob@example.org', name: '李雷' }, { address: 'eve@example.org' }],
        cc: [{ address: 'cc@example.org', name: 'Doe, Jane' }],
        replyTo: [{ address: 'help@shop.example' }],
        headers: { 'X-Order': 'Nummer 7 für Jörg', 'In-Reply-To': '<1@example.org>' },
      }),
    },
  ],
  [
    'attachments',
    {
      html: '<img src="cid:logo">',
      attachments: [
        { filename: 'Rechnung März.pdf', contentType: 'application/pdf', content: bytes('%PDF-1.7') },
        { filename: 'logo.png', contentType: 'image/png', contentId: 'logo', content: bytes('PNG') },
        { filename: 'old.eml', contentType: 'message/rfc822', content: bytes('From: a\n\n8-bit: ü\n') },
        { filename: 'empty.txt', content: bytes('') },
      ],
    },
  ],
  ['bulk', { category: 'bulk', unsubscribeUrl: `https://mail.shop.example/u/${'t'.repeat(120)}` }],
  [
    'bulk-with-own-unsubscribe',
    {
      category: 'bulk',
      unsubscribeUrl: 'https://mail.shop.example/u/token',
      request: request({
        headers: { 'list-unsubscribe': '<mailto:off@shop.example>', 'List-Id': '<n.shop.example>' },
      }),
    },
  ],
  ['bcc-only', { request: request({ to: [] }) }],
  ['html-only', { text: undefined, html: '<p>Hi</p>' }],
];

describe.each(mails)('the mail %s', (name, over) => {
  it('has the bytes that are on file, at each attempt', async () => {
    const first = await composeMail({ ...plain, ...over });
    expectGolden(`compose/${name}.eml`, first.bytes.toString('latin1'));
    const again = await composeMail({ ...plain, ...over });
    expect(again.bytes.equals(first.bytes)).toBe(true);
  });

  it('has CRLF line ends only, short lines and nothing beyond ASCII', async () => {
    const text = (await composeMail({ ...plain, ...over })).bytes.toString('latin1');
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n\u0080-\u00ff]/);
    expect(text.split('\r\n').filter((line) => line.length > 998)).toEqual([]);
  });

  it('has each field of its header once', async () => {
    const text = (await composeMail({ ...plain, ...over })).bytes.toString('latin1');
    const names = [...(text.split('\r\n\r\n')[0] ?? '').matchAll(/^([^\s:]+):/gm)].map(([, field]) =>
      field?.toLowerCase(),
    );
    expect(names).toEqual([...new Set(names)]);
    expect(names).toEqual(expect.arrayContaining(['from', 'to', 'subject', 'date', 'message-id']));
    expect(names).not.toContain('bcc');
  });
});

it('reads back as what went in', async () => {
  const [, over] = mails.find(([name]) => name === 'attachments')!;
  const read = await simpleParser((await composeMail({ ...plain, ...over })).bytes);
  expect(read.messageId).toBe(`<${plain.id}@shop.example>`);
  expect(read.date?.toISOString()).toBe(plain.stamp);
  expect(read.text).toBe(plain.text);
  const found = read.attachments.map(({ filename, content }) => `${filename}: ${content.toString('utf8')}`);
  const given = over.attachments!.map(
    ({ filename, content }) => `${filename}: ${Buffer.from(content).toString('utf8')}`,
  );
  expect(found.sort()).toEqual(given.sort());
});

it.each([
  ['lines of 5,000 characters', 'x'.repeat(5_000)],
  ['dots alone', '.\n..\n.'],
  ['bare carriage returns', 'a\rb\r\nc\n'],
  ['trailing spaces', 'a  \nb\t\n-- \n'],
  ['NUL', 'a\u0000b'],
  ['From at the start of a line', 'From here\n'],
])('carries a text with %s', async (_, text) => {
  const { bytes: composed } = await composeMail({ ...plain, text });
  const lines = composed.toString('latin1').split('\r\n');
  expect(lines.filter((line) => line.length > 998 || /[\r\n\u0000]/.test(line))).toEqual([]);
  const read = await simpleParser(composed);
  expect(read.text?.replace(/\r\n?|\n/g, '\n').trimEnd()).toBe(text.replace(/\r\n?/g, '\n').trimEnd());
});

it('never reads a file or an address for an attachment', async () => {
  const content = bytes('/etc/hostname');
  const { bytes: composed } = await composeMail({
    ...plain,
    attachments: [{ filename: 'https://shop.example/x', content }],
  });
  expect((await simpleParser(composed)).attachments[0]?.content.toString()).toBe('/etc/hostname');
});
