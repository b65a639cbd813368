/** The envelope of a mail of which only the object is known. */
import { describe, expect, it } from 'vitest';
import { readHeaderBlock } from '../../src/mail/header.ts';
import { inferEnvelope } from '../../src/mail/inferred.ts';

const infer = (header: string) =>
  inferEnvelope(readHeaderBlock(new TextEncoder().encode(`${header}\n\nbody`)), 'example.com');

const received = (recipient: string, host = 'inbound-smtp.us-east-2.amazonaws.com') =>
  `Received: from mx.sender.example (mx.sender.example [203.0.113.9])
 by ${host} with SMTP id d6iitobk75ur44p8kdnnp7g2n800
 for ${recipient};
 Mon, 04 Aug 2025 10:32:33 +0000 (UTC)`;
const elsewhere = 'Received: by mx.sender.example for <x@sender.example>; Mon, 04 Aug 2025 10:32:30 +0000';

describe('the envelope is told by', () => {
  it.each([
    [
      'SES',
      `Return-Path: <Bob@sender.example>\n${received('Alice@example.com')}\nTo: list@sender.example`,
      'Bob@sender.example',
      ['Alice@example.com'],
    ],
    [
      'SES, in angle brackets',
      `Return-Path: <>\n${received('<alice@example.com>')}`,
      '',
      ['alice@example.com'],
    ],
    [
      'To and Cc within the domain',
      'Return-Path: <bob@sender.example>\nTo: A <a@example.com>, x@sender.example\nCc: b@EXAMPLE.com, A@example.com',
      'bob@sender.example',
      ['A@example.com', 'b@EXAMPLE.com'],
    ],
    [
      'To, where the topmost Received is not of SES',
      `${elsewhere}\n${received('alice@example.com')}\nTo: b@example.com`,
      '',
      ['b@example.com'],
    ],
    [
      'To, where SES named nobody',
      `${received('').replace(/ for ;/, ' ;')}\nTo: b@example.com`,
      '',
      ['b@example.com'],
    ],
    [
      'no Return-Path below a Received, which came with the mail',
      `${received('alice@example.com')}\nReturn-Path: <forged@sender.example>`,
      '',
      ['alice@example.com'],
    ],
    [
      'no host that only looks like SES',
      `${received('alice@example.com', 'inbound-smtp.us-east-2.amazonaws.com.sender.example')}\nTo: b@example.com`,
      '',
      ['b@example.com'],
    ],
  ])('%s', (_who, header, sender, recipients) => {
    expect(infer(header)).toEqual({ sender, recipients, inferred: true });
  });

  it.each([
    ['a mail to others', 'To: x@sender.example'],
    ['a mail to nobody', 'Subject: x'],
    ['something without a header', 'just text'],
    ['an address that is none', 'To: a b@example.com@'],
  ])('nothing for %s', (_what, header) => expect(infer(header)).toBeUndefined());

  it('at most 100 addresses of To and Cc', () => {
    const to = Array.from({ length: 300 }, (_, index) => `a${index}@example.com`).join(', ');
    expect(infer(`To: ${to}`)?.recipients).toHaveLength(100);
  });
});
