/** Which refusals say that an address is bad for good (rule 56). */
import { expect, it } from 'vitest';
import type { SmtpReply } from '../../src/mail/mail.ts';
import { isHardRefusal } from '../../src/mail/suppression.ts';

const cases: [string, boolean, string, SmtpReply][] = [
  ['no such user', true, 'refused', { code: 550, enhanced: '5.1.1', text: 'no such user', stage: 'rcpt' }],
  ['the same, said in the text', true, 'refused', { code: 550, text: '5.1.1 no such user', stage: 'rcpt' }],
  [
    'a mailbox that was closed',
    true,
    'refused',
    { code: 550, enhanced: '5.2.1', text: 'closed', stage: 'rcpt' },
  ],
  ['a full mailbox', false, 'refused', { code: 552, enhanced: '5.2.2', text: 'full', stage: 'rcpt' }],
  ['policy', false, 'refused', { code: 550, enhanced: '5.7.1', text: 'blocked', stage: 'rcpt' }],
  ['content', false, 'refused', { code: 554, enhanced: '5.1.1', text: 'odd', stage: 'dot' }],
  ['a code without an enhanced one', false, 'refused', { code: 550, text: 'no', stage: 'rcpt' }],
  ['later', false, 'deferred', { code: 450, enhanced: '4.1.1', text: 'later', stage: 'rcpt' }],
];
it.each(cases)('%s: %s', (_, isHard, kind, reply) => {
  expect(isHardRefusal({ kind, reply })).toBe(isHard);
});

it('an answer of the ledger says nothing new', () => {
  const reply: SmtpReply = { code: 550, enhanced: '5.1.1', text: 'no such user', stage: 'rcpt' };
  expect(isHardRefusal({ kind: 'refused', known: true, reply })).toBe(false);
});
