/** What a relay must offer for a mail to go there, and how the offers are used (rules 32 and 33). */
import { describe, expect, it } from 'vitest';
import { readOffers } from '../../src/smtp/offers.ts';
import type { OutgoingMail } from '../../src/smtp/smtp-client.ts';
import { mail, relay } from './relay.ts';

describe('the offers of a relay', () => {
  it.each([
    [
      '250-relay.example\n250-SIZE 1000\n250-8BITMIME\n250 SMTPUTF8',
      { eightBitMime: true, smtpUtf8: true, sizeMax: 1000 },
    ],
    [
      '250-relay.example\r\n250-size 1000\r\n250 8bitMime',
      { eightBitMime: true, smtpUtf8: false, sizeMax: 1000 },
    ],
    ['250-relay.example\n250-SIZE 0\n250 PIPELINING', { eightBitMime: false, smtpUtf8: false }],
    ['250-relay.example\n250 SIZE', { eightBitMime: false, smtpUtf8: false }],
    ['250 8BITMIME', { eightBitMime: false, smtpUtf8: false }],
    ['', { eightBitMime: false, smtpUtf8: false }],
  ])('%j', (reply, offers) => {
    expect(readOffers(reply)).toEqual(offers);
  });
});

describe('a mail that the relay cannot take', () => {
  const cases: [string, string[], Partial<OutgoingMail>, number, string][] = [
    ['has an 8-bit body and no 8BITMIME', [], { eightBit: true }, 554, '5.6.3'],
    ['has a UTF-8 recipient and no SMTPUTF8', ['8BITMIME'], { to: 'jürgen@example.org' }, 553, '5.6.7'],
    ['has a UTF-8 sender and no SMTPUTF8', ['8BITMIME'], { from: 'jürgen@example.org' }, 553, '5.6.7'],
    ['is bigger than SIZE', ['SIZE 1000'], { sizeBytes: 1001 }, 552, '5.3.4'],
    ['has a line end in its recipient', ['SMTPUTF8'], { to: 'bob@example.org>\r\nDATA' }, 553, '5.1.3'],
    ['has a line end in its sender', ['SMTPUTF8'], { from: 'a@example.com\n' }, 553, '5.1.7'],
  ];
  it.each(cases)('%s', async (_, extensions, changes, code, enhanced) => {
    const { server, client } = await relay({ extensions });
    expect(await client.send(mail(changes))).toMatchObject({ code, enhanced, stage: 'mail' });
    expect(await client.send(mail())).toMatchObject({ code: 250 });
    expect(server.commands.filter(({ line }) => line.startsWith('MAIL'))).toHaveLength(1);
    expect(server.connections()).toBe(1);
  });
});

describe('the commands of a mail', () => {
  const all = ['PIPELINING', 'SIZE 5000', '8BITMIME', 'SMTPUTF8', 'DSN'];
  const cases: [string, string[], Partial<OutgoingMail>, string, string][] = [
    [
      'say nothing special of a plain mail',
      all,
      {},
      'MAIL FROM:<alice@example.com>',
      'RCPT TO:<bob@example.org>',
    ],
    ['keep the null sender null', all, { from: '' }, 'MAIL FROM:<>', 'RCPT TO:<bob@example.org>'],
    [
      'announce the size, up to the limit',
      all,
      { sizeBytes: 5000 },
      'MAIL FROM:<alice@example.com> SIZE=5000',
      'RCPT TO:<bob@example.org>',
    ],
    [
      'announce an 8-bit body',
      all,
      { eightBit: true },
      'MAIL FROM:<alice@example.com> BODY=8BITMIME',
      'RCPT TO:<bob@example.org>',
    ],
    [
      'ask for SMTPUTF8 where an address needs it',
      all,
      { to: 'jürgen@example.org' },
      'MAIL FROM:<alice@example.com> SMTPUTF8',
      'RCPT TO:<jürgen@example.org>',
    ],
    [
      'ask for no reports where none are wanted',
      all,
      { neverNotify: true },
      'MAIL FROM:<alice@example.com>',
      'RCPT TO:<bob@example.org> NOTIFY=NEVER',
    ],
    [
      'use only what is offered',
      ['8BITMIME'],
      { neverNotify: true, sizeBytes: 10 },
      'MAIL FROM:<alice@example.com>',
      'RCPT TO:<bob@example.org>',
    ],
    [
      'keep the case of the local part',
      all,
      { to: 'Bob.X@example.org' },
      'MAIL FROM:<alice@example.com>',
      'RCPT TO:<Bob.X@example.org>',
    ],
  ];
  it.each(cases)('%s', async (_, extensions, changes, from, to) => {
    const { server, client } = await relay({ extensions });
    expect(await client.send(mail(changes))).toMatchObject({ code: 250, stage: 'done' });
    expect(server.accepted[0]).toMatchObject({ mail: from, rcpt: [to] });
  });
});
