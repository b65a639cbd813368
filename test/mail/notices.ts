/** Queue messages as SES, S3, SNS and EventBridge write them, for tests to vary. */
import type { MailQueue } from '../../src/mail/notice-reading.ts';

export const queue: MailQueue = {
  domain: 'example.com',
  domains: ['example.com', 'example.org'],
  bucketOf: (domain) => `${domain.replaceAll('.', '-')}-emails`,
};

export const sesMessageId = 'd6iitobk75ur44p8kdnnp7g2n800';

const pass = { status: 'PASS' };

/** A notification with an S3 action, as the SES developer guide shows it. */
export const sesNotification = () => ({
  notificationType: 'Received',
  receipt: {
    timestamp: '2025-08-04T10:32:33.936Z',
    processingTimeMillis: 222,
    recipients: ['Alice@example.com'],
    spamVerdict: pass,
    virusVerdict: pass,
    spfVerdict: { status: 'GRAY' },
    dkimVerdict: pass,
    dmarcVerdict: pass,
    dmarcPolicy: 'reject',
    action: {
      type: 'S3',
      topicArn: 'arn:aws:sns:us-east-2:012345678912:example-topic',
      bucketName: 'example-com-emails',
      objectKeyPrefix: 'inbound/',
      objectKey: `inbound/${sesMessageId}`,
    },
  },
  mail: {
    timestamp: '2025-08-04T10:32:33.936Z',
    source: 'bob@sender.example',
    messageId: sesMessageId,
    destination: ['Alice@example.com', 'carol@example.org'],
    headersTruncated: false,
    headers: [{ name: 'Return-Path', value: '<bob@sender.example>' }],
    commonHeaders: {
      returnPath: 'bob@sender.example',
      from: ['Bob <bob@sender.example>'],
      date: 'Mon, 4 Aug 2025 12:32:27 +0200',
      to: ['Alice@example.com'],
      messageId: '<0000@sender.example>',
      subject: 'Lunch',
    },
  },
});

/** One record of an S3 event; S3 URL-encodes its keys. */
export const s3Record = (key: string, eventName = 'ObjectCreated:Put') => ({
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  awsRegion: 'us-east-2',
  eventTime: '2025-08-04T10:32:34.000Z',
  eventName,
  userIdentity: { principalId: 'AWS:AIDAINPONIXQXHT3IKHL2' },
  requestParameters: { sourceIPAddress: '203.0.113.9' },
  responseElements: { 'x-amz-request-id': 'D82B88E5F771F645' },
  s3: {
    s3SchemaVersion: '1.0',
    configurationId: 'mail',
    bucket: { name: 'example-com-emails', arn: 'arn:aws:s3:::example-com-emails' },
    object: { key, size: 20480, eTag: 'b21b84d653bb07b05b1e6b33684dc11b', sequencer: '0C0F6F405D6ED209E1' },
  },
});

export const eventBridgeEvent = (key: string, reason = 'PutObject') => ({
  version: '0',
  id: '17793124-05d4-b198-2fde-7ededc63b103',
  'detail-type': 'Object Created',
  source: 'aws.s3',
  account: '012345678912',
  time: '2025-08-04T10:32:34Z',
  region: 'us-east-2',
  resources: ['arn:aws:s3:::example-com-emails'],
  detail: {
    version: '0',
    bucket: { name: 'example-com-emails' },
    object: { key, size: 20480, etag: 'b21b84d653bb07b05b1e6b33684dc11b', sequencer: '0C0F6F405D6ED209E1' },
    'request-id': 'D82B88E5F771F645',
    requester: '012345678912',
    reason,
  },
});

/** The envelope that SNS puts around a message where raw delivery is off. */
export const inSns = (message: unknown) => ({
  Type: 'Notification',
  MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
  TopicArn: 'arn:aws:sns:us-east-2:012345678912:example-topic',
  Subject: 'Amazon SES Email Receipt Notification',
  Message: JSON.stringify(message),
  Timestamp: '2025-08-04T10:32:34.100Z',
  SignatureVersion: '1',
});

export const s3TestEvent = {
  Service: 'Amazon S3',
  Event: 's3:TestEvent',
  Time: '2025-08-04T10:00:00.000Z',
  Bucket: 'example-com-emails',
  RequestId: '5582815E1AEA5ADF',
  HostId: '8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR',
};
