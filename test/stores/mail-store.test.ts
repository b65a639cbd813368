/** The mail store's contract: every byte as it was stored, few calls, little memory, nothing lost when it tags. */
import { createHash, randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BucketMissing, HEADER_BYTES_MAX, ObjectGone, openMailStore } from '../../src/stores/mail-store.ts';
import { createBucket } from '../../src/stores/tables.ts';
import { openTestAws, operationsOf, uniqueName } from '../environment/deployment.ts';

const aws = openTestAws();
const operations = operationsOf(aws.s3);
const bucket = uniqueName('emails');

beforeAll(() => createBucket(aws.s3, bucket, 'us-east-2'));
beforeEach(() => {
  operations.length = 0;
});
afterAll(() => aws.close());

/** Stores an object under a new key, which it returns. */
async function put(Body: string | Uint8Array, more: Partial<PutObjectCommandInput> = {}): Promise<string> {
  const Key = uniqueName('mail');
  await aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ...more }));
  operations.length = 0;
  return more.Key ?? Key;
}

/** Stores a mail of 50 MB in parts, so that this process never holds it. */
async function putLarge(): Promise<{ key: string; digest: string }> {
  const place = { Bucket: bucket, Key: uniqueName('large') };
  const { UploadId } = await aws.s3.send(new CreateMultipartUploadCommand(place));
  const digest = createHash('sha256');
  const Parts: CompletedPart[] = [];
  for (let PartNumber = 1; PartNumber <= 10; PartNumber += 1) {
    const Body = Buffer.concat([Buffer.from(SMALL), randomBytes(5 * 1024 * 1024)]);
    digest.update(Body);
    const { ETag } = await aws.s3.send(new UploadPartCommand({ ...place, UploadId, PartNumber, Body }));
    Parts.push({ PartNumber, ETag });
  }
  await aws.s3.send(new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts } }));
  return { key: place.Key, digest: digest.digest('hex') };
}

const headOf = (key: string) => aws.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
const SMALL = 'From: ann@example.com\r\nSubject: hello\r\n\r\nBody\r\n';

describe('a head', () => {
  it('and the body of a small mail cost one GET together', async () => {
    const store = openMailStore(aws.s3);
    const key = await put(SMALL, { Metadata: { colour: 'blue' }, ContentType: 'message/rfc822' });
    const head = await store.head(bucket, key);
    expect(head).toMatchObject({ whole: true, metadata: { colour: 'blue' }, contentType: 'message/rfc822' });
    expect(head?.ref).toMatchObject({ bucket, key, sizeBytes: SMALL.length });
    expect(Buffer.from(head!.prefix).toString()).toBe(SMALL);
    expect(await text(await store.body(head!.ref))).toBe(SMALL);
    await store.head(bucket, key);
    expect(operations).toEqual(['GetObjectCommand']);
  });

  it.each([
    ['no object', 'no-such-key'],
    ['a key with odd letters', 'år/ü +&=?#%.eml'],
  ])('of %s is undefined', async (_, key) => {
    expect(await openMailStore(aws.s3).head(bucket, key)).toBeUndefined();
  });

  it('of an empty object is empty and whole', async () => {
    const head = await openMailStore(aws.s3).head(bucket, await put(''));
    expect(head).toMatchObject({ whole: true, ref: { sizeBytes: 0 } });
    expect(head?.prefix).toHaveLength(0);
    expect(await text(await openMailStore(aws.s3).body(head!.ref))).toBe('');
  });

  it('in a bucket that does not exist says so', async () => {
    await expect(openMailStore(aws.s3).head('no-such-bucket-here', 'x')).rejects.toThrow(BucketMissing);
  });

  it('of a mail with a header of 1 MB holds all of the header', async () => {
    const header = `X-Long: ${'x'.repeat(1_000_000)}\r\nFrom: ann@example.com\r\n\r\n`;
    const key = await put(header + 'b'.repeat(5_000_000));
    const head = await openMailStore(aws.s3).head(bucket, key);
    expect(Buffer.from(head!.prefix.subarray(0, header.length)).toString()).toBe(header);
    expect(head).toMatchObject({ whole: false, ref: { sizeBytes: header.length + 5_000_000 } });
    expect(operations).toHaveLength(2);
  });

  it('of a mail whose header never ends stops at the limit', async () => {
    const key = await put(`X-Long: ${'x'.repeat(HEADER_BYTES_MAX + 10)}`);
    const head = await openMailStore(aws.s3).head(bucket, key);
    expect(head?.prefix).toHaveLength(HEADER_BYTES_MAX);
    expect(head?.whole).toBe(false);
  });

  it('is not kept beyond the bytes that may be', async () => {
    const store = openMailStore(aws.s3, { cacheBytes: 100 });
    const [one, two, three] = [await put(SMALL), await put(SMALL), await put(SMALL)];
    for (const key of [one, two, three, three, two, one]) await store.head(bucket, key);
    // Two fit: of the second round only the mail that was read first has to be read again.
    expect(operations.filter((name) => name === 'GetObjectCommand')).toHaveLength(4);
  });
});

