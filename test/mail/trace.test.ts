/** Trace fields, and mails that come round again. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readHeaderBlock } from '../../src/mail/header.ts';
import { formatField } from '../../src/mail/header-field.ts';
import { findLoop, hopField, receivedField, rfc5322Date } from '../../src/mail/trace.ts';

const sign = (text: string): string =>
  createHmac('sha256', 'a secret of the test').update(text).digest('hex');
const verify = (text: string, mac: string): boolean => mac === sign(text);

describe('a date', () => {
  it.each([
    ['2026-08-04T10:00:01Z', 0, 'Tue, 04 Aug 2026 10:00:01 +0000'],
    ['2026-08-04T10:00:01.999Z', 0, 'Tue, 04 Aug 2026 10:00:01 +0000'],
    ['2026-12-31T23:30:00Z', 60, 'Fri, 01 Jan 2027 00:30:00 +0100'],
    ['2026-01-01T00:10:00Z', -210, 'Wed, 31 Dec 2025 20:40:00 -0330'],
    ['2028-02-29T12:00:00+02:00', 0, 'Tue, 29 Feb 2028 10:00:00 +0000'],
  ])('%s in a zone %d minutes east', (iso, offset, expected) => {
    expect(rfc5322Date(iso, offset)).toBe(expected);
  });

  it('that is none is said to be so', () => {
    expect(() => rfc5322Date('yesterday')).toThrow(
      'Expected an ISO 8601 date for a header field, read "yesterday"',
    );
  });
});

describe('a Received field', () => {
  const hop = { host: 'mail.example.com', id: 'abc', date: '2026-08-04T10:00:01Z' };
  it.each([
    [
      'one recipient',
      { ...hop, recipient: 'Al@example.com' },
      'by mail.example.com (Everpost) id abc for <Al@example.com>;',
    ],
    ['several recipients', hop, 'by mail.example.com (Everpost) id abc;'],
    [
      'a recipient beyond ASCII',
      { ...hop, recipient: 'ü@example.com' },
      'by mail.example.com (Everpost) id abc;',
    ],
    [
      'an id with a line end',
      { ...hop, id: 'a\r\nX: b;(c' },
      'by mail.example.com (Everpost) id a__X:_b__c;',
    ],
  ])('for a mail with %s', (_what, facts, value) => {
    expect(receivedField(facts)).toEqual({
      edit: 'prepend',
      name: 'Received',
      value: `${value} Tue, 04 Aug 2026 10:00:01 +0000`,
    });
  });
});

const hopFor = (recipient: string, signer = sign): string => {
  const edit = hopField({ id: 'mail:example.com:1', recipient, sign: signer });
  return edit.edit === 'remove' ? '' : formatField(edit.name, edit.value);
};
const received = (host: string): string =>
  `Received: from a.example by ${host} with ESMTP; Tue, 4 Aug 2026\r\n`;

/** The loop found in a mail for Alice and Bob that begins with these fields. */
const loopIn = (fields: string): string | undefined =>
  findLoop(readHeaderBlock(new TextEncoder().encode(`${fields}Subject: x\r\n\r\nbody`)), {
    recipients: ['alice@example.com', 'Bob@example.com'],
    receivedMax: 50,
    host: 'mail.example.com',
    verify,
  });

describe('a loop', () => {
  it.each([
    [
      'its own hop for a recipient',
      hopFor('alice@example.com'),
      'it was forwarded for alice@example.com before',
    ],
    [
      'a hop for a recipient in other letters',
      hopFor('BOB@Example.com'),
      'it was forwarded for Bob@example.com',
    ],
    ['a hop below others', hopFor('carol@example.com') + hopFor('alice@example.com'), 'forwarded for alice@'],
    ['50 Received fields', received('b.example').repeat(50), 'it has 50 Received fields, 50 or more'],
    ['our host five times', received('Mail.Example.COM').repeat(5), 'it passed mail.example.com 5 times'],
  ])('is known by %s', (_what, fields, reason) => {
    expect(loopIn(fields)).toContain(reason);
  });

  it.each([
    ['nothing', ''],
    ['49 Received fields', received('b.example').repeat(49)],
    ['our host four times', received('mail.example.com').repeat(4)],
    ['a host that begins like ours', received('mail.example.com.evil.example').repeat(9)],
    ['a hop for somebody else', hopFor('carol@example.com')],
    ['a hop signed by somebody else', hopFor('alice@example.com', (text) => sign(`${text}!`))],
    ['a hop without a signature', 'X-Everpost-Hop: alice@example.com\r\n'],
    ['an empty hop', 'X-Everpost-Hop:\r\n'],
    [
      'the hop of another mail and recipient put together',
      hopFor('alice@example.com').replace('mail:example.com:1', 'mail:example.com:2'),
    ],
  ])('is not suspected for %s', (_what, fields) => {
    expect(loopIn(fields)).toBeUndefined();
  });

  it('is looked for with one signature for each hop at most, however many recipients and forged hops', () => {
    let verified = 0;
    const recipients = Array.from({ length: 2_000 }, (_, index) => `r${index}@example.com`);
    const forged = hopFor('r7@example.com', () => 'forged').repeat(10_000);
    const block = readHeaderBlock(new TextEncoder().encode(`${forged}\r\n`));
    const count = (): boolean => {
      verified += 1;
      return false;
    };
    expect(
      findLoop(block, { recipients, receivedMax: 50, host: 'h.example', verify: count }),
    ).toBeUndefined();
    expect(verified).toBeLessThanOrEqual(100);
  });
});
