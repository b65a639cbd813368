/** The message of a delivery lets go of the stored mail however its transaction ends. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, it } from 'vitest';
import { messageOf } from '../../activities/message.ts';
import type { DeliveryJob } from '../../src/mail/delivery.ts';
import { openMailStore } from '../../src/stores/mail-store.ts';
import { createBucket } from '../../src/stores/tables.ts';
import { openTestAws, uniqueName } from '../environment/deployment.ts';

const aws = openTestAws();
afterAll(() => aws.close());

it('frees the connection to S3 when the relay refuses before DATA, as often as it likes', async () => {
  const bucket = uniqueName('emails');
  await createBucket(aws.s3, bucket, 'us-east-2');
  const Body = `From: ann@example.com\r\n\r\n${'b'.repeat(4_000_000)}`;
  await aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'large', Body }));
  const store = openMailStore(aws.s3, { cacheBytes: 0 });
  const { ref } = (await store.head(bucket, 'large'))!;
  const job: DeliveryJob = {
    mail: ref,
    delivery: {
      id: 'mailbox:ann@example.com',
      kind: 'mailbox',
      route: 'internal',
      from: 'bob@example.org',
      to: 'ann@example.com',
      recipients: ['ann@example.com'],
      because: 'a mailbox of ours',
      edits: [],
    },
    generation: 0,
    stamp: '2026-05-04T12:00:00.000Z',
  };
  // More than the client has connections: one that is never freed would stop the last of them.
  for (let refusal = 0; refusal < 70; refusal += 1) {
    const message = await messageOf(store, job);
    if (!('bytes' in message)) throw new Error('the stored mail was not found');
    message.bytes.destroy();
  }
}, 20_000);
