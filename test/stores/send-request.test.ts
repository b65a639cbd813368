/** `everpost.send/v1` as a table: what is taken and what comes of it, what is refused and how each error reads. */
import { describe, expect, it } from 'vitest';
import {
  bodyHashOf,
  readSendMessage,
  readSendRequest,
  recipientsOf,
  type SendRequest,
  UnknownSchema,
} from '../../src/stores/send-request.ts';

const least = { from: 'shop@example.com', to: 'bob@example.org', subject: 'Hello', text: 'Hi' };

function taken(over: object): SendRequest {
  const read = readSendRequest({ ...least, ...over });
  if ('errors' in read) throw new Error(JSON.stringify(read.errors));
  return read.ok;
}

function errorsOf(over: object): string[] {
  const read = readSendRequest({ ...least, ...over });
  return 'errors' in read ? read.errors.map(({ field, message }) => `${field} ${message}`) : [];
}

describe('what is taken', () => {
  it('needs sender, recipient, subject and text only', () => {
    expect(taken({})).toEqual({
      from: { address: 'shop@example.com' },
      to: [{ address: 'bob@example.org' }],
      cc: [],
      bcc: [],
      replyTo: [],
      subject: 'Hello',
      text: 'Hi',
      attachments: [],
      headers: {},
      tags: [],
    });
  });

  it.each<[string, object, Partial<SendRequest>]>([
    ['its own schema', { schema: 'everpost.send/v1' }, { schema: 'everpost.send/v1' }],
    [
      'a name',
      { from: 'The Shop <shop@example.com>' },
      { from: { address: 'shop@example.com', name: 'The Shop' } },
    ],
    [
      'a quoted name',
      { to: '"Doe, Jane" <jane@example.org>' },
      { to: [{ address: 'jane@example.org', name: 'Doe, Jane' }] },
    ],
    [
      'mailboxes as objects',
      { to: [{ address: 'a@example.org', name: 'Ä' }, 'b@example.org'] },
      { to: [{ address: 'a@example.org', name: 'Ä' }, { address: 'b@example.org' }] },
    ],
    ['Bcc alone', { to: [], bcc: ['b@example.org'] }, { bcc: [{ address: 'b@example.org' }] }],
    ['a template by name', { text: undefined, template: 'welcome' }, { template: { name: 'welcome' } }],
    [
      'a template without a subject of the request',
      {
        text: undefined,
        subject: undefined,
        template: { name: 'welcome', version: 3 },
        params: { name: 'Bob' },
      },
      { template: { name: 'welcome', version: 3 }, params: { name: 'Bob' } },
    ],
    ['both ends of priority', { priority: 255 }, { priority: 255 }],
    ['priority 0', { priority: 0 }, { priority: 0 }],
    [
      'a webhook',
      { notify: { webhook: 'https://shop.example/hook' } },
      { notify: { webhook: 'https://shop.example/hook' } },
    ],
    ['a webhook of this machine', { notify: { webhook: 'http://127.0.0.1:9/x' } }, {}],
    [
      'an address to tell',
      { notify: { address: 'ops@example.com' } },
      { notify: { address: 'ops@example.com' } },
    ],
    ['times in order', { sendAt: '2026-05-01T08:00:00+02:00', expiresAt: '2026-05-01T06:00:01Z' }, {}],
    ['times long gone', { sendAt: '1999-05-01T08:00:00Z', expiresAt: '1999-05-02T08:00:00Z' }, {}],
    ['an own header', { headers: { 'X-Order': '7' } }, { headers: { 'X-Order': '7' } }],
    ['a file', { attachments: [{ filename: 'a.txt', content: 'SGk=' }] }, {}],
    ['an international domain', { to: 'bob@münchen.example' }, { to: [{ address: 'bob@münchen.example' }] }],
  ])('may have %s', (_, over, expected) => {
    expect(taken(over)).toMatchObject(expected);
  });
});

