/** Bounces: which mail looks like one, under which ids the sent message is looked for, what is changed. */
import { describe, expect, it } from 'vitest';
import { bounceEdits, bounceMessageIds } from '../../src/mail/bounce.ts';
import { readHeaderBlock } from '../../src/mail/header.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const sesId = '010f0198745a2c31-7c5c2a5e-9a55-4f1c-8d7b-3f1f6d2f7a10-000000';

function idsOf(mail: string, sender = ''): string[] {
  const bytes = bytesOf(mail.replaceAll('\n', '\r\n'));
  const block = readHeaderBlock(bytes);
  return bounceMessageIds(block, bytes.subarray(block.bodyStart), sender);
}

/** A bounce as SES sends it: the returned header block in its third part. */
const sesBounce = `From: MAILER-DAEMON@us-east-2.amazonses.com
To: alice@example.com
Subject: Delivery Status Notification (Failure)
Message-ID: <own-id@us-east-2.amazonses.com>
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

An error occurred while trying to deliver the mail to the following recipients:
nobody@out.example
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; a1.smtp-out.us-east-2.amazonses.com
Original-Envelope-Id: ${sesId}

Action: failed
Final-Recipient: rfc822; nobody@out.example
Diagnostic-Code: smtp; 550 5.1.1 unknown
--b
Content-Type: message/rfc822

From: Alice <alice@example.com>
Message-ID:
 <${sesId}@us-east-2.amazonses.com>

Hello
--b--
`;

describe('a bounce', () => {
  it('of SES is looked for by its id, bare and as a Message-ID, and not by its own', () => {
    expect(idsOf(sesBounce)).toEqual([
      sesId,
      `<${sesId}>`,
      `${sesId}@us-east-2.amazonses.com`,
      `<${sesId}@us-east-2.amazonses.com>`,
    ]);
  });

  it('is looked for by In-Reply-To first, then by what it returns, then by References, latest first', () => {
    const mail = `In-Reply-To: <a@x.example>\nReferences: <c@x.example> <d@x.example>\n\nMessage-Id: <b@x.example>\n`;
    const bare = idsOf(mail).filter((id) => !id.startsWith('<'));
    expect(bare).toEqual(['a@x.example', 'b@x.example', 'd@x.example', 'c@x.example']);
  });

  it.each([
    ['a null sender', 'From: x@out.example\nIn-Reply-To: <a@x.example>\n\n', ''],
    ['a report', 'Content-Type: Multipart/Report\nIn-Reply-To: <a@x.example>\n\n', 'x@out.example'],
    ['a daemon', 'From: "Mail" <MAILER-DAEMON@out.example>\nIn-Reply-To: <a@x.example>\n\n', 'x@out.example'],
    ['a postmaster', 'From: postmaster@out.example\nIn-Reply-To: <a@x.example>\n\n', 'x@out.example'],
  ])('is known by %s', (_what, mail, sender) => {
    expect(idsOf(mail, sender)).toEqual(['a@x.example', '<a@x.example>']);
  });

  it.each([
    ['an answer of a person', 'From: bob@out.example\nIn-Reply-To: <a@x.example>\n\n', 'bob@out.example'],
    ['a bounce that names nothing', 'From: postmaster@out.example\n\nsorry\n', ''],
    ['no mail at all', '', ''],
  ])('is not %s', (_what, mail, sender) => expect(idsOf(mail, sender)).toEqual([]));

  it('has at most 20 ids, each once, none longer than 255 characters', () => {
    const many = Array.from({ length: 50 }, (_, index) => `<m${index}@x.example>`).join(' ');
    expect(idsOf(`References: ${many}\n\n`)).toHaveLength(20);
    expect(idsOf(`References: <m@x.example> <m@x.example>\n\n`)).toHaveLength(2);
    expect(idsOf(`References: <${'m'.repeat(300)}@x.example>\n\n`)).toEqual([]);
  });

  it('of megabytes is read in linear time', () => {
    expect(idsOf(`X: y\n\n${'message-id:\n\n'.repeat(200_000)}`)).toEqual([]);
    expect(idsOf(`X: y\n\nmessage-id:${' '.repeat(2_000_000)}`)).toEqual([]);
  });
});

describe('the report to the sender', () => {
  it('comes from the failed recipient and keeps the original From', () => {
    expect(
      bounceEdits({ failedRecipients: ['nobody@out.example'], originalFrom: 'MAILER-DAEMON@x.example' }),
    ).toEqual([
      { edit: 'replace', name: 'From', value: 'nobody@out.example' },
      { edit: 'prepend', name: 'X-Original-From', value: 'MAILER-DAEMON@x.example' },
    ]);
  });

  it('names all failed recipients where there are several', () => {
    expect(bounceEdits({ failedRecipients: ['a@out.example', 'b@out.example'] })).toEqual([
      { edit: 'replace', name: 'From', value: 'a@out.example' },
      { edit: 'prepend', name: 'X-Failed-Recipients', value: 'a@out.example, b@out.example' },
    ]);
  });

  it('is left as it is where nobody is named', () => {
    expect(bounceEdits({ failedRecipients: [], originalFrom: 'MAILER-DAEMON@x.example' })).toEqual([]);
  });
});
