/** The contract of stored sends: written once, read back whole, and an absent object is said to be absent. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BucketMissing, ObjectGone } from '../../src/stores/mail-store.ts';
import { readSendRequest, type SendRequest } from '../../src/stores/send-request.ts';
import { openSendStore, type SendStore } from '../../src/stores/send-store.ts';
import { createBucket } from '../../src/stores/tables.ts';
import { openTestAws, operationsOf, uniqueName } from '../environment/deployment.ts';

const aws = openTestAws();
const bucket = uniqueName('sends');
let store: SendStore;

beforeAll(async () => {
  await createBucket(aws.s3, bucket, 'us-east-2');
  store = openSendStore(aws.s3, { bucket });
});
afterAll(() => aws.close());

function request(over: object = {}): SendRequest {
  const read = readSendRequest({
    from: 'a@example.com',
    to: 'b@example.org',
    subject: 'S',
    text: 'T',
    ...over,
  });
  if ('errors' in read) throw new Error(JSON.stringify(read.errors));
  return read.ok;
}
const files = [
  { filename: 'a.txt', content: Buffer.from('first').toString('base64') },
  {
    filename: 'b.bin',
    content: Buffer.from([0, 255, 1]).toString('base64'),
    contentType: 'image/png',
    contentId: 'x',
  },
  { filename: 'empty', content: '' },
];

describe('a request', () => {
  it('comes back as it was put, its attachments apart', async () => {
    const asked = request({ attachments: files, params: undefined, tags: ['Ä'] });
    const ref = await store.put(randomUUID(), asked);
    const { attachments, ...rest } = await store.get(ref);
    const { attachments: _, ...expected } = asked;
    expect(rest).toEqual(expected);
    expect(attachments.map(({ stored, ...facts }) => facts)).toEqual(
      files.map(({ content, ...facts }) => facts),
    );
    const contents = await Promise.all(attachments.map(({ stored }) => store.attachment(stored)));
    expect(contents.map((bytes) => Buffer.from(bytes).toString('base64'))).toEqual(
      files.map(({ content }) => content),
    );
  });

  it('put twice is one, and another of the same send does not replace it', async () => {
    const id = randomUUID();
    const first = await store.put(id, request());
    expect(await store.put(id, request())).toEqual(first);
    const other = await store.put(id, request({ text: 'another' }));
    expect(other.key).not.toBe(first.key);
    expect((await store.get(first)).text).toBe('T');
  });

  it('costs one call without attachments', async () => {
    const counted = openTestAws();
    const operations = operationsOf(counted.s3);
    await openSendStore(counted.s3, { bucket }).put(randomUUID(), request());
    counted.close();
    expect(operations).toEqual(['PutObjectCommand']);
  });

  it('is gone with its attachments when it is taken back', async () => {
    const ref = await store.put(randomUUID(), request({ attachments: files }));
    const { attachments } = await store.get(ref);
    await store.remove(ref);
    await expect(store.get(ref)).rejects.toThrow(ObjectGone);
    await expect(store.attachment(attachments[0]!.stored)).rejects.toThrow(ObjectGone);
  });
});

describe('a composed mail', () => {
  it('is a reference that the mail store reads', async () => {
    const id = randomUUID();
    const bytes = Buffer.from('Subject: x\r\n\r\nbody\r\n');
    const ref = await store.putMime(id, bytes);
    expect(ref).toMatchObject({ bucket, sizeBytes: bytes.length });
    expect(ref.etag).not.toBe('');
    expect(await store.putMime(id, bytes)).toEqual(ref);
  });
});

it('says that its bucket is missing, and what to do', async () => {
  const nowhere = openSendStore(aws.s3, { bucket: uniqueName('nowhere') });
  await expect(nowhere.put(randomUUID(), request())).rejects.toThrow(BucketMissing);
  await expect(nowhere.put(randomUUID(), request())).rejects.toThrow('SEND_BUCKET');
});
