/**
 * Turns the body of a queue message into notices of mails. Promise: any text at all gets an answer; nothing throws,
 * and nothing is dropped that is not known to be empty of mail.
 */
import { asRecord, type JsonRecord, parseJson, textAt } from './json.ts';
import { type MailQueue, type NoticeReading, unreadable } from './notice-reading.ts';
import {
  isEventBridgeEvent,
  isS3Event,
  isTestEvent,
  readEventBridgeEvent,
  readS3Event,
} from './s3-notice.ts';
import { isSesNotification, readSesNotification } from './ses-notice.ts';

/** SNS in SNS happens where topics feed topics; more than this is an attack or an accident. */
const ENVELOPES_MAX = 3;

/**
 * Reads a notification of SES or an event of S3, bare, wrapped by SNS or passed on by EventBridge. Only objects in
 * the buckets of the served domains become notices.
 */
export function readNotice(body: string, queue: MailQueue): NoticeReading {
  const json = unwrapped(body);
  if (json === undefined) return unreadable('the message is no JSON object');
  if (isTestEvent(json)) return { kind: 'dropped', why: 'test-event' };
  if (isS3Event(json)) return readS3Event(json, queue);
  const reading = isSesNotification(json)
    ? readSesNotification(json, queue)
    : isEventBridgeEvent(json)
      ? readEventBridgeEvent(json, queue)
      : unreadable(strangerReason(json));
  return reading.kind === 'notice' ? { kind: 'notices', notices: [reading.notice] } : reading;
}

/** What is inside the SNS envelopes, if it has any. */
function unwrapped(body: string): JsonRecord | undefined {
  let json = asRecord(parseJson(body));
  for (let depth = 0; depth < ENVELOPES_MAX && json?.Type === 'Notification'; depth++) {
    json = asRecord(parseJson(textAt(json, 'Message') ?? ''));
  }
  return json;
}

function strangerReason(json: JsonRecord): string {
  const type = textAt(json, 'notificationType') ?? textAt(json, 'eventType') ?? textAt(json, 'Type');
  const members = Object.keys(json).slice(0, 5).join(', ').slice(0, 80);
  return type === undefined
    ? `neither a notification of SES nor an event of S3 (members: ${members || 'none'})`
    : `a message of type ${JSON.stringify(type.slice(0, 80))}, which announces no received mail`;
}

/** What the digest of a notice's recipients is taken over: the same for any order and case (design, section 4). */
export const recipientsDigestInput = (recipients: string[]): string =>
  [...new Set(recipients.map((recipient) => recipient.toLowerCase()))].sort().join('\n');
