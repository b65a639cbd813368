/**
 * The gate for away replies as a conformance table: who is answered, who never is, and by which of mail-rules 38,
 * 40, 41, 42 and 43. People get answered, machines never.
 */
import { describe, expect, it } from 'vitest';
import { type GatedMail, type ReplyDecision, replyGate } from '../../src/mail/away-gate.ts';
import { readHeaderBlock } from '../../src/mail/header.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A mail that a person wrote to alice, with what is given in its place. */
type Case = Partial<Omit<GatedMail, 'block' | 'envelope'>> & {
  sender?: string;
  /** Header lines beside From, Subject and To. */
  header?: string;
  to?: string;
  own?: string[];
};

function decide(given: Case): ReplyDecision {
  const {
    sender = 'bob@sender.example',
    header = '',
    to = 'To: alice@example.com',
    own = ['alice@example.com'],
  } = given;
  const lines = ['From: Bob <bob@sender.example>', 'Subject: Lunch', to, header].filter(
    (line) => line !== '',
  );
  return replyGate({
    block: readHeaderBlock(bytesOf(`${lines.join('\r\n')}\r\n\r\nHello`)),
    envelope: { sender, recipients: own },
    verdicts: { spam: 'PASS', virus: 'PASS', dmarc: 'PASS' },
    source: 'ses',
    ...given,
  })(own);
}

const answered = { would: true, reason: 'a person wrote to them', rule: 43 };

describe('a person is answered', () => {
  it.each<[string, Case]>([
    ['who wrote a plain mail', {}],
    ['who wrote to a Cc', { to: 'Cc: "Doe, Bob" <x@sender.example>, Alice <ALICE@Example.com>' }],
    ['who wrote to a Bcc that was kept', { to: 'Bcc: alice@example.com' }],
    ['who sent it on to them', { to: 'To: x@sender.example\r\nResent-To: alice@example.com' }],
    ['who resent it with a copy', { to: 'To: x@sender.example\r\nResent-Cc: alice@example.com' }],
    ['who wrote to a group', { to: 'To: Staff: carol@example.com, alice@example.com;' }],
    [
      'who wrote to a sub-address',
      { to: 'To: alice+news@example.com', own: ['alice+news@example.com', 'alice@example.com'] },
    ],
    [
      'who wrote to them, and it came for their sub-address',
      { own: ['alice+x@example.com', 'alice@example.com'] },
    ],
    ['who is a colleague of the same domain', { sender: 'carol@example.com' }],
    ['who is a postmaster', { sender: 'postmaster@sender.example' }],
    ['whose name begins like a machine’s', { sender: 'norbert.reply@sender.example' }],
    ['whose name ends like a robot’s', { sender: 'request@sender.example' }],
    ['whose mail is no auto-reply, as it says', { header: 'Auto-Submitted: no' }],
    ['whose mail says so with a comment', { header: 'Auto-Submitted: (really) No (yes); x=y' }],
    ['whose mail is urgent', { header: 'Precedence: first-class' }],
    ['whose mail has a Feedback-ID only', { header: 'Feedback-ID: 1.us-east-2.abc:AmazonSES' }],
    ['whose server suppresses only reports', { header: 'X-Auto-Response-Suppress: DR, NDR, RN, NRN' }],
    ['whose Return-Path names them', { header: 'Return-Path: <bob@sender.example>' }],
    ['whose mail is multipart', { header: 'Content-Type: multipart/mixed; boundary=x' }],
    ['whose checks are switched off', { verdicts: { spam: 'DISABLED', virus: 'DISABLED' } }],
    ['whose domain has no DMARC', { verdicts: { spam: 'PASS', virus: 'PASS', dmarc: 'GRAY' } }],
    ['who stands behind a BATV tag', { sender: 'prvs=1234567890=bob@sender.example' }],
  ])('%s', (_who, given) => expect(decide(given)).toEqual(answered));
});

/** Reason and rule of each silence. */
const silent = (rows: [string, Case, string][], rule: number) =>
  it.each(rows)('%s', (_what, given, reason) =>
    expect(decide(given)).toEqual({ would: false, reason, rule }),
  );

