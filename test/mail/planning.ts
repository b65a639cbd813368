/** Plans for tests: a mail and rules in, the plan out, with as many look-ups as the activity would make. */
import { createHash, createHmac } from 'node:crypto';
import { learn, NOTHING_KNOWN, type Question } from '../../src/mail/directory.ts';
import { decodeWords } from '../../src/mail/encoded-word.ts';
import { readHeaderBlock } from '../../src/mail/header.ts';
import type { Envelope, MailNotice } from '../../src/mail/mail.ts';
import type { Plan } from '../../src/mail/plan.ts';
import { type PlanFacts, planMail } from '../../src/mail/plan-mail.ts';
import type { DirectoryAnswer } from '../../src/mail/rule.ts';

export type PlanCase = {
  mail?: string;
  sender?: string;
  recipients?: string[];
  /** Everything that is in the tables. */
  tables?: Partial<DirectoryAnswer>;
  notice?: Partial<MailNotice>;
  facts?: Partial<PlanFacts>;
};

const hmac = (text: string): string => createHmac('sha256', 'a secret of tests').update(text).digest('hex');

/** A mail of a person to alice, in CRLF lines. */
export const lunchMail = `From: Bob <bob@sender.example>
To: Alice <alice@example.com>
Subject: =?utf-8?Q?Mittag_im_Caf=C3=A9?=
Message-ID: <lunch-2@sender.example>
References: <lunch-1@sender.example>
Date: Mon, 4 Aug 2025 12:32:27 +0200

Hello Alice
`;

/** Id that SES gave to a message of alice. */
export const sesId = '010f0198745a2c31-7c5c2a5e-9a55-4f1c-8d7b-3f1f6d2f7a10-000000';

/** A bounce of a message that alice sent, as her domain got it. */
export const bounced: PlanCase = {
  sender: '',
  recipients: ['alice@example.com'],
  mail: `From: MAILER-DAEMON@us-east-2.amazonses.com
To: alice@example.com
Subject: Delivery Status Notification (Failure)
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/rfc822

Message-ID: <${sesId}@us-east-2.amazonses.com>
`,
};

/** Rows of sent messages: the one of `bounced`. */
export const sentBy = (originalSource: string, ...bouncedRecipients: string[]) => ({
  [sesId]: { messageId: sesId, originalSource, bouncedRecipients, bounceType: 'Permanent' },
});

/** Away for ever. */
export const away = { text: 'I am away.', intervalDays: 7 };

/** Everything `planMail` is told about a mail, before anything was looked up. */
export function factsOf(given: PlanCase): PlanFacts {
  const { mail = lunchMail, sender = 'bob@sender.example', recipients = ['alice@example.com'] } = given;
  const bytes = new TextEncoder().encode(mail.replaceAll('\n', '\r\n'));
  const block = readHeaderBlock(bytes);
  const envelope: Envelope = { sender, recipients };
  return {
    notice: {
      source: 'ses',
      domain: 'example.com',
      bucket: 'example-com-emails',
      key: 'm1',
      messageId: 'm1',
      receivedAt: '2025-08-04T10:32:33.936Z',
      envelope,
      verdicts: { spam: 'PASS', virus: 'PASS', dmarc: 'PASS' },
      ...given.notice,
    },
    envelope,
    block,
    bodyPrefix: bytes.subarray(block.bodyStart),
    known: NOTHING_KNOWN,
    existingMetadata: {},
    domains: ['example.com', 'example.org'],
    host: 'everpost.example.com',
    stamp: '2025-08-04T10:32:34.000Z',
    now: '2025-08-04T10:32:34.000Z',
    mailName: 'example-com-emails/m1',
    receivedMax: 50,
    nullSenderVia: { way: 'external' },
    digest: (text) => createHash('sha256').update(text).digest('hex'),
    sign: hmac,
    verify: (text, mac) => mac === hmac(text),
    decodeWords: (value) => decodeWords(value, (charset, bytes) => new TextDecoder(charset).decode(bytes)),
    ...given.facts,
  };
}

const only = <T>(record: Record<string, T> = {}, keys: string[]): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => keys.includes(key)));

/** Asks and answers until there is a plan. */
export function plan(given: PlanCase): { plan: Plan; questions: Question[] } {
  const facts = factsOf(given);
  const questions: Question[] = [];
  let { known } = facts;
  for (;;) {
    const step = planMail({ ...facts, known });
    if (!('ask' in step)) return { plan: step, questions };
    questions.push(step.ask);
    known = learn(known, step.ask, {
      rules: only(given.tables?.rules, step.ask.keys),
      blocked: only(given.tables?.blocked, step.ask.keys),
      messages: only(given.tables?.messages, step.ask.messageIds),
      problems: questions.length === 1 ? (given.tables?.problems ?? []) : [],
    });
  }
}
