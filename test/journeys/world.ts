/**
 * A small world for journeys: a domain of its own with bucket, queue and tables on the real emulators, two real
 * mailbox servers, and worker and bridge in this process on the real Temporal server.
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
import { createSendActivities } from '../../activities/create-send.ts';
import { type Bridge, startBridge } from '../../src/bridge/bridge.ts';
import { sendStarter } from '../../src/bridge/start-send.ts';
import { bucketOf, queueOf, readConfig, sendQueuesOf } from '../../src/config.ts';
import { openAws } from '../../src/stores/aws.ts';
import { openMailStore } from '../../src/stores/mail-store.ts';
import { openQueue } from '../../src/stores/queue.ts';
import { openSendIntake } from '../../src/stores/send-intake.ts';
import { createBucket, createQueueWithDeadLetters, createTables } from '../../src/stores/tables.ts';
import { openMailParts } from '../../src/worker/mail-parts.ts';
import { installRuntime } from '../../src/worker/runtime.ts';
import { type RunningWorker, startWorker } from '../../src/worker/worker.ts';
import { type MailSummary, stateQuery, timelineQuery } from '../../workflows/messages.ts';
import { startMailboxServer } from '../fakes/mailbox-server.ts';
import { type Announcement, sesNotification } from './mails.ts';
import { recordHistories } from './record.ts';

export type World = Awaited<ReturnType<typeof openWorld>>;
type Deployment = Awaited<ReturnType<typeof openDeployment>>;

const log = pino({ level: process.env.TEST_LOG ?? 'silent' });
let runtime: Promise<unknown> | undefined;

/** The variables that point a process of ours at this run's servers, for child processes too. */
function variablesOf(domain: string, ports: { smtp: number; internal: number }): Record<string, string> {
  const { temporalAddress, awsEndpoint, awsRegion } = inject('environment');
  return {
    EVERPOST_NAME: domain.replaceAll('.', '-'),
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

async function openDeployment(variables: Record<string, string>) {
  const domain = `w${randomBytes(4).toString('hex')}.example`;
  const inside = await startMailboxServer();
  const outside = await startMailboxServer();
  const environment = { ...variablesOf(domain, { smtp: outside.port, internal: inside.port }), ...variables };
  const config = readConfig(environment);
  const aws = openAws(config);
  const bucket = bucketOf(config, domain);
  const queue = queueOf(config, domain);
  await createTables(aws.dynamodb, config.tables);
  await createBucket(aws.s3, bucket, config.aws.region);
  await createBucket(aws.s3, config.sends.bucket, config.aws.region);
  for (const name of [queue, ...Object.values(sendQueuesOf(config))]) {
    await createQueueWithDeadLetters(aws.sqs, name);
  }
  const connection = await Connection.connect({ address: config.temporal.address });
  /** `domain status` of each mail that was counted, `alert what` of each alert. */
  const counts: string[] = [];
  const { parts, close } = openMailParts(config, {
    aws,
    log,
    count: {
      mail: (of, status) => void counts.push(`${of} ${status}`),
      attempt: () => {},
      alert: (what) => void counts.push(`alert ${what}`),
      payload: () => {},
    },
  });
  const client = new Client({ connection });
  return {
    domain,
    inside,
    outside,
    environment,
    config,
    aws,
    bucket,
    queue,
    connection,
    client,
    counts,
    parts,
    close,
  };
}

/** What people and AWS do to the deployment. */
function outsideOf({ aws, bucket, queue, domain }: Deployment) {
  const send = async (body: string): Promise<void> => {
    const QueueUrl = await openQueue(aws.sqs, queue).url();
    await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
  };
  const store = async (bytes: string | Uint8Array, key = randomBytes(12).toString('hex'), metadata = {}) => {
    const object = { Bucket: bucket, Key: key, ContentType: 'message/rfc822', Metadata: metadata };
    const ContentLength = Buffer.byteLength(bytes);
    await aws.s3.send(new PutObjectCommand({ ...object, Body: bytes, ContentLength }));
    return key;
  };
  return {
    address: (local: string) => `${local}@${domain}`,
    send,
    /** Puts bytes where SES would, and returns the key. */
    store,
    /** Announces a stored mail as SES does. */
    announce: (key: string, about: Announcement) => send(sesNotification(key, bucket, about)),
    /** Stores and announces; returns the workflow id. */
    async receive(bytes: string | Uint8Array, about: Announcement): Promise<string> {
      const key = await store(bytes);
      await send(sesNotification(key, bucket, about));
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
  };
}

/** Worker and bridge of the deployment, in this process. */
function processesOf({ config, client, aws, parts }: Deployment) {
  let worker: RunningWorker | undefined;
  let bridge: Bridge | undefined;
  /** What the bridge made of each notice. */
  const notices: string[] = [];
  return {
    notices,
    async startWorker(): Promise<void> {
      runtime ??= installRuntime(log);
      await runtime;
      const { workflowBundlePath } = inject('environment');
      worker = await startWorker(config, {
        activities: { ...createMailActivities(parts), ...createSendActivities(parts) },
        ...(workflowBundlePath === undefined ? {} : { workflowBundlePath }),
        graceMs: 1_000,
        log,
      });
    },
    startBridge(): void {
      bridge = startBridge(config, {
        client,
        eager: false,
        openQueue: (name) => openQueue(aws.sqs, name),
        mailStore: openMailStore(aws.s3),
        sends: {
          takeIn: openSendIntake(config.name, { store: parts.sends, start: sendStarter(config, client) }),
          accounts: parts.accounts,
          rejected: parts.rejectedQueue,
        },
        count: (_, result) => void notices.push(result),
        waitSeconds: 1,
        log,
      });
    },
    async stopProcesses(): Promise<void> {
      await bridge?.stop();
      await worker?.stop();
    },
  };
}

/** Opens the world; `variables` are laid over its environment. Nothing polls or works before it is asked to. */
export async function openWorld(variables: Record<string, string> = {}) {
  const deployment = await openDeployment(variables);
  const { client, domain, aws, connection, inside, outside } = deployment;
  const processes = processesOf(deployment);
  return {
    ...deployment,
    ...outsideOf(deployment),
    ...processes,
    state: (id: string) => client.workflow.getHandle(id).query(stateQuery),
    timeline: (id: string) => client.workflow.getHandle(id).query(timelineQuery),
    until,
    /** Waits until the workflow is there, then for its end. */
    async result(id: string): Promise<MailSummary> {
      await until(() => client.workflow.getHandle(id).describe());
      return client.workflow.getHandle(id).result();
    },
    /** Ends the world. Every history that it made must replay with the workflow code as it is. */
    async close(): Promise<void> {
      await processes.stopProcesses();
      await replayAll(client, domain);
      const folder = process.env.RECORD_HISTORIES;
      if (folder !== undefined) await recordHistories(client, domain, folder, '0.1');
      deployment.close();
      aws.close();
      await connection.close();
      await Promise.all([inside.stop(), outside.stop()]);
    },
  };
}

/** Throws where a history does not replay: code and running mails have parted. */
async function replayAll(client: Client, domain: string): Promise<void> {
  const { workflowBundlePath } = inject('environment');
  runtime ??= installRuntime(log);
  await runtime;
  if (workflowBundlePath === undefined) throw new Error('there is no workflow bundle to replay with');
  const histories = client.workflow
    .list({ query: `MailDomain = "${domain}"` })
    .intoHistories({ concurrency: 4 });
  const workflowBundle = { codePath: workflowBundlePath };
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
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
