/**
 * Stored mails: objects in S3. The head is read once and kept for a moment, so that a small mail costs one GET for
 * plan and delivery together; bodies are streamed, never held. Metadata is changed by copying an object onto
 * itself, with everything else about it kept.
 */
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchBucket,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { readHeaderBlock } from '../mail/header.ts';
import type { MailReference } from '../mail/mail.ts';
import { copyOntoItself, type ObjectFacts, referenceOf } from './object-facts.ts';
import { openRecentMails, type RecentMails } from './recent-mails.ts';

/** What the first GET asks for: the whole of most mails. */
const HEAD_BYTES = 256 * 1024;
/** A header block longer than this is read up to here; what follows counts as body. */
export const HEADER_BYTES_MAX = 4 * 1024 * 1024;
const CACHE_BYTES = 32 * 1024 * 1024;

export type StoredHead = {
  ref: MailReference;
  /** The header block and what followed it in the bytes that were read. */
  prefix: Uint8Array;
  /** Whether `prefix` is the whole mail. */
  whole: boolean;
  metadata: Record<string, string>;
  contentType?: string;
  /** ISO 8601. */
  lastModified: string;
};

export type MailStore = {
  /** First bytes, metadata and size; undefined when there is no such object. Throws BucketMissing. */
  head(bucket: string, key: string): Promise<StoredHead | undefined>;
  /** All bytes of the mail that was read under `ref`. Throws ObjectGone when it is gone or another. */
  body(ref: MailReference): Promise<Readable>;
  /** Writes user metadata; returns what was written, undefined when the object is gone. */
  tag(ref: MailReference, metadata: Retag): Promise<Record<string, string> | undefined>;
  /** Deletes the object; one that is gone already is no error. */
  remove(ref: MailReference): Promise<void>;
};

type Retag = (existing: Record<string, string>) => Record<string, string>;
export type KeptHead = StoredHead & { facts: ObjectFacts };
type Place = { s3: S3Client; recent: RecentMails<KeptHead> };

/** The bytes that were planned with are not there any more. */
export class ObjectGone extends Error {
  override name = 'ObjectGone';
}

/** There is no bucket of that name, or not for these credentials. */
export class BucketMissing extends Error {
  override name = 'BucketMissing';
}

