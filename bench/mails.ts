/** The mails of the benchmark, and how they come: stored first, then announced on the queue as SES does it. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import type { Aws } from '../src/stores/aws.ts';
import { openQueue } from '../src/stores/queue.ts';

const LINE = `${'The quick brown fox jumps over the lazy dog, and then it sleeps until noon.'.padEnd(78, '.')}\r\n`;
const STORED_AT_ONCE = 8;

/** Where a domain's mail lies and is announced. */
export type Place = { aws: Aws; domain: string; bucket: string; queue: string };

const recipientOf = (place: Place, id: string): string => `${id}@${place.domain}`;

/** A plain mail of about that size. */
export function mailBytes(to: string, sizeBytes: number): Buffer {
  const header = [
    'Received: from sender.test (sender.test [192.0.2.1]) by inbound-smtp.us-east-2.amazonaws.com;',
    ' Sat, 21 Nov 2026 10:00:00 +0000 (UTC)',
    'From: Someone <someone@sender.test>',
    `To: ${to}`,
    'Subject: A mail of the benchmark',
    'Date: Sat, 21 Nov 2026 10:00:00 +0000',
    `Message-ID: <${to.split('@')[0]}@sender.test>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    '',
  ].join('\r\n');
  const lines = Math.max(1, Math.ceil((sizeBytes - header.length) / LINE.length));
  return Buffer.concat([Buffer.from(header), Buffer.alloc(lines * LINE.length, LINE)]);
}

/** Stores a mail under each id. */
export async function store(place: Place, ids: string[], sizeBytes: number): Promise<void> {
  const left = [...ids];
  const storeInTurn = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      await place.aws.s3.send(
        new PutObjectCommand({
          Bucket: place.bucket,
          Key: id,
          Body: mailBytes(recipientOf(place, id), sizeBytes),
          ContentType: 'message/rfc822',
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: STORED_AT_ONCE }, storeInTurn));
}

/** Announces stored mails in one call; at most ten. */
export async function announce(place: Place, ids: string[]): Promise<void> {
  const QueueUrl = await openQueue(place.aws.sqs, place.queue).url();
  const Entries = ids.map((id) => ({ Id: id, MessageBody: notification(place, id) }));
  await place.aws.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
}

function notification(place: Place, id: string): string {
  const to = [recipientOf(place, id)];
  const from = 'someone@sender.test';
  const timestamp = new Date().toISOString();
  const pass = { status: 'PASS' };
  return JSON.stringify({
    notificationType: 'Received',
    mail: {
      timestamp,
      source: from,
      messageId: id,
      destination: to,
      headersTruncated: false,
      headers: [],
      commonHeaders: { from: [`Someone <${from}>`], to, subject: 'A mail of the benchmark' },
    },
    receipt: {
      timestamp,
      recipients: to,
      spamVerdict: pass,
      virusVerdict: pass,
      spfVerdict: pass,
      dkimVerdict: pass,
      dmarcVerdict: pass,
      action: { type: 'S3', bucketName: place.bucket, objectKey: id },
    },
  });
}