describe('what is refused', () => {
  it.each<[object, string[]]>([
    [{ colour: 'red' }, ['colour is no field here']],
    [{ from: 'nobody' }, ['from is no mail address such as bob@example.com or Bob <bob@example.com>']],
    [{ from: undefined }, ['from Invalid input: expected']],
    [{ from: 7 }, ['from ']],
    [{ to: [] }, ['to expected at least one recipient']],
    [{ to: ['a@example.org', 'b'] }, ['to.1 is no mail address']],
    [{ to: 'a@example.org, b@example.org' }, ['to.0 is no mail address']],
    [{ to: 'Doe, Jane <jane@example.org>' }, ['to.0 has a name that needs double quotes']],
    [{ to: 'a@example.org\r\nBcc: x@example.org' }, ['to.0 has a line break']],
    [{ to: { address: 'a@example.org', name: 'A\r\nBcc: x@example.org' } }, ['to.0 has a line break']],
    [{ to: { address: 'A <a@example.org>' } }, ['to.0 has a name inside']],
    [{ to: { address: 'a@example.org', role: 'x' } }, ['to.0']],
    [{ cc: Array.from({ length: 1000 }, (_, at) => `a${at}@example.org`) }, ['to has 1001 recipients']],
    [{ subject: 'a\r\nBcc: x@example.org' }, ['subject has a line break']],
    [{ subject: 'a\u0000' }, ['subject has a line break or a control character']],
    [{ subject: undefined }, ['subject expected a subject']],
    [{ text: undefined }, ['text expected text, html or a template']],
    [{ template: 'welcome' }, ['text comes from the template']],
    [{ template: 'no/such', text: undefined }, ['template expected the name']],
    [{ params: { a: 1 } }, ['params belong to a template']],
    [
      { headers: { From: 'x@example.org', 'X-A': 'b\r\nBcc: y' } },
      ['headers.From may not be set', 'headers.X-A has a line'],
    ],
    [{ headers: { 'DKIM-Signature': 'x' } }, ['headers.DKIM-Signature may not be set']],
    [{ headers: { 'X-A': '1', 'x-a': '2' } }, ['headers.x-a is there twice']],
    [{ headers: { 'X A': '1' } }, ['headers.X A is no header field name']],
    [{ priority: 256 }, ['priority']],
    [{ priority: -1 }, ['priority']],
    [{ priority: 1.5 }, ['priority']],
    [{ category: 'urgent' }, ['category']],
    [{ sendAt: '2026-05-01T08:00:00' }, ['sendAt expected ISO 8601 with a zone']],
    [{ sendAt: 'tomorrow' }, ['sendAt expected ISO 8601 with a zone']],
    [
      { sendAt: '2026-05-01T08:00:00Z', expiresAt: '2026-05-01T08:00:00Z' },
      ['expiresAt is not after sendAt'],
    ],
    [{ sendAt: '2026-05-01T08:00:00Z', deadline: '2026-05-01T07:00:00Z' }, ['deadline is before sendAt']],
    [
      { expiresAt: '2026-05-01T08:00:00Z', deadline: '2026-05-01T09:00:00Z' },
      ['deadline is after expiresAt'],
    ],
    [{ attachments: [{ filename: 'a/b', content: 'SGk=' }] }, ['attachments.0.filename has a slash']],
    [{ attachments: [{ filename: 'a', content: 'no base64!' }] }, ['attachments.0.content is no base64']],
    [{ attachments: [{ filename: 'a', content: '', contentType: 'x\r\ny' }] }, ['attachments.0.contentType']],
    [{ tags: ['a\nb'] }, ['tags.0 expected']],
    [{ notify: { webhook: 'http://shop.example/hook' } }, ['notify.webhook expected']],
    [{ notify: { webhook: 'https://a:b@shop.example/' } }, ['notify.webhook expected']],
    [{ account: 'No Such' }, ['account expected lower-case']],
    [{ idempotencyKey: 'a b' }, ['idempotencyKey expected']],
    [{ text: 'x'.repeat(2 * 1024 * 1024 + 1) }, ['text expected 2097152 bytes']],
  ])('%j', (over, expected) => {
    const errors = errorsOf(over);
    expect(errors.map((error, index) => error.slice(0, expected[index]?.length ?? 0))).toEqual(expected);
  });

  it('is every error at once, those between fields included', () => {
    const errors = errorsOf({ from: 'x', text: undefined, priority: 300, headers: { Bcc: 'x' }, colour: 1 });
    expect(errors.map((error) => error.split(' ')[0]).sort()).toEqual([
      'colour',
      'from',
      'headers.Bcc',
      'priority',
      'text',
    ]);
  });

  it.each([null, 7, 'text', [], undefined])('is what is no object: %j', (value) => {
    expect(readSendRequest(value)).toMatchObject({ errors: [{ field: '(all)' }] });
  });

  it('is more in attachments than a mail can carry', () => {
    const content = 'A'.repeat(20 * 1024 * 1024);
    const attachments = [1, 2].map((at) => ({ filename: `${at}.bin`, content }));
    expect(errorsOf({ attachments })).toEqual(['attachments have 31457280 bytes in all; at most 26214400']);
  });
});

describe('another schema', () => {
  it.each(['everpost.send/v2', 'everpost.send/V1', ''])(
    '%j is an error of its own that names it',
    (schema) => {
      expect(() => readSendRequest({ schema, colour: 1 })).toThrow(UnknownSchema);
      expect(() => readSendRequest({ schema })).toThrow(JSON.stringify(schema));
    },
  );

  it('is refused on the queue where none is named', () => {
    expect(readSendMessage(least)).toEqual({
      errors: [{ field: 'schema', message: 'expected "everpost.send/v1"' }],
    });
    expect(readSendMessage({ ...least, schema: 'everpost.send/v1' })).toHaveProperty('ok');
  });
});

it('counts each recipient once, upper or lower case, in the order of To, Cc and Bcc', () => {
  const request = taken({
    to: ['a@example.org', 'A@EXAMPLE.ORG'],
    cc: 'b@example.org',
    bcc: ['a@example.org'],
  });
  expect(recipientsOf(request)).toEqual(['a@example.org', 'b@example.org']);
});

describe('the hash of a request', () => {
  it.each([
    ['the order of its members', { text: 'Hi', subject: 'Hello' }],
    ['how a mailbox is written', { to: [{ address: 'bob@example.org' }] }],
    ['its key and schema', { idempotencyKey: 'k', schema: 'everpost.send/v1' }],
  ])('does not depend on %s', (_, over) => {
    expect(bodyHashOf(taken(over))).toBe(bodyHashOf(taken({})));
  });

  it.each([
    { text: 'Hi!' },
    { priority: 1 },
    { headers: { 'X-A': '1' } },
    { attachments: [{ filename: 'a', content: '' }] },
  ])('is another with %j', (over) => {
    expect(bodyHashOf(taken(over))).not.toBe(bodyHashOf(taken({})));
  });
});