/** Opens the store over all buckets that the credentials reach. `cacheBytes` bounds the heads that are kept. */
export function openMailStore(s3: S3Client, { cacheBytes = CACHE_BYTES } = {}): MailStore {
  const place = { s3, recent: openRecentMails<KeptHead>(cacheBytes) };
  return {
    head: (bucket, key) => head(place, bucket, key),
    body: (ref) => body(place, ref),
    tag: (ref, metadata) => tag(place, ref, metadata),
    remove: async ({ bucket, key }) => {
      place.recent.drop({ bucket, key });
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
  };
}

/** S3's status of a failed call; undefined where it was no answer of S3. Throws BucketMissing on its own. */
function statusOf(error: unknown, bucket: string): number | undefined {
  if (!(error instanceof S3ServiceException)) return undefined;
  if (error instanceof NoSuchBucket || error.name === 'NoSuchBucket') {
    throw new BucketMissing(
      `There is no S3 bucket ${bucket}: create it (everpost setup) or correct DOMAINS.`,
    );
  }
  return error.$metadata.httpStatusCode;
}

async function head(place: Place, bucket: string, key: string): Promise<StoredHead | undefined> {
  const kept = place.recent.find({ bucket, key });
  if (kept !== undefined) return kept;
  try {
    const found = await readHead(place.s3, bucket, key);
    place.recent.keep(found.ref, found, found.prefix.length);
    return found;
  } catch (error) {
    if (statusOf(error, bucket) === 404) return undefined;
    throw error;
  }
}

async function readHead(s3: S3Client, Bucket: string, Key: string): Promise<KeptHead> {
  const answer = await s3
    .send(new GetObjectCommand({ Bucket, Key, Range: `bytes=0-${HEAD_BYTES - 1}` }))
    .catch((error: unknown) => {
      // No byte of an empty object can be asked for.
      if (statusOf(error, Bucket) !== 416) throw error;
      return s3.send(new HeadObjectCommand({ Bucket, Key }));
    });
  const ref = referenceOf(Bucket, Key, answer);
  const prefix =
    'Body' in answer && answer.Body !== undefined
      ? await answer.Body.transformToByteArray()
      : new Uint8Array();
  const rest =
    prefix.length < ref.sizeBytes && !readHeaderBlock(prefix).complete
      ? await readOn(s3, ref, prefix.length)
      : [];
  const bytes = rest.length === 0 ? prefix : Buffer.concat([prefix, ...rest]);
  return {
    ref,
    prefix: bytes,
    whole: bytes.length === ref.sizeBytes,
    metadata: answer.Metadata ?? {},
    ...(answer.ContentType === undefined ? {} : { contentType: answer.ContentType }),
    lastModified: (answer.LastModified ?? new Date(0)).toISOString(),
    facts: answer,
  };
}

/** The bytes from `start` to where the longest header block may end. */
async function readOn(s3: S3Client, ref: MailReference, start: number): Promise<Uint8Array[]> {
  const Range = `bytes=${start}-${HEADER_BYTES_MAX - 1}`;
  const answer = await s3.send(
    new GetObjectCommand({ Bucket: ref.bucket, Key: ref.key, Range, IfMatch: ref.etag }),
  );
  return answer.Body === undefined ? [] : [await answer.Body.transformToByteArray()];
}

async function body(place: Place, ref: MailReference): Promise<Readable> {
  const kept = place.recent.find(ref);
  if (kept?.whole === true && kept.ref.etag === ref.etag) return Readable.from([Buffer.from(kept.prefix)]);
  if (ref.sizeBytes === 0) return Readable.from([]);
  try {
    return await openBody(place.s3, ref);
  } catch (error) {
    const status = statusOf(error, ref.bucket);
    if (status !== 404 && status !== 412) throw error;
    const etag = status === 412 ? await etagOfOurCopy(place.s3, ref) : undefined;
    if (etag !== undefined) return openBody(place.s3, { ...ref, etag });
    const what = status === 404 ? 'is gone' : 'was replaced by another';
    throw new ObjectGone(`The stored mail ${ref.bucket}/${ref.key} ${what} since it was read.`);
  }
}

async function openBody(s3: S3Client, ref: MailReference): Promise<Readable> {
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket: ref.bucket, Key: ref.key, IfMatch: ref.etag }),
  );
  if (Body instanceof Readable) return Body;
  throw new Error(`S3 answered ${ref.bucket}/${ref.key} without a stream`);
}

/**
 * Our own audit copies the object onto itself, which changes the ETag of one that is encrypted with a KMS key or
 * was uploaded in parts: the new one is as good where the object carries our mark and has its size.
 */
async function etagOfOurCopy(
  s3: S3Client,
  { bucket, key, sizeBytes }: MailReference,
): Promise<string | undefined> {
  const found = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
  const ours = found.ContentLength === sizeBytes && found.Metadata?.workflow_id !== undefined;
  return ours ? found.ETag : undefined;
}

async function tag(
  place: Place,
  ref: MailReference,
  metadata: Retag,
): Promise<Record<string, string> | undefined> {
  const { bucket, key } = ref;
  const kept = place.recent.find(ref);
  place.recent.drop(ref);
  try {
    const facts = kept?.facts ?? (await place.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })));
    const written = metadata(facts.Metadata ?? {});
    await place.s3.send(new CopyObjectCommand(copyOntoItself(ref, facts, written)));
    return written;
  } catch (error) {
    const status = statusOf(error, bucket);
    if (status === 404) return undefined;
    // Changed since it was kept: what is there now is asked.
    if (status === 412 && kept !== undefined) return tag(place, ref, metadata);
    throw error;
  }
}
