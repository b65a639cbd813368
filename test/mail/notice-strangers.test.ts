/** Queue messages that announce no mail, or are no message at all: each has a reason, none throws. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNotice } from '../../src/mail/notice.ts';
import { inSns, queue, sesNotification } from './notices.ts';

const read = (message: unknown) => readNotice(JSON.stringify(message), queue);

const reasonOf = (message: unknown): string => {
  const reading = read(message);
  return reading.kind === 'unreadable' ? reading.reason : `not unreadable: ${JSON.stringify(reading)}`;
};

describe('what is neither', () => {
  it.each([
    ['nothing', ''],
    ['half of an object', '{"Records": ['],
    ['a text', 'Successfully validated SNS topic'],
    ['a number', '7'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a deep nest', '['.repeat(100_000)],
    ['a megabyte of text', `"${'x'.repeat(1_000_000)}"`],
    ['SNS around no JSON', JSON.stringify({ Type: 'Notification', Message: 'hello' })],
    ['SNS around nothing', JSON.stringify({ Type: 'Notification' })],
  ])('is unreadable: %s', (_what, body) => {
    expect(readNotice(body, queue)).toEqual({ kind: 'unreadable', reason: 'the message is no JSON object' });
  });

  it.each([
    [
      { notificationType: 'Bounce', bounce: {}, mail: {} },
      'a message of type "Bounce", which announces no received mail',
    ],
    [{ Type: 'SubscriptionConfirmation', Token: 'x' }, 'a message of type "SubscriptionConfirmation"'],
    [{ hello: 1, world: 2 }, 'neither a notification of SES nor an event of S3 (members: hello, world)'],
    [{}, '(members: none)'],
    [{ receipt: [], mail: 'x' }, '(members: receipt, mail)'],
    [inSns(inSns(inSns(inSns(sesNotification())))), 'a message of type "Notification"'],
  ])('is unreadable with a reason: %o', (message, reason) => expect(reasonOf(message)).toContain(reason));

  it('is unreadable where a message id or key has half a character, which nothing can be started with', () => {
    const halved = sesNotification();
    Object.assign(halved.mail as object, { messageId: 'half\ud800' });
    expect(reasonOf(halved)).toContain('half a character');
  });

  it('never throws, whatever JSON it is', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom('receipt', 'mail', 'Records', 'detail', 'Message'),
        (json, name) => {
          for (const message of [
            json,
            { Records: [json] },
            { receipt: {}, mail: {}, [name]: json },
            inSns(json),
          ]) {
            expect(['notices', 'dropped', 'unreadable']).toContain(read(message).kind);
          }
        },
      ),
    );
  });
});
