/** Queue messages in, notices out: every shape that SES and S3 have. */
import { describe, expect, it } from 'vitest';
import { readNotice, recipientsDigestInput } from '../../src/mail/notice.ts';
import {
  eventBridgeEvent,
  inSns,
  queue,
  s3Record,
  s3TestEvent,
  sesMessageId,
  sesNotification,
} from './notices.ts';

const read = (message: unknown) => readNotice(JSON.stringify(message), queue);

const only = (message: unknown) => {
  const reading = read(message);
  if (reading.kind !== 'notices') throw new Error(`expected notices, got ${JSON.stringify(reading)}`);
  expect(reading.notices).toHaveLength(1);
  return reading.notices[0]!;
};

const reasonOf = (message: unknown): string => {
  const reading = read(message);
  return reading.kind === 'unreadable' ? reading.reason : `not unreadable: ${JSON.stringify(reading)}`;
};

/** A notification with one thing changed. */
function changed(change: (notification: ReturnType<typeof sesNotification>) => void) {
  const notification = sesNotification();
  change(notification);
  return notification;
}

const sesNotice = {
  source: 'ses',
  domain: 'example.com',
  bucket: 'example-com-emails',
  key: `inbound/${sesMessageId}`,
  messageId: sesMessageId,
  receivedAt: '2025-08-04T10:32:33.936Z',
  envelope: { sender: 'bob@sender.example', recipients: ['Alice@example.com'] },
  destination: ['Alice@example.com', 'carol@example.org'],
  verdicts: { spam: 'PASS', virus: 'PASS', spf: 'GRAY', dkim: 'PASS', dmarc: 'PASS', dmarcPolicy: 'REJECT' },
  subject: 'Lunch',
  from: 'Bob <bob@sender.example>',
};

describe('a notification of SES', () => {
  it('is read with envelope, place and verdicts', () => expect(only(sesNotification())).toEqual(sesNotice));

  it('is read the same inside SNS, and inside SNS in SNS', () => {
    expect(only(inSns(sesNotification()))).toEqual(sesNotice);
    expect(only(inSns(inSns(sesNotification())))).toEqual(sesNotice);
  });

  it('without an S3 action names the mail by the domain’s bucket and the message id', () => {
    const message = changed(({ receipt }) =>
      Object.assign(receipt, { action: { type: 'SNS', encoding: 'UTF8' } }),
    );
    expect(only(message)).toMatchObject({ bucket: 'example-com-emails', key: sesMessageId });
  });

  it.each([
    ['an empty source', ''],
    ['angle brackets', '<>'],
    ['null', null],
    ['no source', undefined],
  ])('has the null sender for %s', (_what, source) => {
    expect(only(changed(({ mail }) => Object.assign(mail, { source }))).envelope?.sender).toBe('');
  });

  it('may have no recipient, which is for the plan to judge', () => {
    const message = changed(({ receipt }) => Object.assign(receipt, { recipients: [] }));
    expect(only(message).envelope?.recipients).toEqual([]);
  });

  it('is read with 2,000 recipients', () => {
    const recipients = Array.from({ length: 2000 }, (_, index) => `person${index}@example.com`);
    const message = changed(({ receipt }) => Object.assign(receipt, { recipients }));
    expect(only(message).envelope?.recipients).toEqual(recipients);
  });

  it('is read without anything but its ids and recipients', () => {
    const message = { receipt: { recipients: ['alice@example.com'] }, mail: { messageId: 'm1' } };
    expect(only(message)).toEqual({
      source: 'ses',
      domain: 'example.com',
      bucket: 'example-com-emails',
      key: 'm1',
      messageId: 'm1',
      receivedAt: '1970-01-01T00:00:00.000Z',
      envelope: { sender: '', recipients: ['alice@example.com'] },
      verdicts: {},
    });
  });

  it('that names no time was received when SQS took it', () => {
    const message = { receipt: { recipients: ['alice@example.com'] }, mail: { messageId: 'm1' } };
    const reading = readNotice(JSON.stringify(message), { ...queue, sentAt: '2025-08-04T10:00:00.000Z' });
    expect(reading).toMatchObject({ notices: [{ receivedAt: '2025-08-04T10:00:00.000Z' }] });
  });

  it('treats verdicts, labels and times of a wrong type as absent', () => {
    const message = changed(({ receipt, mail }) => {
      Object.assign(receipt, { spamVerdict: 'PASS', virusVerdict: { status: 7 }, dmarcPolicy: null });
      Object.assign(mail, {
        timestamp: 12,
        destination: 'all',
        commonHeaders: { subject: ['a'], from: 'b' },
      });
    });
    const { verdicts, subject, from, destination } = only(message);
    expect({ verdicts, subject, from, destination }).toEqual({
      verdicts: { spf: 'GRAY', dkim: 'PASS', dmarc: 'PASS' },
      subject: undefined,
      from: undefined,
      destination: undefined,
    });
  });

  it.each([
    [
      'recipients that are a text',
      { recipients: 'alice@example.com' },
      'receipt.recipients is no list of addresses',
    ],
    [
      'recipients of which one is a number',
      { recipients: ['a@example.com', 7] },
      'receipt.recipients is no list',
    ],
    ['no recipients at all', { recipients: undefined }, 'receipt.recipients is no list'],
    [
      'a line break in a recipient',
      { recipients: ['a@example.com\r\nDATA'] },
      'in the envelope is no address',
    ],
  ])('is unreadable with %s', (_what, receipt, reason) => {
    expect(reasonOf(changed((message) => Object.assign(message.receipt, receipt)))).toContain(reason);
  });

  it.each([
    ['a source that is a number', { source: 7 }, 'mail.source is no address'],
    ['no message id', { messageId: undefined }, 'without mail.messageId'],
    ['a message id that is a number', { messageId: 7 }, 'without mail.messageId'],
  ])('is unreadable with %s', (_what, mail, reason) => {
    expect(reasonOf(changed((message) => Object.assign(message.mail, mail)))).toContain(reason);
  });

  it('of a bucket that is none of ours is unreadable', () => {
    const message = changed(({ receipt }) => {
      receipt.action.bucketName = 'somebody-else-emails';
    });
    expect(reasonOf(message)).toBe('bucket "somebody-else-emails" belongs to none of DOMAINS');
  });

  it('may name the bucket of another served domain', () => {
    const message = changed(({ receipt }) => {
      receipt.action.bucketName = 'example-org-emails';
    });
    expect(only(message)).toMatchObject({ bucket: 'example-org-emails', domain: 'example.com' });
  });
});

