/**
 * The plain loop, without Temporal: the same poller takes a notice from the queue, and 16 at a time the mail is read
 * whole from S3, the rules are looked up in one call, and nodemailer sends it. Nothing is recorded, retried or kept.
 */
import { BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import nodemailer from 'nodemailer';
import { pino } from 'pino';
import { openGate } from '../src/bridge/gate.ts';
import { startPoller } from '../src/bridge/poller.ts';
import type { MailStarter } from '../src/bridge/start-mail.ts';
import { bucketOf, queueOf, readConfig } from '../src/config.ts';
import { readNotice } from '../src/mail/notice.ts';
import { openAws } from '../src/stores/aws.ts';
import { openQueue } from '../src/stores/queue.ts';
import { openParent } from './parent.ts';

/** The gate lets as many through at once; the pool must not be narrower. */
const IN_FLIGHT = 16;

const parent = openParent();
const config = readConfig(process.env);
const log = pino({ level: config.logLevel, base: { name: config.name } });
const aws = openAws(config);
parent.countCalls(aws);
const relay = nodemailer.createTransport({
  pool: true,
  maxConnections: IN_FLIGHT,
  maxMessages: Number.POSITIVE_INFINITY,
  host: config.smtp.host,
  port: config.smtp.internalPort,
  ignoreTLS: true,
});

const deliver: MailStarter = async (notice) => {
  const { sender, recipients } = notice.envelope!;
  const keys = recipients.flatMap((address) => [address, `@${notice.domain}`]);
  const Keys = keys.map((key) => ({ email_address: { S: key } }));
  const stored = await aws.s3.send(new GetObjectCommand({ Bucket: notice.bucket, Key: notice.key }));
  const { rules, blocked } = config.tables;
  await aws.dynamodb.send(
    new BatchGetItemCommand({ RequestItems: { [rules]: { Keys }, [blocked]: { Keys } } }),
  );
  const raw = Buffer.from(await stored.Body!.transformToByteArray());
  await relay.sendMail({ envelope: { from: sender, to: recipients }, raw });
  parent.done();
  return 'started';
};

const domain = config.domains[0]!;
const domains = config.domains;
const stopping = new AbortController();
const poller = startPoller({
  domain,
  queue: parent.watched(openQueue(aws.sqs, queueOf(config, domain))),
  gate: openGate(async () => {}, stopping.signal, log),
  read({ body }) {
    const reading = readNotice(body, { domain, domains, bucketOf: (name) => bucketOf(config, name) });
    if (reading.kind !== 'notices') return reading;
    const work = reading.notices.map((notice) => ({ about: notice.key, start: () => deliver(notice) }));
    return { kind: 'work', work };
  },
  count: () => {},
  stopping: stopping.signal,
  waitSeconds: 2,
  log,
});
parent.ready(async () => {
  stopping.abort();
  await poller.ended;
  relay.close();
  aws.close();
});
