/** When a person is away, and the whole mail that says so. */
import { simpleParser } from 'mailparser';
import { describe, expect, it } from 'vitest';
import {
  type Away,
  awayActive,
  awaySubject,
  composeAwayReply,
  unreadableBounds,
} from '../../src/mail/autoreply.ts';
import type { AwayReply } from '../../src/mail/delivery.ts';
import { expectGolden } from './golden.ts';

const away = (given: Partial<Away> = {}): Away => ({ text: 'I am away.', intervalDays: 7, ...given });

describe('a person is away', () => {
  it.each<[string, Partial<Away>, string, boolean]>([
    ['always, without bounds', {}, '2025-08-04T10:00:00Z', true],
    ['from the start', { start: '2025-08-04T10:00:00Z' }, '2025-08-04T10:00:00Z', true],
    ['not before the start', { start: '2025-08-04T10:00:00Z' }, '2025-08-04T09:59:59Z', false],
    ['not from the end on', { end: '2025-08-04T10:00:00Z' }, '2025-08-04T10:00:00Z', false],
    ['until the end', { end: '2025-08-04T10:00:00Z' }, '2025-08-04T09:59:59.999Z', true],
    ['for the whole last day', { end: '2025-08-04' }, '2025-08-04T23:59:59Z', true],
    ['not on the day after the last', { end: '2025-08-04' }, '2025-08-05T00:00:00Z', false],
    ['from the first moment of the first day', { start: '2025-08-04' }, '2025-08-04T00:00:00Z', true],
    ['for one day', { start: '2025-08-04', end: '2025-08-04' }, '2025-08-04T12:00:00Z', true],
    ['by their own clock', { end: '2025-08-04T18:00:00+02:00' }, '2025-08-04T15:59:00Z', true],
    [
      'by their own clock, written without a colon',
      { end: '2025-08-04T18:00+0200' },
      '2025-08-04T16:00:00Z',
      false,
    ],
    ['in UTC, where there is no zone', { end: '2025-08-04T18:00:00' }, '2025-08-04T17:59:59Z', true],
    ['with a space for the T', { start: '2025-08-04 18:00' }, '2025-08-04T18:00:00Z', true],
    [
      'never, where the end is before the start',
      { start: '2025-08-05', end: '2025-08-01' },
      '2025-08-04T10:00:00Z',
      false,
    ],
    ['past a start that is no date', { start: 'next week' }, '2025-08-04T10:00:00Z', true],
    ['past an end that is no day', { end: '2025-02-31T00:00:00Z' }, '2025-01-01T00:00:00Z', true],
  ])('%s', (_when, bounds, now, expected) => expect(awayActive(away(bounds), now)).toBe(expected));

  it('and a bound that is no date is named', () => {
    expect(unreadableBounds(away({ start: 'next week', end: '2025-08-04' }))).toEqual(['next week']);
    expect(unreadableBounds(away())).toEqual([]);
  });
});

describe('the subject of a reply', () => {
  it.each<[string, Partial<Away>, string, string]>([
    ['quotes the mail’s', {}, 'Lunch', 'Auto: Lunch'],
    ['says so where there was none', {}, ' ', 'Auto: (no subject)'],
    ['is the person’s own', { subject: 'Back on Monday' }, 'Lunch', 'Back on Monday'],
    ['is one line', {}, 'Lunch\r\nBcc: x@sender.example', 'Auto: Lunch Bcc: x@sender.example'],
    ['is cut between characters', {}, '🍕'.repeat(300), `Auto: ${'🍕'.repeat(194)}`],
  ])('%s', (_what, given, original, expected) => expect(awaySubject(away(given), original)).toBe(expected));
});

const reply: AwayReply = {
  owner: 'alice@example.com',
  subject:
    'Auto: Grüße aus München und noch viel mehr über die Größe der Straßenbahnhaltestellenschilder — ¿qué tal?',
  text: [
    'Schöne Grüße!',
    '',
    'Ich bin bis zum 15. August nicht da; in dringenden Fällen hilft Ihnen gern meine Kollegin Zoë weiter. 🏖️',
    '.',
    'From here on: 1 + 1 = 2 ',
    'Alice Müller',
  ].join('\n'),
  messageId: '<0123456789abcdef0123456789abcdef@example.com>',
  inReplyTo: '<lunch-3@sender.example>',
  references: '<lunch-1@sender.example> <lunch-2@sender.example> <lunch-3@sender.example>',
  pair: 'pair',
  intervalDays: 7,
};

describe('the reply', () => {
  const mail = composeAwayReply(reply, 'bob@sender.example', '2025-08-04T10:32:33.936Z');

  it('is, as a whole, this mail', () => expectGolden('away-reply.eml', mail));

  it('is ASCII in lines of at most 78 characters that end in CRLF', () => {
    expect(mail).toMatch(/^(?:[\x20-\x7e\t]{0,78}\r\n)+$/);
  });

  it('keeps encoded words whole, in lines of at most 76', () => {
    const subject = /^Subject: (?:.*\r\n )*.*$/m.exec(mail)?.[0].split('\r\n') ?? [];
    expect(subject.length).toBeGreaterThan(2);
    for (const line of subject) {
      expect(line).toMatch(/^.{0,76}$/);
      expect(line).toMatch(/^[^=]*(?:=\?utf-8\?B\?[A-Za-z0-9+/=]+\?=[^=]*)?$/);
    }
  });

  it('reads as it was written', async () => {
    const { subject, text, from, to, messageId } = await simpleParser(mail);
    expect({ subject, text, messageId }).toEqual({
      subject: reply.subject,
      text: `${reply.text}\n`,
      messageId: reply.messageId,
    });
    expect([from?.value[0]?.address, [to].flat()[0]?.text]).toEqual([
      'alice@example.com',
      'bob@sender.example',
    ]);
  });

  it('is the same at every attempt', () => {
    expect(composeAwayReply(reply, 'bob@sender.example', '2025-08-04T10:32:33.936Z')).toBe(mail);
  });

  it('without an original id has no thread', () => {
    const { inReplyTo: _inReplyTo, references: _references, ...lonely } = reply;
    const text = composeAwayReply(lonely, 'bob@sender.example', '2025-08-04T10:32:33.936Z');
    expect(text).not.toMatch(/^(In-Reply-To|References):/m);
  });

  it('cannot be given further header fields', () => {
    const rude = {
      ...reply,
      subject: 'x\r\nBcc: y@sender.example\u0000',
      owner: 'alice@example.com\nCc: z@sender.example',
    };
    const text = composeAwayReply(rude, 'bob@sender.example', '2025-08-04T10:32:33.936Z');
    expect(text).not.toMatch(/^(Bcc|Cc):/m);
  });
});
