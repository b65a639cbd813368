/** Replies of real servers, and what each means. The documentation addresses stand in for the real ones. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SmtpReply, SmtpStage } from '../../src/mail/mail.ts';
import { describeReply, outcomeOf } from '../../src/mail/outcome.ts';

const stages: SmtpStage[] = [
  'connect',
  'greeting',
  'ehlo',
  'starttls',
  'auth',
  'mail',
  'rcpt',
  'data',
  'body',
  'dot',
  'done',
];

/** `550 5.1.1 words` as a reply; without a code it is the client's own words. */
function replyOf(line: string, stage: SmtpStage): SmtpReply {
  const [, code, enhanced, text] = /^(\d{3})?[ -]?(\d\.\d{1,3}\.\d{1,3})?\s*(.*)$/s.exec(line) ?? [];
  return { code: Number(code ?? 0), text: text ?? '', stage, ...(enhanced ? { enhanced } : {}) };
}

describe('a reply', () => {
  it.each<[SmtpStage, string, string]>([
    // Accepted.
    ['done', '250 2.0.0 Ok: queued as 4Xy1Zk2Q9Bz', 'delivered'],
    ['done', '250 OK id=1sZyXw-0004Qz-2f', 'delivered'],
    ['done', '250 2.0.0 OK  1754300000 d75a77b69052e-4b068ca1 - gsmtp', 'delivered'],
    ['done', '250 2.6.0 <1@example.org> [InternalId=1] Queued mail for delivery', 'delivered'],
    ['done', '250 Ok 0102018f-abcd', 'delivered'],
    ['done', '251 2.1.5 User not local; will forward', 'delivered'],
    // Later.
    ['rcpt', '450 4.2.0 <a@example.org>: Recipient address rejected: Greylisted, see help', 'deferred'],
    ['rcpt', '451 4.7.1 Greylisting in action, please come back in 00:05:00', 'deferred'],
    ['rcpt', '450 4.1.1 <a@example.org>: unverified address: Address lookup timed out', 'deferred'],
    ['rcpt', '452 4.2.2 <a@example.org> Mailbox full', 'deferred'],
    ['rcpt', '452 4.5.3 Error: too many recipients', 'deferred'],
    ['rcpt', '451 4.4.3 Temporary server error. Please try again later', 'deferred'],
    ['mail', '452 4.3.1 Insufficient system storage', 'deferred'],
    ['mail', '454 Throttling failure: Maximum sending rate exceeded.', 'deferred'],
    ['dot', '421-4.7.28 Gmail has detected an unusual rate of unsolicited mail', 'deferred'],
    ['dot', '451 4.3.0 Mail server temporarily rejected message.', 'deferred'],
    ['dot', '451 4.7.500 Server busy. Please try again later from [192.0.2.1].', 'deferred'],
    ['greeting', '421 4.3.2 Service not available', 'deferred'],
    ['ehlo', '421 Too many concurrent SMTP connections', 'deferred'],
    ['auth', '454 4.7.0 Temporary authentication failure', 'deferred'],
    ['rcpt', '421 4.4.2 mail.example.org Error: timeout exceeded', 'deferred'],
    ['data', '421 4.3.0 Shutting down', 'deferred'],
    // A 552 for too many recipients is a 452 (RFC 5321 §4.5.3.1.10); a 5xx that says 4.x.x contradicts itself.
    ['rcpt', '552 Too many recipients', 'deferred'],
    ['rcpt', '552 5.5.3 Recipient limit reached', 'deferred'],
    ['rcpt', '552 4.2.2 The mailbox is over its quota', 'deferred'],
    ['dot', '554 4.4.7 delivery time expired', 'deferred'],
    // Never.
    ['rcpt', '550 5.1.1 <a@example.org>: Recipient address rejected: User unknown', 'refused'],
    ['rcpt', '550-5.1.1 The email account that you tried to reach does not exist.', 'refused'],
    ['rcpt', '550 No such user here', 'refused'],
    ['rcpt', '550 5.4.1 Recipient address rejected: Access denied.', 'refused'],
    ['rcpt', '551 5.1.6 User has moved', 'refused'],
    ['rcpt', '552 5.2.2 Over quota', 'refused'],
    ['rcpt', '553 5.1.3 Invalid address format', 'refused'],
    ['rcpt', '554 5.7.1 <a@example.org>: Relay access denied', 'refused'],
    ['rcpt', '556 5.1.10 Domain does not accept mail (nullMX)', 'refused'],
    ['rcpt', '550 5.1.2 <a@nowhere.example>: Domain not found', 'refused'],
    ['mail', '552 5.3.4 Message size exceeds fixed maximum message size', 'refused'],
    ['mail', '550 5.7.1 Sender blocked', 'refused'],
    ['mail', '553 5.6.7 SMTPUTF8 is needed', 'refused'],
    ['data', '554 5.5.1 No valid recipients', 'refused'],
    ['body', '552 5.3.4 Message too big', 'refused'],
    [
      'dot',
      '550 5.7.26 Unauthenticated email from example.org is not accepted due to DMARC policy',
      'refused',
    ],
    ['dot', '554 Message rejected: Email address is not verified.', 'refused'],
    ['dot', '552 5.7.0 Message contains a virus', 'refused'],
    ['dot', '550 5.6.3 Conversion required but not supported', 'refused'],
    // Nobody answered.
    ['greeting', 'Greeting never received', 'deferred'],
    ['mail', 'Connection closed unexpectedly', 'deferred'],
    ['rcpt', 'Timeout', 'deferred'],
    ['body', 'Connection closed unexpectedly', 'deferred'],
    ['dot', 'Connection closed unexpectedly', 'unknown'],
    ['dot', 'Timeout', 'unknown'],
    // Answers that belong to something else.
    ['body', '354 End data with <CR><LF>.<CR><LF>', 'deferred'],
    ['dot', '354 End data with <CR><LF>.<CR><LF>', 'unknown'],
    ['rcpt', '250 2.1.0 Ok', 'deferred'],
  ])('at %s «%s» means %s, and nobody is told', (stage, line, kind) => {
    const reply = replyOf(line, stage);
    expect(outcomeOf(reply, { nullSender: false })).toEqual({ kind, reply });
  });

  it.each<[SmtpStage, string, boolean, string]>([
    ['connect', 'connect ECONNREFUSED 127.0.0.1:25', false, 'SMTP_HOST'],
    ['connect', 'getaddrinfo ENOTFOUND relay.example', false, 'SMTP_HOST'],
    ['starttls', 'certificate has expired', false, 'SMTP_SECURE'],
    ['auth', 'Missing credentials for "PLAIN"', false, 'SMTP_USER'],
    ['greeting', '554 5.7.1 No SMTP service here', false, 'access list'],
    ['ehlo', '550 5.7.1 Client host rejected', false, 'access list'],
    ['starttls', '502 5.5.1 Error: command not implemented', false, 'SMTP_SECURE'],
    ['auth', '535 5.7.8 Error: authentication failed', false, 'SMTP_PASS'],
    ['auth', '535 Authentication Credentials Invalid', false, 'SMTP_PASS'],
    ['mail', '530 5.7.0 Must issue a STARTTLS command first', false, 'SMTP_SECURE'],
    ['mail', '530 Authentication required', false, 'SMTP_USER'],
    ['rcpt', '530 5.7.1 Authentication required', false, 'SMTP_USER'],
    ['mail', '501 Invalid MAIL FROM address provided', true, 'NULL_SENDER_VIA'],
  ])('at %s «%s» is our own fault: deferred, and somebody is told', (stage, line, nullSender, hint) => {
    const outcome = outcomeOf(replyOf(line, stage), { nullSender });
    expect(outcome.kind).toBe('deferred');
    expect(outcome.alert).toContain(hint);
    expect(outcome.alert).toContain(describeReply(outcome.reply));
  });

  it('501 to a sender who is not null is a refusal', () => {
    expect(outcomeOf(replyOf('501 5.1.7 Bad sender', 'mail'), { nullSender: false }).kind).toBe('refused');
  });

  it('of any kind never refuses a mail before MAIL, nor calls it delivered before the end', () => {
    const reply = fc.record({
      code: fc.integer({ min: 0, max: 599 }),
      text: fc.string(),
      stage: fc.constantFrom(...stages),
    });
    fc.assert(
      fc.property(reply, fc.boolean(), (one, nullSender) => {
        const { kind } = outcomeOf(one, { nullSender });
        if (stages.indexOf(one.stage) < stages.indexOf('mail')) expect(kind).toBe('deferred');
        if (kind === 'delivered') expect(one.stage).toBe('done');
        if (kind === 'refused') expect(one.code).toBeGreaterThanOrEqual(500);
      }),
    );
  });
});

