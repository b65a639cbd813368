/**
 * What reading a queue message can come to, and what every kind of message must pass before it becomes a notice:
 * a bucket of ours, a key S3 can have, a message id that fits into a workflow id.
 */
import type { MailNotice } from './mail.ts';

/** The queue that a message came from. */
export type MailQueue = {
  /** Served domain that the queue belongs to. */
  domain: string;
  /** Every served domain: only their buckets are read. */
  domains: string[];
  bucketOf: (domain: string) => string;
  /** ISO 8601, when SQS took the message: stands in for a time that the message does not name. */
  sentAt?: string;
};

/**
 * `notices`: mails to start, at least one. `dropped`: understood, and nothing is to be done.
 * `unreadable`: left for the dead-letter queue, for the reason given.
 */
export type NoticeReading =
  | { kind: 'notices'; notices: MailNotice[] }
  | Dropped
  | { kind: 'unreadable'; reason: string };

export type Dropped = { kind: 'dropped'; why: 'test-event' | 'own-copy' | 'setup-notification' };

/** One mail of a message, read: a message may announce several. */
export type RecordReading =
  | { kind: 'notice'; notice: MailNotice }
  | Exclude<NoticeReading, { kind: 'notices' }>;

/** Object that SES puts into a bucket when a receipt rule is made. It is no mail. */
const SETUP_NOTIFICATION = 'AMAZON_SES_SETUP_NOTIFICATION';
/** Longest key of S3, in bytes; characters are never more. */
const KEY_MAX = 1024;
/** Keeps the workflow id, which has a domain and a digest beside it, well below Temporal's 1,000. */
const MESSAGE_ID_MAX = 300;
/** Stands for a time that nothing told, so that it is seen to be none. */
const NO_TIME = '1970-01-01T00:00:00.000Z';

/** Left for the dead-letter queue, with the reason that is logged and counted. */
export const unreadable = (reason: string): { kind: 'unreadable'; reason: string } => ({
  kind: 'unreadable',
  reason,
});

/** The time as ISO 8601 in UTC, or when the message was sent where it is no time. */
export function receivedAt(time: string | undefined, queue: MailQueue): string {
  const instant = Date.parse(time ?? '');
  if (!Number.isNaN(instant)) return new Date(instant).toISOString();
  return queue.sentAt ?? NO_TIME;
}

/** Admits a notice whose object this deployment may read, and drops the one that SES makes for itself. */
export function admit(notice: MailNotice, queue: MailQueue): RecordReading {
  const { bucket, key, messageId } = notice;
  if (messageId === SETUP_NOTIFICATION || key.endsWith(SETUP_NOTIFICATION)) {
    return { kind: 'dropped', why: 'setup-notification' };
  }
  if (!queue.domains.some((domain) => queue.bucketOf(domain) === bucket)) {
    return unreadable(`bucket ${JSON.stringify(bucket.slice(0, 80))} belongs to none of DOMAINS`);
  }
  // Such text cannot be sent: the start would fail as if Temporal were down, and wait for ever.
  if (!key.isWellFormed() || !messageId.isWellFormed()) {
    return unreadable(`key or message id ${JSON.stringify(key.slice(0, 80))} has half a character`);
  }
  if (key.length > KEY_MAX) return unreadable(`key of ${key.length} characters, S3 has at most ${KEY_MAX}`);
  if (messageId === '') return unreadable(`key ${JSON.stringify(key)} names a folder, not a mail`);
  if (messageId.length > MESSAGE_ID_MAX) {
    return unreadable(`message id of ${messageId.length} characters, expected at most ${MESSAGE_ID_MAX}`);
  }
  return { kind: 'notice', notice };
}
