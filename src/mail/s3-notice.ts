/**
 * Reads what S3 says about an object that was stored: where it is, and nothing about its envelope (rule 1).
 * The form that S3 sends URL-encodes keys; the form of EventBridge does not.
 */
import { asRecord, type JsonRecord, recordAt, sizeAt, textAt } from './json.ts';
import {
  admit,
  type Dropped,
  type MailQueue,
  type NoticeReading,
  type RecordReading,
  receivedAt,
  unreadable,
} from './notice-reading.ts';

/** The echo of our own audit, which copies the object onto itself. */
const OWN_COPY: Dropped = { kind: 'dropped', why: 'own-copy' };

/** What both forms say. */
type Stored = {
  bucket: string | undefined;
  key: string | undefined;
  time: string | undefined;
  sizeBytes: number | undefined;
};

/** Whether S3 only tries whether it may write to the queue. */
export const isTestEvent = (json: JsonRecord): boolean => json.Event === 's3:TestEvent';

/** Whether this is an event as S3 itself sends it. */
export const isS3Event = (json: JsonRecord): boolean => Array.isArray(json.Records);

/** Whether this is an event of S3 as EventBridge passes it on. */
export const isEventBridgeEvent = (json: JsonRecord): boolean =>
  json.source === 'aws.s3' && recordAt(json, 'detail') !== undefined;

/**
 * Reads all records of an S3 event. One record that cannot be read makes the message unreadable: it is better
 * looked at by a person as a whole than half forgotten.
 */
export function readS3Event(json: JsonRecord, queue: MailQueue): NoticeReading {
  const records = Array.isArray(json.Records) ? json.Records : [];
  const readings = records.map((record) => readS3Record(asRecord(record), queue));
  const bad = readings.find((reading) => reading.kind === 'unreadable');
  if (bad !== undefined) return bad;
  const notices = readings.flatMap((reading) => (reading.kind === 'notice' ? [reading.notice] : []));
  if (notices.length > 0) return { kind: 'notices', notices };
  return readings.find((reading) => reading.kind === 'dropped') ?? unreadable('S3 event without records');
}

/** Reads an event that `isEventBridgeEvent`. */
export function readEventBridgeEvent(json: JsonRecord, queue: MailQueue): RecordReading {
  const type = textAt(json, 'detail-type');
  const detail = recordAt(json, 'detail');
  const object = recordAt(detail, 'object');
  if (type !== 'Object Created') return unreadable(`S3 event of type ${quoted(type)}, not Object Created`);
  if (textAt(detail, 'reason') === 'CopyObject') return OWN_COPY;
  return stored(
    {
      bucket: textAt(recordAt(detail, 'bucket'), 'name'),
      key: textAt(object, 'key'),
      time: textAt(json, 'time'),
      sizeBytes: sizeAt(object, 'size'),
    },
    queue,
  );
}

function readS3Record(record: JsonRecord | undefined, queue: MailQueue): RecordReading {
  const event = textAt(record, 'eventName')?.replace(/^s3:/, '');
  const s3 = recordAt(record, 's3');
  const object = recordAt(s3, 'object');
  if (!event?.startsWith('ObjectCreated:')) return unreadable(`S3 event ${quoted(event)}, not ObjectCreated`);
  if (event === 'ObjectCreated:Copy') return OWN_COPY;
  const key = textAt(object, 'key');
  const decoded = key === undefined ? undefined : urlDecoded(key);
  if (key !== undefined && decoded === undefined) return unreadable(`key ${quoted(key)} is not URL-encoded`);
  return stored(
    {
      bucket: textAt(recordAt(s3, 'bucket'), 'name'),
      key: decoded,
      time: textAt(record, 'eventTime'),
      sizeBytes: sizeAt(object, 'size'),
    },
    queue,
  );
}

function stored({ bucket, key, time, sizeBytes }: Stored, queue: MailQueue): RecordReading {
  if (bucket === undefined || key === undefined)
    return unreadable('S3 event without bucket name or object key');
  const place = { bucket, key, messageId: key.slice(key.lastIndexOf('/') + 1) };
  const size = sizeBytes === undefined ? {} : { sizeBytes };
  return admit(
    { source: 's3', domain: queue.domain, ...place, receivedAt: receivedAt(time, queue), ...size },
    queue,
  );
}

function urlDecoded(key: string): string | undefined {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

const quoted = (text: string | undefined): string => JSON.stringify(text?.slice(0, 80) ?? 'without a name');