describe('an event of S3', () => {
  const s3Notice = {
    source: 's3',
    domain: 'example.com',
    bucket: 'example-com-emails',
    key: 'inbound/m 1+ü',
    messageId: 'm 1+ü',
    receivedAt: '2025-08-04T10:32:34.000Z',
    sizeBytes: 20480,
  };
  const encoded = 'inbound/m+1%2B%C3%BC';

  it.each([
    ['bare', { Records: [s3Record(encoded)] }],
    ['in SNS', inSns({ Records: [s3Record(encoded)] })],
    ['from EventBridge, which does not encode keys', eventBridgeEvent('inbound/m 1+ü')],
    ['from EventBridge by SNS', inSns(eventBridgeEvent('inbound/m 1+ü'))],
    ['of a multipart upload', { Records: [s3Record(encoded, 'ObjectCreated:CompleteMultipartUpload')] }],
    ['as older forms name it', { Records: [s3Record(encoded, 's3:ObjectCreated:Post')] }],
  ])('is read %s', (_how, message) => expect(only(message)).toEqual(s3Notice));

  it('announces several mails, those of our own copies left out', () => {
    const reading = read({ Records: [s3Record('a'), s3Record('b', 'ObjectCreated:Copy'), s3Record('c')] });
    expect(reading).toMatchObject({ kind: 'notices', notices: [{ key: 'a' }, { key: 'c' }] });
  });

  it.each([
    ['a test event', s3TestEvent, 'test-event'],
    ['a test event in SNS', inSns(s3TestEvent), 'test-event'],
    ['the echo of our audit', { Records: [s3Record('a', 'ObjectCreated:Copy')] }, 'own-copy'],
    ['the echo of our audit by EventBridge', eventBridgeEvent('a', 'CopyObject'), 'own-copy'],
    [
      'the object of SES’s set-up',
      { Records: [s3Record('AMAZON_SES_SETUP_NOTIFICATION')] },
      'setup-notification',
    ],
    [
      'the same with a prefix',
      eventBridgeEvent('inbound/AMAZON_SES_SETUP_NOTIFICATION'),
      'setup-notification',
    ],
    [
      'SES’s own word of it',
      changed(({ mail }) => Object.assign(mail, { messageId: 'AMAZON_SES_SETUP_NOTIFICATION' })),
      'setup-notification',
    ],
  ])('is dropped where it is %s', (_what, message, why) => {
    expect(read(message)).toEqual({ kind: 'dropped', why });
  });

  it.each([
    ['no records', { Records: [] }, 'S3 event without records'],
    ['a record that is null', { Records: [null] }, 'not ObjectCreated'],
    [
      'a removal',
      { Records: [s3Record('a', 'ObjectRemoved:Delete')] },
      '"ObjectRemoved:Delete", not ObjectCreated',
    ],
    ['a good record beside a bad one', { Records: [s3Record('a'), 7] }, 'not ObjectCreated'],
    ['a key that is not URL-encoded', { Records: [s3Record('100%')] }, 'key "100%" is not URL-encoded'],
    ['a folder', { Records: [s3Record('inbound/')] }, 'names a folder, not a mail'],
    [
      'no bucket',
      { Records: [{ eventName: 'ObjectCreated:Put', s3: { object: { key: 'a' } } }] },
      'without bucket',
    ],
    ['a key of 2,000 characters', { Records: [s3Record('k'.repeat(2000))] }, 'key of 2000 characters'],
    [
      'a message id of 400 characters',
      { Records: [s3Record('k'.repeat(400))] },
      'message id of 400 characters',
    ],
    [
      'a deletion by EventBridge',
      { ...eventBridgeEvent('a'), 'detail-type': 'Object Deleted' },
      '"Object Deleted"',
    ],
  ])('is unreadable with %s', (_what, message, reason) => expect(reasonOf(message)).toContain(reason));
});

describe('the digest of recipients', () => {
  it('is taken over sorted, lower-cased, unique addresses', () => {
    expect(recipientsDigestInput(['B@example.com', 'a@example.com', 'b@EXAMPLE.com'])).toBe(
      'a@example.com\nb@example.com',
    );
  });
});
