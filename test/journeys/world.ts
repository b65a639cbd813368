/**
 * A small world for journeys: a domain of its own with bucket, queue and tables on the real emulators, a real
 * mailbox server, and worker and bridge in this process on the real Temporal server.
 */
import { randomBytes } from 'node:crypto';
import { type AttributeValue, BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { Client, Connection } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import pino from 'pino';
import { inject } from 'vitest';
import { createMailActivities } from '../../activities/create.ts';
import { type Bridge, startBridge } from '../../src/bridge/bridge.ts';
import { bucketOf, type Config, queueOf, readConfig } from '../../src/config.ts';
import { openAws } from '../../src/stores/aws.ts';
import { openMailStore } from '../../src/stores/mail-store.ts';
import { openQueue } from '../../src/stores/queue.ts';
import { createBucket, createQueueWithDeadLetters, createTables } from '../../src/stores/tables.ts';
import { openMailParts } from '../../src/worker/mail-parts.ts';
import { installRuntime } from '../../src/worker/runtime.ts';
import { type RunningWorker, startWorker } from '../../src/worker/worker.ts';
import { type MailState, stateQuery, type TimelineEntry, timelineQuery } from '../../workflows/messages.ts';
import { startMailboxServer } from '../fakes/mailbox-server.ts';

export type World = Awaited<ReturnType<typeof openWorld>>;

const log = pino({ level: process.env.TEST_LOG ?? 'silent' });
let runtime: Promise<unknown> | undefined;

export type Announcement = {
  recipients: string[];
  sender?: string;
  messageId?: string;
  verdicts?: Partial<
    Record<'spamVerdict' | 'virusVerdict' | 'spfVerdict' | 'dkimVerdict' | 'dmarcVerdict', { status: string }>
  >;
  destination?: string[];
  subject?: string;
};

/** The variables that point a process of ours at this run's servers, for child processes too. */
export function worldVariables(
  domain: string,
  ports: { smtp: number; internal: number },
): Record<string, string> {
  const { temporalAddress, awsEndpoint, awsRegion } = inject('environment');
  const name = domain.replaceAll('.', '-');
  return {
    EVERPOST_NAME: name,
    EVERPOST_MODE: 'production',
    EVERPOST_SECRETS: 'a-secret-of-the-tests-0123456789',
    DOMAINS: domain,
    AWS_REGION: awsRegion,
    AWS_ENDPOINT_URL: awsEndpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: String(ports.smtp),
    INTERNAL_SMTP_PORT: String(ports.internal),
    TEMPORAL_ADDRESS: temporalAddress,
    LOG_LEVEL: process.env.TEST_LOG ?? 'silent',
  };
}

/** Opens the world; `variables` are laid over its environment. Nothing polls or works before it is asked to. */
export async function openWorld(variables: Record<string, string> = {}) {
  const domain = `w${randomBytes(4).toString('hex')}.example`;
  const inside = await startMailboxServer();
  const outside = await startMailboxServer();
  const environment = {
    ...worldVariables(domain, { smtp: outside.port, internal: inside.port }),
    ...variables,
  };
  const config: Config = readConfig(environment);
  const aws = openAws(config);
  const bucket = bucketOf(config, domain);
  const queue = queueOf(config, domain);
  await createTables(aws.dynamodb, config.tables);
  await createBucket(aws.s3, bucket, config.aws.region);
  await createQueueWithDeadLetters(aws.sqs, queue);
  const connection = await Connection.connect({ address: config.temporal.address });
  const client = new Client({ connection });
  const counts: string[] = [];
  const count = {
    mail: (of: string, status: string) => void counts.push(`${of} ${status}`),
    attempt: () => {},
    alert: (what: string) => void counts.push(`alert ${what}`),
  };
  const { parts, close } = openMailParts(config, { aws, count, log });
  let worker: RunningWorker | undefined;
  let bridge: Bridge | undefined;
  const notices: string[] = [];

  const send = async (body: string): Promise<void> => {
    const { url } = openQueue(aws.sqs, queue);
    await aws.sqs.send(new SendMessageCommand({ QueueUrl: await url(), MessageBody: body }));
  };

  return {
    domain,
    bucket,
    queue,
    config,
    environment,
    aws,
    client,
    inside,
    outside,
    counts,
    notices,
    parts,
    address: (local: string) => `${local}@${domain}`,

    async startWorker(): Promise<RunningWorker> {
      runtime ??= installRuntime(log);
      await runtime;
      const { workflowBundlePath } = inject('environment');
      worker = await startWorker(config, {
        activities: createMailActivities(parts),
        ...(workflowBundlePath === undefined ? {} : { workflowBundlePath }),
        graceMs: 1_000,
        log,
      });
      return worker;
    },
    async stopWorker(): Promise<void> {
      await worker?.stop();
      worker = undefined;
    },
    startBridge(): Bridge {
      bridge = startBridge(config, {
        client,
        eager: false,
        openQueue: (name) => openQueue(aws.sqs, name),
        mailStore: openMailStore(aws.s3),
        count: (_, result) => void notices.push(result),
        waitSeconds: 1,
        log,
      });
      return bridge;
    },

    /** Puts bytes where SES would, and returns the key. */
    async store(
      bytes: string | Uint8Array,
      key = randomBytes(12).toString('hex'),
      metadata: Record<string, string> = {},
    ) {
      await aws.s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: bytes,
          ContentType: 'message/rfc822',
          Metadata: metadata,
        }),
      );
      return key;
    },
    send,
    /** Announces a stored mail as SES does. */
    announce: (key: string, about: Announcement) => send(sesNotification(key, bucket, about)),
    /** Stores and announces; returns the workflow id. */
    async receive(bytes: string | Uint8Array, about: Announcement): Promise<string> {
      const key = randomBytes(12).toString('hex');
      await this.store(bytes, key);
      await this.announce(key, about);
      return `mail:${domain}:${key}`;
    },
    async putItems(table: string, items: Record<string, AttributeValue>[]): Promise<void> {
      const puts = items.map((Item) => ({ PutRequest: { Item } }));
      await aws.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [table]: puts } }));
    },
    async metadata(key: string): Promise<Record<string, string>> {
      const head = await aws.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      return head.Metadata ?? {};
    },
    state: (id: string): Promise<MailState> => client.workflow.getHandle(id).query(stateQuery),
    timeline: (id: string): Promise<TimelineEntry[]> => client.workflow.getHandle(id).query(timelineQuery),
    /** Polls until the condition holds: for what other processes do in their own time. */
    until,

    /** Ends the world. Every history that it made must replay with the workflow code as it is. */
    async close(): Promise<void> {
      await bridge?.stop();
      await worker?.stop();
      await replayAll(client, domain);
      close();
      aws.close();
      await connection.close();
      await Promise.all([inside.stop(), outside.stop()]);
    },
  };
}