describe('nobody is answered by rule 38', () => {
  silent(
    [
      ['for the null sender', { sender: '' }, 'the sender is the null sender'],
      ['who wrote to themselves', { sender: 'Alice@example.com' }, 'they wrote it themselves'],
      [
        'who wrote to their sub-address',
        { sender: 'alice@example.com', own: ['alice+x@example.com', 'alice@example.com'] },
        'they wrote it themselves',
      ],
      [
        'who wrote to themselves by a forwarder',
        { sender: 'SRS0=HHHH=TT=example.com=alice@fwd.example' },
        'they wrote it themselves',
      ],
      ['whose mail is spam', { verdicts: { spam: 'FAIL', virus: 'PASS' } }, 'its spam verdict is FAIL'],
      ['whose mail may be spam', { verdicts: { spam: 'GRAY' } }, 'its spam verdict is GRAY'],
      ['whose mail has a virus', { verdicts: { spam: 'PASS', virus: 'FAIL' } }, 'its virus verdict is FAIL'],
      [
        'whose mail could not be scanned',
        { verdicts: { virus: 'PROCESSING_FAILED' } },
        'its virus verdict is PROCESSING_FAILED',
      ],
      [
        'who may be forged',
        { verdicts: { spam: 'PASS', virus: 'PASS', dmarc: 'FAIL' } },
        'its DMARC verdict is FAIL',
      ],
      ['for an S3 event, which has no verdict', { source: 's3' }, 'there is no verdict on it'],
    ],
    38,
  );

  it('without verdicts', () => {
    const block = readHeaderBlock(bytesOf('To: alice@example.com\r\n\r\n'));
    const gate = replyGate({
      block,
      envelope: { sender: 'bob@sender.example', recipients: [] },
      source: 'ses',
    });
    expect(gate(['alice@example.com'])).toEqual({
      would: false,
      reason: 'there is no verdict on it',
      rule: 38,
    });
  });
});

describe('no list, robot or bounce is answered, by rule 40', () => {
  silent(
    [
      ...['Id', 'Help', 'Subscribe', 'Unsubscribe', 'Post', 'Owner', 'Archive', 'Unsubscribe-Post'].map(
        (name): [string, Case, string] => [
          `List-${name}`,
          { header: `List-${name}: <x>` },
          `it has List-${name}`,
        ],
      ),
      ['an empty list field', { header: 'list-id:' }, 'it has list-id'],
      ['an automatic reply', { header: 'Auto-Submitted: auto-replied' }, 'Auto-Submitted is auto-replied'],
      [
        'a generated mail, with a comment',
        { header: 'Auto-Submitted: (by (x) cron) auto-generated; type=x' },
        'Auto-Submitted is (by   cron) auto-generated',
      ],
      [
        'an unknown kind of automatic mail',
        { header: 'AUTO-SUBMITTED: Auto-Notified; owner-email="x"' },
        'Auto-Submitted is auto-notified',
      ],
      ['an empty Auto-Submitted', { header: 'Auto-Submitted:' }, 'Auto-Submitted is '],
      [
        'the second of two',
        { header: 'Auto-Submitted: no\r\nAuto-Submitted: auto-replied' },
        'Auto-Submitted is auto-replied',
      ],
      ...['bulk', 'junk', 'list', 'auto_reply', 'Bulk'].map((value): [string, Case, string] => [
        `Precedence ${value}`,
        { header: `Precedence: ${value}` },
        `Precedence is ${value.toLowerCase()}`,
      ]),
      ...['All', 'OOF', 'AutoReply', 'DR, OOF, NRN', 'dr,autoreply'].map((value): [string, Case, string] => [
        `X-Auto-Response-Suppress ${value}`,
        { header: `X-Auto-Response-Suppress: ${value}` },
        'X-Auto-Response-Suppress asks for none',
      ]),
      ['X-Autoreply', { header: 'X-Autoreply: yes' }, 'it has X-Autoreply'],
      ['X-Autorespond', { header: 'X-Autorespond: Lunch' }, 'it has X-Autorespond'],
      [
        'a report',
        { header: 'Content-Type: Multipart/Report; report-type=delivery-status' },
        'it is a report',
      ],
      ['a report, folded', { header: 'Content-Type:\r\n multipart/report; boundary=x' }, 'it is a report'],
      ['an empty Return-Path', { header: 'Return-Path: <>' }, 'its Return-Path is <>'],
    ],
    40,
  );

  it('where the header was too long to be read', () => {
    const block = readHeaderBlock(bytesOf('To: alice@example.com\r\nX-Long: aaaa'));
    const envelope = { sender: 'bob@sender.example', recipients: ['alice@example.com'] };
    const decision = replyGate({ block, envelope, source: 'ses', verdicts: { spam: 'PASS' } })([
      'alice@example.com',
    ]);
    expect(decision).toEqual({ would: false, reason: 'its header was too long to be read', rule: 40 });
  });
});

