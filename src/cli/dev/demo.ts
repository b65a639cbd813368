/**
 * Plays the demo: puts rules into the tables, mails into the bucket and SES's notifications on the queue, as AWS
 * would, and reads from Temporal what became of each. The production path does the rest.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Client } from '@temporalio/client';
import { type MailState, stateQuery } from '../../../workflows/messages.ts';
import { bucketOf, type Config, queueOf } from '../../config.ts';
import { rfc5322Date } from '../../mail/trace.ts';
import type { Aws } from '../../stores/aws.ts';
import { openQueue } from '../../stores/queue.ts';
import { type DemoMail, demoItems, demoMails } from './demo-mails.ts';

/** What became of one demo mail; no state when it was not there in time. */
export type DemoResult = { title: string; state?: MailState };

const POLL_MS = 150;

const pass = { status: 'PASS' };

/** What SES says on the topic or queue about a mail that it has stored (receipt notification, S3 action). */
function notification(mail: DemoMail, bucket: string, now: string): string {
  return JSON.stringify({
    notificationType: 'Received',
    mail: {
      timestamp: now,
      source: mail.sender,
      messageId: mail.id,
      destination: [mail.recipient],
      headersTruncated: false,
      headers: [],
      commonHeaders: { from: [mail.sender], to: [mail.recipient], subject: mail.subject },
    },
    receipt: {
      timestamp: now,
      recipients: [mail.recipient],
      spamVerdict: pass,
      virusVerdict: pass,
      spfVerdict: pass,
      dkimVerdict: pass,
      dmarcVerdict: pass,
      action: { type: 'S3', bucketName: bucket, objectKey: mail.id },
    },
  });
}

/** Puts everything in place for the first served domain. The rules first: a mail is planned with those it finds. */
export async function playDemo(config: Config, aws: Aws): Promise<void> {
  const domain = config.domains[0]!;
  const now = new Date().toISOString();
  const bucket = bucketOf(config, domain);
  for (const { table, item } of demoItems(domain)) {
    await aws.dynamodb.send(new PutItemCommand({ TableName: config.tables[table], Item: item }));
  }
  const queueUrl = await openQueue(aws.sqs, queueOf(config, domain)).url();
  for (const mail of demoMails(domain, rfc5322Date(now))) {
    await aws.s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: mail.id,
        Body: mail.bytes,
        ContentType: 'message/rfc822',
      }),
    );
    await aws.sqs.send(
      new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: notification(mail, bucket, now) }),
    );
  }
}

/** State of one mail as soon as it is no longer on its way. */
async function settledState(client: Client, id: string, latest: number): Promise<MailState | undefined> {
  let state: MailState | undefined;
  do {
    // Not there yet, or the worker is busy: both pass.
    state = await client.workflow
      .getHandle(id)
      .query(stateQuery)
      .catch(() => undefined);
    if (state !== undefined && state.status !== 'processing') return state;
    await pause(POLL_MS);
  } while (Date.now() < latest);
  return state;
}

/** What became of the demo mails, in their order; waits at most `waitMs` until none is on its way any more. */
export async function demoResults(config: Config, client: Client, waitMs: number): Promise<DemoResult[]> {
  const domain = config.domains[0]!;
  const latest = Date.now() + waitMs;
  return Promise.all(
    demoMails(domain, '').map(async ({ id, title }) => {
      const state = await settledState(client, `mail:${domain}:${id}`, latest);
      return { title, ...(state !== undefined && { state }) };
    }),
  );
}
