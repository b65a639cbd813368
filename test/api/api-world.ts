/**
 * An API on the real Temporal server and the real AWS emulator, with a deployment name, domains, tables, buckets and
 * queues of its own. Nothing works on its task queue: mails started here stay as they are until a test ends them.
 */
import { randomBytes } from 'node:crypto';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { Client, Connection } from '@temporalio/client';
import pino from 'pino';
import { inject } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import type { ApiDependencies } from '../../src/api/dependencies.ts';
import { openKeys } from '../../src/api/keys.ts';
import { sendStarter } from '../../src/bridge/start-send.ts';
import { bucketOf, type Config, queueOf, readConfig } from '../../src/config.ts';
import type { Aws } from '../../src/stores/aws.ts';
import { openLedger } from '../../src/stores/ledger.ts';
import { openMailStore } from '../../src/stores/mail-store.ts';
import { createBucket, createQueueWithDeadLetters } from '../../src/stores/tables.ts';
import {
  MAIL_WORKFLOW,
  type MailInput,
  mailDomainKey,
  mailFromKey,
  mailMessageIdKey,
  mailStatusKey,
  mailTextKey,
  mailToKey,
} from '../../workflows/messages.ts';
import { newTables, openTestAws } from '../environment/deployment.ts';

export const KEY = 'test-key-0123456789abcdef';
export const SECRET = 'test-secret-0123456789abcdef';

export type ApiWorld = Awaited<ReturnType<typeof openApiWorld>>;

/** What a test says of a mail that it starts; the rest is made up. */
export type StartedMail = {
  messageId?: string;
  from?: string;
  to?: string[];
  subject?: string;
  status?: string;
};

const good = { check: async () => ({ code: 250, text: 'ok', stage: 'done' as const }) };

/** A deployment of its own: tables, buckets and queues included. */
async function newDeployment(aws: Aws, variables: Record<string, string>): Promise<Config> {
  const unique = randomBytes(4).toString('hex');
  const config: Config = {
    ...readConfig({
      EVERPOST_NAME: `api-${unique}`,
      EVERPOST_SECRETS: SECRET,
      EVERPOST_API_KEYS: KEY,
      DOMAINS: `a${unique}.example`,
      SEND_BUCKET: `sends-${unique}`,
      TEMPORAL_ADDRESS: inject('environment').temporalAddress,
      ...variables,
    }),
    tables: await newTables(aws),
  };
  for (const one of config.domains) {
    await createBucket(aws.s3, bucketOf(config, one), config.aws.region);
    await createQueueWithDeadLetters(aws.sqs, queueOf(config, one));
  }
  await createBucket(aws.s3, config.sends.bucket, config.aws.region);
  return config;
}

/** `variables` are laid over the environment; `over` replaces dependencies. */
export async function openApiWorld(
  variables: Record<string, string> = {},
  over: Partial<ApiDependencies> = {},
) {
  const aws = openTestAws();
  const config = await newDeployment(aws, variables);
  const domain = config.domains[0] as string;
  const connection = await Connection.connect({ address: config.temporal.address });
  const client = new Client({ connection });
  const dependencies: ApiDependencies = {
    config,
    temporal: client,
    aws,
    ledger: openLedger(aws.dynamodb, config.tables.deliveries),
    mailStore: openMailStore(aws.s3, { cacheBytes: 0 }),
    relays: { internal: good, external: good },
    startSend: sendStarter(config, client),
    keys: openKeys(config.apiKeys, config.secrets),
    now: Date.now,
    log: pino({ level: 'silent' }),
    ...over,
  };
  const app = createApp(dependencies);

  return {
    domain,
    bucket: bucketOf(config, domain),
    queue: queueOf(config, domain),
    config,
    aws,
    client,
    dependencies,
    app,
    /** Asks with the key. */
    ask: (path: string, init: RequestInit = {}) => ask(app, path, init),
    /** Starts a mail as the bridge does; no worker takes it up. Returns its id. */
    startMail: (mail: StartedMail = {}) => startMail(client, config, domain, mail),
    async close(): Promise<void> {
      const open = client.workflow.list({ query: `TaskQueue = '${config.name}' AND CloseTime IS NULL` });
      for await (const { workflowId } of open) await client.workflow.getHandle(workflowId).terminate();
      aws.close();
      await connection.close();
    },
  };
}

async function ask(app: OpenAPIHono, path: string, init: RequestInit): Promise<Response> {
  const headers = { authorization: `Bearer ${KEY}`, ...(init.headers as Record<string, string>) };
  return app.request(path, { ...init, headers });
}

async function startMail(client: Client, config: Config, domain: string, mail: StartedMail): Promise<string> {
  const { from = 'sender@example.org', to = [`alice@${domain}`], subject = 'Hello', status } = mail;
  const messageId = mail.messageId ?? randomBytes(8).toString('hex');
  const workflowId = `mail:${domain}:${messageId}`;
  const input: MailInput = {
    notice: {
      source: 'ses',
      domain,
      bucket: bucketOf(config, domain),
      key: messageId,
      messageId,
      receivedAt: '2026-01-02T03:04:05.000Z',
      envelope: { sender: from, recipients: to },
      subject,
    },
    attentionDays: 7,
  };
  await client.workflow.start(MAIL_WORKFLOW, {
    workflowId,
    taskQueue: config.name,
    args: [input],
    memo: { recipientsDigest: 'abcd1234' },
    typedSearchAttributes: [
      ...(status === undefined ? [] : [{ key: mailStatusKey, value: status }]),
      { key: mailDomainKey, value: domain },
      { key: mailFromKey, value: from },
      { key: mailToKey, value: to },
      { key: mailMessageIdKey, value: messageId },
      { key: mailTextKey, value: [subject, from, ...to].join('\n') },
    ],
  });
  return workflowId;
}

/** Asks until the answer pleases: visibility lags behind. Fails with the last answer after 15 s. */
export async function eventually<T>(look: () => Promise<T>, pleases: (found: T) => boolean): Promise<T> {
  const endMs = Date.now() + 15_000;
  for (;;) {
    const found = await look();
    if (pleases(found)) return found;
    if (Date.now() > endMs) throw new Error(`still not so after 15 s: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