describe('no machine is answered, by rule 41', () => {
  silent(
    [
      'MAILER-DAEMON',
      'listserv',
      'Majordomo',
      'owner-friends',
      'friends-owner',
      'friends-request',
      'friends-bounces',
      'bounce',
      'bounces+123-abc=def',
      'bounce-md_1.2',
      'noreply',
      'no-reply',
      'no_reply',
      'no.reply',
      'NoReply',
      'donotreply',
      'do-not-reply',
      'do_not_reply',
      'dont-reply',
      'noreply+x1',
      'no-reply-shop',
      'shop-noreply',
      'shop.no-reply',
    ].map((local): [string, Case, string] => [
      local,
      { sender: `${local}@sender.example` },
      `${local.toLowerCase()}@sender.example is no person`,
    ]),
    41,
  );
});

describe('nobody is answered for whom it is not named, by rule 42', () => {
  const reason = 'they are not named in To or Cc';
  silent(
    [
      ['in a blind copy', { to: 'To: x@sender.example' }, reason],
      ['without a To', { to: '' }, reason],
      ['in a name only', { to: 'To: "alice@example.com" <x@sender.example>' }, reason],
      ['in a comment only', { to: 'To: x@sender.example (alice@example.com)' }, reason],
      ['in From and Reply-To only', { to: 'Reply-To: alice@example.com' }, reason],
      ['as a longer address', { to: 'To: malice@example.com' }, reason],
    ],
    42,
  );
});

describe('the reply goes to the envelope sender, by rule 43', () => {
  silent([['which must be an address', { sender: 'bob' }, 'the sender is no mail address']], 43);

  it('so other addresses of the mail make no difference', () => {
    expect(decide({ header: 'Reply-To: no-reply@sender.example\r\nSender: owner-x@sender.example' })).toEqual(
      answered,
    );
  });
});

describe('the rules are asked in their order', () => {
  it.each<[number, Case]>([
    [38, { sender: '', header: 'List-Id: x', to: '' }],
    [40, { sender: 'noreply@sender.example', header: 'List-Id: x', to: '' }],
    [41, { sender: 'noreply@sender.example', to: '' }],
    [42, { sender: 'bob', to: '' }],
    [43, { sender: 'bob' }],
  ])('rule %i decides', (rule, given) => expect(decide(given).rule).toBe(rule));
});

it('a header of a megabyte costs 2,000 recipients no more than one', () => {
  const to = `To: ${Array.from({ length: 40_000 }, (_, index) => `x${index}@sender.example`).join(', ')}, alice@example.com`;
  const block = readHeaderBlock(bytesOf(`${to}\r\n\r\n`));
  const envelope = { sender: 'bob@sender.example', recipients: [] };
  const gate = replyGate({ block, envelope, source: 'ses', verdicts: { spam: 'PASS' } });
  for (let person = 0; person < 2000; person += 1) expect(gate([`p${person}@example.com`]).rule).toBe(42);
  expect(gate(['alice@example.com'])).toEqual(answered);
});