describe('a body', () => {
  it.each([
    ['8-bit bytes', Buffer.from(Array.from({ length: 4096 }, (_, index) => index % 256))],
    ['bare CR and LF, NUL and no last line end', Buffer.from('a\rb\nc\0d')],
  ])('of %s arrives byte for byte', async (_, bytes) => {
    const store = openMailStore(aws.s3);
    const head = await store.head(bucket, await put(bytes));
    const chunks = await (await store.body(head!.ref)).toArray();
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  });

  it('of 50 MB is streamed to a slow reader in far less memory', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { key, digest } = await putLarge();
    const store = openMailStore(aws.s3);
    const head = await store.head(bucket, key);
    const held: number[] = [];
    const sample = (): void => {
      collect();
      const { external, heapUsed } = process.memoryUsage();
      held.push(external + heapUsed);
    };
    const found = createHash('sha256');
    let chunks = 0;
    for await (const chunk of await store.body(head!.ref)) {
      found.update(chunk);
      if (chunks++ % 64 === 0) sample();
    }
    sample();
    expect(found.digest('hex')).toBe(digest);
    expect(Math.max(...held) - Math.min(...held)).toBeLessThan(40_000_000);
    // A copy of an object that was uploaded in parts has another ETag.
    await store.tag(head!.ref, (existing) => ({ ...existing, workflow_id: 'mail:example.com:1' }));
    const again = await store.body(head!.ref);
    expect(again.destroy().destroyed).toBe(true);
  });

  it('of a mail that is gone or was replaced is refused', async () => {
    const store = openMailStore(aws.s3, { cacheBytes: 0 });
    const key = await put(SMALL);
    const { ref } = (await store.head(bucket, key))!;
    await aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'another mail' }));
    await expect(store.body(ref)).rejects.toThrow(ObjectGone);
    await store.remove(ref);
    await expect(store.body(ref)).rejects.toThrow(ObjectGone);
  });

  it('whose ETag changed when we tagged it is still ours', async () => {
    const store = openMailStore(aws.s3, { cacheBytes: 0 });
    const key = await put(SMALL, { Metadata: { workflow_id: 'mail:example.com:1' } });
    const { ref } = (await store.head(bucket, key))!;
    expect(await text(await store.body({ ...ref, etag: '"as-it-was-before"' }))).toBe(SMALL);
  });
});

describe('tagging', () => {
  const facts = {
    ContentType: 'message/rfc822',
    ContentDisposition: 'attachment; filename="mail.eml"',
    ContentEncoding: 'identity',
    ContentLanguage: 'en',
    CacheControl: 'private',
    ServerSideEncryption: 'AES256',
    StorageClass: 'STANDARD_IA',
  } as const;

  it('replaces metadata, keeps all else, and asks nothing that was just read', async () => {
    const store = openMailStore(aws.s3);
    const key = await put(SMALL, { ...facts, Key: 'folder/ü +mail.eml', Metadata: { colour: 'blue' } });
    const { ref } = (await store.head(bucket, key))!;
    const written = await store.tag(ref, (existing) => ({ ...existing, status: 'delivered' }));
    expect(written).toEqual({ colour: 'blue', status: 'delivered' });
    expect(operations).toEqual(['GetObjectCommand', 'CopyObjectCommand']);
    expect(await headOf(key)).toMatchObject({ ...facts, Metadata: written, ContentLength: SMALL.length });
    expect((await store.head(bucket, key))?.metadata).toEqual(written);
    expect(await text(await store.body(ref))).toBe(SMALL);
  });

  it('asks first where the mail was not read lately', async () => {
    const key = await put(SMALL, { Metadata: { colour: 'blue' } });
    const { ref } = (await openMailStore(aws.s3).head(bucket, key))!;
    const written = await openMailStore(aws.s3).tag(ref, (existing) => ({ ...existing, status: 'held' }));
    expect(written).toEqual({ colour: 'blue', status: 'held' });
    expect(operations).toEqual(['GetObjectCommand', 'HeadObjectCommand', 'CopyObjectCommand']);
  });

  it('starts again from what is there when the object changed meanwhile', async () => {
    const store = openMailStore(aws.s3);
    const key = await put(SMALL, { Metadata: { colour: 'blue' } });
    const { ref } = (await store.head(bucket, key))!;
    const Metadata = { colour: 'red' };
    await aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'another', Metadata }));
    expect(await store.tag(ref, (existing) => existing)).toEqual({ colour: 'red' });
  });

  it('of an object that is gone is undefined', async () => {
    const store = openMailStore(aws.s3);
    const { ref } = (await store.head(bucket, await put(SMALL)))!;
    await openMailStore(aws.s3).remove(ref);
    expect(await store.tag(ref, (existing) => existing)).toBeUndefined();
    expect(await store.tag(ref, (existing) => existing)).toBeUndefined();
    await store.remove(ref);
  });
});