/** Throws where a history does not replay: code and running mails have parted. */
async function replayAll(client: Client, domain: string): Promise<void> {
  const { workflowBundlePath } = inject('environment');
  if (workflowBundlePath === undefined) return;
  const histories = client.workflow
    .list({ query: `MailDomain = "${domain}"` })
    .intoHistories({ concurrency: 4 });
  const bundle = { codePath: workflowBundlePath };
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle: bundle },
    histories,
  )) {
    if (error !== undefined)
      throw new Error(`the history of ${workflowId} does not replay`, { cause: error });
  }
}

const POLL_MS = 100;

/** Resolves with the first answer that is not undefined or false; gives up with the test's own time-out. */
export async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const answer = await look().catch(() => undefined);
    if (answer !== undefined && answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const pass = { status: 'PASS' };

/** An SES receipt notification as SES writes it. */
export function sesNotification(key: string, bucket: string, about: Announcement): string {
  const sender = about.sender ?? 'someone@sender.test';
  const destination = about.destination ?? about.recipients;
  const now = new Date().toISOString();
  return JSON.stringify({
    notificationType: 'Received',
    mail: {
      timestamp: now,
      source: sender,
      messageId: about.messageId ?? key,
      destination,
      headersTruncated: false,
      headers: [],
      commonHeaders: { from: [sender], to: destination, subject: about.subject ?? 'A mail' },
    },
    receipt: {
      timestamp: now,
      recipients: about.recipients,
      spamVerdict: pass,
      virusVerdict: pass,
      spfVerdict: pass,
      dkimVerdict: pass,
      dmarcVerdict: pass,
      ...about.verdicts,
      action: { type: 'S3', bucketName: bucket, objectKey: key },
    },
  });
}

/** A small mail with CRLF line ends. */
export function mailText(about: {
  from?: string;
  to: string;
  subject?: string;
  headers?: string[];
  body?: string;
}): string {
  const lines = [
    `From: Someone <${about.from ?? 'someone@sender.test'}>`,
    `To: ${about.to}`,
    `Subject: ${about.subject ?? 'A mail'}`,
    'Date: Sat, 21 Nov 2026 10:00:00 +0000',
    `Message-ID: <${randomBytes(6).toString('hex')}@sender.test>`,
    ...(about.headers ?? []),
    '',
    about.body ?? 'Hello,\r\nthis is a mail.',
    '',
  ];
  return lines.join('\r\n');
}
