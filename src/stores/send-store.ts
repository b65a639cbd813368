/**
 * Content of outbound mails in S3: requests, attachments, composed mails. Everything is written once: an object's
 * name follows from send and content, so that a request which came twice is one, and another never replaces it.
 */
import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { MailReference } from '../mail/mail.ts';
import type { ContentReference } from '../mail/send.ts';
import { BucketMissing, ObjectGone } from './mail-store.ts';
import { bodyHashOf, type SendRequest } from './send-request.ts';

type Attachment = SendRequest['attachments'][number];

/** An attachment of a stored request: its bytes stand in an object of their own. */
export type StoredAttachment = Omit<Attachment, 'content'> & { stored: ContentReference };

/** A request as it is stored. */
export type StoredRequest = Omit<SendRequest, 'attachments'> & { attachments: StoredAttachment[] };

export type SendStore = {
  /** Stores what is to be sent and returns where; the same request again answers the same. */
  put(id: string, request: SendRequest): Promise<ContentReference>;
  /** What was stored. Throws ObjectGone where it is no longer there. */
  get(ref: ContentReference): Promise<StoredRequest>;
  /** All bytes of an attachment. Throws ObjectGone where it is no longer there. */
  attachment(ref: ContentReference): Promise<Uint8Array>;
  /** Stores a composed mail; `etag` is S3's. */
  putMime(id: string, bytes: Uint8Array): Promise<MailReference>;
  /** Takes back what nobody refers to: a request that was refused after all. Its attachments go with it. */
  remove(ref: ContentReference): Promise<void>;
};

type Place = { s3: S3Client; bucket: string };

/** Attachments stored at once; a mail has up to 50. */
const PUTS_AT_ONCE = 4;

/** Opens the store on one bucket; nothing is asked yet. */
export function openSendStore(s3: S3Client, { bucket }: { bucket: string }): SendStore {
  const place = { s3, bucket };
  return {
    put: (id, request) => put(place, id, request),
    get: async (ref) => JSON.parse(Buffer.from(await read(place, ref)).toString('utf8')) as StoredRequest,
    attachment: (ref) => read(place, ref),
    putMime: async (id, bytes) => {
      const key = `${id}/${digestOf(bytes).slice(0, 16)}.eml`;
      const etag = await write(place, key, bytes, 'message/rfc822');
      return { bucket, key, sizeBytes: bytes.length, etag };
    },
    remove: (ref) => remove(place, ref),
  };
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function put(place: Place, id: string, request: SendRequest): Promise<ContentReference> {
  const folder = `${id}/${bodyHashOf(request).slice(0, 16)}`;
  const attachments: StoredAttachment[] = [];
  for (let at = 0; at < request.attachments.length; at += PUTS_AT_ONCE) {
    const some = request.attachments.slice(at, at + PUTS_AT_ONCE);
    attachments.push(
      ...(await Promise.all(some.map((one, index) => putAttachment(place, folder, at + index, one)))),
    );
  }
  const stored: StoredRequest = { ...request, attachments };
  return putContent(place, `${folder}/request.json`, Buffer.from(JSON.stringify(stored)), 'application/json');
}

async function putAttachment(
  place: Place,
  folder: string,
  number: number,
  { content, ...facts }: Attachment,
): Promise<StoredAttachment> {
  const bytes = Buffer.from(content, 'base64');
  // A browser that is shown this object must not run it.
  const stored = await putContent(place, `${folder}/attachment-${number}`, bytes, 'application/octet-stream');
  return { ...facts, stored };
}

async function putContent(
  place: Place,
  key: string,
  bytes: Uint8Array,
  type: string,
): Promise<ContentReference> {
  await write(place, key, bytes, type);
  return { bucket: place.bucket, key, sizeBytes: bytes.length };
}

/** The missing bucket as an error that says what to do; any other as it is. */
function explained(error: unknown, bucket: string): unknown {
  if (!(error instanceof S3ServiceException) || error.name !== 'NoSuchBucket') return error;
  return new BucketMissing(
    `There is no S3 bucket ${bucket}: create it (everpost setup) or correct SEND_BUCKET.`,
  );
}

async function write(
  { s3, bucket }: Place,
  Key: string,
  Body: Uint8Array,
  ContentType: string,
): Promise<string> {
  try {
    const { ETag } = await s3.send(
      new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType, ContentLength: Body.length }),
    );
    return ETag ?? '';
  } catch (error) {
    throw explained(error, bucket);
  }
}

async function read({ s3 }: Place, { bucket, key }: ContentReference): Promise<Uint8Array> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'NoSuchKey')
      throw new ObjectGone(`The stored content ${bucket}/${key} is gone.`);
    throw explained(error, bucket);
  }
}

async function remove(place: Place, ref: ContentReference): Promise<void> {
  const { attachments } = JSON.parse(Buffer.from(await read(place, ref)).toString('utf8')) as StoredRequest;
  for (const { bucket, key } of [ref, ...attachments.map(({ stored }) => stored)])
    await place.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
}
