/** What a mail's deliveries make of its status. */
import { describe, expect, it } from 'vitest';
import type { Standing } from '../../src/mail/course.ts';
import type { DeliveryKind } from '../../src/mail/delivery.ts';
import { invalidInboxes, type MailStatus, mailStatus, type StatusFacts } from '../../src/mail/status.ts';

const A = 'alice@example.com';
const B = 'bob@example.com';

/** `mailbox delivered`, or `forward refused` of the recipient whose letter follows: `mailbox refused B`. */
function deliveriesOf(lines: string[]): StatusFacts['deliveries'] {
  return lines.map((line) => {
    const [kind, standing, letters = 'A'] = line.split(' ');
    const recipients = [...letters].map((letter) => (letter === 'A' ? A : B));
    return { kind: kind as DeliveryKind, standing: standing as Standing, recipients };
  });
}

const facts = (lines: string[], more: Partial<StatusFacts> = {}): StatusFacts => ({
  decision: 'deliver',
  held: false,
  recipients: [A, B],
  blocked: [],
  deliveries: deliveriesOf(lines),
  ...more,
});

describe('the status', () => {
  it.each<[MailStatus, string[]]>([
    ['processing', ['mailbox pending']],
    ['processing', ['mailbox trying']],
    ['processing', ['mailbox deferred']],
    ['processing', ['mailbox delivered', 'mailbox deferred B']],
    ['processing', ['mailbox refused', 'forward deferred']],
    ['delivered', ['mailbox delivered']],
    ['delivered', ['mailbox delivered', 'forward delivered', 'bounce delivered']],
    ['partial', ['mailbox delivered', 'mailbox refused B']],
    ['partial', ['mailbox delivered', 'forward cancelled']],
    ['partial', ['mailbox delivered', 'forward unknown']],
    ['partial', ['mailbox delivered', 'mailbox parked B']],
    ['bounced', ['mailbox refused']],
    ['bounced', ['mailbox refused', 'forward refused']],
    ['failed', ['mailbox unknown']],
    ['failed', ['mailbox cancelled']],
    ['failed', ['mailbox refused', 'forward cancelled']],
    ['failed', ['mailbox parked']],
    // A refused mailbox is no failure where a forward of the same recipient arrived.
    ['delivered', ['mailbox refused', 'forward delivered']],
    ['delivered', ['mailbox refused', 'forward delivered AB']],
    ['partial', ['mailbox refused', 'forward delivered B']],
    ['partial', ['mailbox unknown', 'forward delivered']],
    ['partial', ['mailbox refused', 'forward delivered', 'forward refused']],
    // Away replies never count.
    ['delivered', ['mailbox delivered', 'away refused']],
    ['delivered', ['mailbox delivered', 'away deferred']],
    ['delivered', ['mailbox delivered', 'away skipped']],
    ['bounced', ['mailbox refused', 'away delivered']],
    ['delivered', ['away refused']],
    // Rules that keep no copy and forward nowhere ask for nothing.
    ['delivered', []],
  ])('is %s for %j', (status, lines) => {
    expect(mailStatus(facts(lines))).toBe(status);
  });

  it.each<[MailStatus, string, Partial<StatusFacts>]>([
    ['processing', 'a mail that is not planned yet', { recipients: [] }],
    ['failed', 'a loop', { decision: 'loop' }],
    ['failed', 'a mail that cannot be handled', { decision: 'fail', held: true }],
    [
      'blocked',
      'a mail blocked for all',
      { decision: 'blocked', blocked: [{ recipient: A }, { recipient: B }] },
    ],
    ['blocked', 'recipients who are blocked one by one', { blocked: [{ recipient: A }, { recipient: B }] }],
    [
      'delivered',
      'a mail that is blocked for some and asks for nothing else',
      { blocked: [{ recipient: A }] },
    ],
    ['held', 'a plan that waits for a person', { decision: 'hold' }],
    ['held', 'a mail that a person holds', { held: true, deliveries: deliveriesOf(['mailbox pending']) }],
    ['delivered', 'a mail that the replaced worker had processed', { decision: 'leave' }],
    [
      'delivered',
      'a mail that was held, released and delivered',
      { decision: 'hold', deliveries: deliveriesOf(['mailbox delivered']) },
    ],
    [
      'delivered',
      'a mail delivered to all but the blocked',
      { blocked: [{ recipient: B }], deliveries: deliveriesOf(['mailbox delivered']) },
    ],
  ])('is %s for %s', (status, _what, more) => {
    expect(mailStatus(facts([], more))).toBe(status);
  });
});

describe('invalid inboxes', () => {
  it('are those that refused, each once, forwarded or not', () => {
    const lines = [
      'mailbox refused',
      'forward delivered',
      'mailbox refused A',
      'mailbox deferred B',
      'forward refused B',
    ];
    expect(invalidInboxes(facts(lines))).toEqual([A]);
  });
});
