/**
 * The demo as data: mails as SES would have stored them, what SES would say of each, and the rules they meet. Every
 * address is of a domain that nobody can have.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type DemoMail = {
  /** Also the object's key. */
  id: string;
  title: string;
  sender: string;
  recipient: string;
  subject: string;
  bytes: Uint8Array;
};

export type DemoItem = { table: 'rules' | 'blocked' | 'messages'; item: Record<string, AttributeValue> };

/** SES's id of the message that the demo's bounce is about. */
const SENT_ID = '010f0199demo0000-11111111-2222-3333-4444-555555555555-000000';

const strings = (...values: string[]): AttributeValue => ({ L: values.map((value) => ({ S: value })) });

/** The rules that the demo mails meet, in a domain. */
export const demoItems = (domain: string): DemoItem[] => [
  {
    table: 'rules',
    item: {
      email_address: { S: `team@${domain}` },
      forwards: strings(`carol@${domain}`, 'dan@partner.example'),
    },
  },
  {
    table: 'rules',
    item: {
      email_address: { S: `erin@${domain}` },
      ooo_active: { BOOL: true },
      ooo_subject: { S: 'On holiday – zurück am Montag' },
      ooo_message: { S: 'I am away until Monday.\n\nViele Grüße, Erin' },
    },
  },
  {
    table: 'blocked',
    item: { email_address: { S: `frank@${domain}` }, blocked_patterns: strings('*@spam.example') },
  },
  {
    table: 'messages',
    item: {
      MessageId: { S: SENT_ID },
      original_source: { S: `grace@${domain}` },
      bouncedRecipients: strings('gone@customer.example'),
      bounceType: { S: 'Permanent' },
      bounceSubType: { S: 'General' },
      timestamp: { S: '2026-01-05T09:00:00.000Z' },
    },
  },
];

type Draft = Omit<DemoMail, 'bytes'> & { from?: string; fields?: string[]; body: string; charset?: 'latin1' };

/** The mail as bytes. `Date` is the demo's only variable part. */
function compose(draft: Draft, date: string): DemoMail {
  const { id, title, sender, recipient, subject, from, fields, body, charset } = draft;
  const head = [
    `From: ${from ?? `Demo <${sender}>`}`,
    `To: <${recipient}>`,
    `Subject: ${subject}`,
    `Date: ${date}`,
    `Message-ID: <${id}@demo.example>`,
    'MIME-Version: 1.0',
    ...(fields ?? ['Content-Type: text/plain; charset=us-ascii']),
  ];
  const text = [...head, '', ...body.split('\n'), ''].join('\r\n');
  return { id, title, sender, recipient, subject, bytes: Buffer.from(text, charset ?? 'utf8') };
}

const BOUNCE_BODY = `--demo-boundary
Content-Type: text/plain; charset=us-ascii

Your message to gone@customer.example could not be delivered.

--demo-boundary
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example
Arrival-Date: Mon, 5 Jan 2026 09:00:05 +0000

Final-Recipient: rfc822; gone@customer.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--demo-boundary--`;

const everydayDrafts = (domain: string): Draft[] => [
  {
    id: 'demo-plain',
    title: 'A plain mail',
    sender: 'bob@partner.example',
    recipient: `alice@${domain}`,
    subject: 'Lunch on Thursday?',
    body: 'Hello Alice,\n\nlunch on Thursday?\n\n.. Bob',
  },
  {
    id: 'demo-forward',
    title: 'Forwarded, inside and outside',
    sender: 'bob@partner.example',
    recipient: `team@${domain}`,
    subject: 'Minutes of the meeting',
    body: 'Hello team,\n\nthe minutes are in the folder.',
  },
  {
    id: 'demo-away',
    title: 'Answered with an away reply',
    sender: 'heidi@partner.example',
    recipient: `erin@${domain}`,
    subject: 'A question',
    body: 'Hello Erin,\n\nhave you got a minute?',
  },
];

const peculiarDrafts = (domain: string): Draft[] => [
  {
    id: 'demo-bounce',
    title: 'A bounce, returned to who sent',
    sender: '',
    from: 'Mail Delivery Subsystem <mailer-daemon@customer.example>',
    recipient: `bounces@${domain}`,
    subject: 'Delivery Status Notification (Failure)',
    fields: [
      `In-Reply-To: <${SENT_ID}@us-east-2.amazonses.com>`,
      'Auto-Submitted: auto-replied',
      'Content-Type: multipart/report; report-type=delivery-status; boundary="demo-boundary"',
    ],
    body: BOUNCE_BODY,
  },
  {
    id: 'demo-blocked',
    title: 'From a blocked sender',
    sender: 'win@spam.example',
    recipient: `frank@${domain}`,
    subject: 'You have won',
    body: 'Click here.',
  },
  {
    id: 'demo-unknown',
    title: 'To an unknown user',
    sender: 'bob@partner.example',
    recipient: `unknown@${domain}`,
    subject: 'Anybody there?',
    body: 'Hello?',
  },
  {
    id: 'demo-umlauts',
    title: 'Umlauts, eight bits',
    sender: 'juergen@partner.example',
    from: '=?utf-8?q?J=C3=BCrgen_M=C3=BCller?= <juergen@partner.example>',
    recipient: `alice@${domain}`,
    subject: '=?utf-8?b?R3LDvMOfZSBhdXMgS8O2bG4g8J+Mig==?=',
    fields: ['Content-Type: text/plain; charset=iso-8859-1', 'Content-Transfer-Encoding: 8bit'],
    body: 'Schöne Grüße aus Köln!\n\nJürgen',
    charset: 'latin1',
  },
];

/** All demo mails for a domain; `date` is RFC 5322's. */
export const demoMails = (domain: string, date: string): DemoMail[] =>
  [...everydayDrafts(domain), ...peculiarDrafts(domain)].map((draft) => compose(draft, date));