describe('a described reply', () => {
  it.each<[string, SmtpReply, string]>([
    ['a success', { code: 250, text: '2.0.0 Ok', enhanced: '2.0.0', stage: 'done' }, '250 2.0.0 Ok'],
    [
      'a refusal',
      { code: 550, text: 'No such user', enhanced: '5.1.1', stage: 'rcpt' },
      '550 5.1.1 No such user (at rcpt)',
    ],
    ['silence', { code: 0, text: 'Timeout', stage: 'greeting' }, 'no reply: Timeout (at greeting)'],
    ['several lines', { code: 421, text: 'a\r\n b\u0000c', stage: 'dot' }, '421 a b c (at dot)'],
    ['no words', { code: 550, text: '', stage: 'mail' }, '550 (at mail)'],
  ])('of %s is one line', (_what, reply, line) => {
    expect(describeReply(reply)).toBe(line);
  });

  it('has at most 300 characters, no half of one, and no controls', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 900 }),
        fc.constantFrom(...stages),
        (text, stage) => {
          const line = describeReply({ code: 550, text: text.toWellFormed(), stage });
          expect(line.length).toBeLessThanOrEqual(300);
          expect(line.isWellFormed()).toBe(true);
          expect(line).not.toMatch(/[\u0000-\u001f\u007f]/);
        },
      ),
    );
    expect(describeReply({ code: 550, text: '😀'.repeat(500), stage: 'rcpt' })).toMatch(
      /^550 .*… \(at rcpt\)$/u,
    );
  });
});
