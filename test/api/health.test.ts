/** GET /livez, /health and /domains on the real servers: what is missing is named, what is down counts. */

import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { DeleteBucketCommand } from '@aws-sdk/client-s3';
import { DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import type { ApiDependencies } from '../../src/api/dependencies.ts';
import { withinLimit } from '../../src/api/dependency-checks.ts';
import { overallHealth } from '../../src/api/health.ts';
import { openSmtpClient } from '../../src/smtp/smtp-client.ts';
import { openQueue } from '../../src/stores/queue.ts';
import { startMailboxServer } from '../fakes/mailbox-server.ts';
import { type ApiWorld, openApiWorld } from './api-world.ts';

type Health = {
  status: string;
  missing: string[];
  checks: Record<string, { status: string; detail?: string; missing?: string[] }>;
};

let world: ApiWorld;
const healthOf = async (over: Partial<ApiDependencies> = {}): Promise<{ status: number; health: Health }> => {
  const answer = await createApp({ ...world.dependencies, ...over }).request('/health');
  return { status: answer.status, health: (await answer.json()) as Health };
};

beforeAll(async () => {
  const domains = ['one', 'two', 'three'].map((name) => `${name}-${Date.now()}.example`);
  world = await openApiWorld({ DOMAINS: domains.join(',') });
});
afterAll(() => world.close());

describe('health', () => {
  it('is down without a worker, and says so; everything else is up', async () => {
    const { status, health } = await healthOf();
    expect(status).toBe(503);
    const { worker, ...others } = health.checks;
    expect(worker).toMatchObject({ status: 'down', detail: expect.stringContaining(world.config.name) });
    expect(others).toEqual({
      temporal: { status: 'up' },
      s3: { status: 'up' },
      sqs: { status: 'up' },
      dynamodb: { status: 'up' },
      internalRelay: { status: 'up' },
      externalRelay: { status: 'up' },
    });
  });

  it('asks relays over SMTP', async () => {
    const relay = await startMailboxServer();
    const open = { host: '127.0.0.1', secure: false, connectionsMax: 1 };
    const answering = openSmtpClient({ ...open, port: relay.port });
    const closed = openSmtpClient({ ...open, port: 1 });
    const { health } = await healthOf({ relays: { internal: answering, external: closed } });
    expect(health.checks.internalRelay).toEqual({ status: 'up' });
    expect(health.checks.externalRelay).toMatchObject({
      status: 'down',
      detail: expect.stringContaining('connect'),
    });
    answering.close();
    closed.close();
    await relay.stop();
  });

  it('tells that Temporal is away, and does not take longer than 3 s for it', async () => {
    const connection = Connection.lazy({ address: '127.0.0.1:1' });
    const startedMs = performance.now();
    const { status, health } = await healthOf({ temporal: new Client({ connection }) });
    expect(performance.now() - startedMs).toBeLessThan(4_500);
    expect(status).toBe(503);
    expect(health.checks.temporal?.status).toBe('down');
    // The connection stays: the client's own retries are under way, and closing it would end the process.
    expect(health.checks.s3?.status).toBe('up');
  });

  it('is asked of the world once in 5 s, by however many', async () => {
    let checks = 0;
    let nowMs = Date.now();
    const counting = {
      check: async () => {
        checks += 1;
        return { code: 250, text: 'ok', stage: 'done' as const };
      },
    };
    const relays = { internal: counting, external: world.dependencies.relays.external };
    const app = createApp({ ...world.dependencies, relays, now: () => nowMs });
    await Promise.all([app.request('/health'), app.request('/health'), app.request('/health')]);
    await app.request('/health');
    expect(checks).toBe(1);
    nowMs += 5_001;
    await app.request('/health');
    expect(checks).toBe(2);
  });

  it('and domains name a bucket and a queue that are missing', async () => {
    const [first, second] = world.config.domains as [string, string];
    const names = { bucket: first.replaceAll('.', '-'), queue: second.replaceAll('.', '-') };
    await world.aws.s3.send(new DeleteBucketCommand({ Bucket: `${names.bucket}-emails` }));
    const QueueUrl = await openQueue(world.aws.sqs, `${names.queue}-queue`).url();
    await world.aws.sqs.send(new DeleteQueueCommand({ QueueUrl }));

    const { health } = await healthOf();
    const missing = [`${names.bucket}-emails`, `${names.queue}-queue`];
    expect(health.missing).toEqual(missing);
    expect(health.checks.s3).toMatchObject({ status: 'degraded', missing: [missing[0]] });
    expect(health.checks.sqs).toMatchObject({ status: 'degraded', missing: [missing[1]] });

    const domains = (await (await world.app.request('/domains')).json()) as {
      items: { domain: string; bucket: { state: string }; queue: { state: string; url?: string } }[];
      missing: string[];
    };
    expect(domains.missing).toEqual(missing);
    expect(domains.items.map(({ domain, bucket, queue }) => [domain, bucket.state, queue.state])).toEqual([
      [first, 'missing', 'there'],
      [second, 'there', 'missing'],
      [world.config.domains[2], 'there', 'there'],
    ]);
    expect(domains.items[2]?.queue.url).toMatch(/^http/);
  });

  it('is down when a table is missing, and names it', async () => {
    await world.aws.dynamodb.send(new DeleteTableCommand({ TableName: world.config.tables.blocked }));
    const { health } = await healthOf();
    expect(health.checks.dynamodb).toMatchObject({ status: 'down', missing: [world.config.tables.blocked] });
  });
});

describe('the whole', () => {
  const up = { status: 'up' as const };
  const down = { status: 'down' as const };
  const all = {
    temporal: up,
    s3: up,
    sqs: up,
    dynamodb: up,
    worker: up,
    internalRelay: up,
    externalRelay: up,
  };

  it.each<[string, string]>([
    ['temporal', 'down'],
    ['s3', 'down'],
    ['sqs', 'down'],
    ['dynamodb', 'down'],
    ['worker', 'down'],
    ['internalRelay', 'down'],
    ['externalRelay', 'degraded'],
  ])('without %s is %s', (name, status) => {
    expect(overallHealth({ ...all, [name]: down }, '').status).toBe(status);
  });

  it('is up when all is, and degraded when one of several queues is missing', () => {
    expect(overallHealth(all, '').status).toBe('up');
    const sqs = { status: 'degraded' as const, missing: ['a-queue'] };
    expect(overallHealth({ ...all, sqs }, '')).toMatchObject({ status: 'degraded', missing: ['a-queue'] });
  });
});

it('a check that never answers is down after its limit, and is told to stop', async () => {
  let stopped = false;
  const silent = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => {
        stopped = true;
        reject(new Error('stopped'));
      });
    });
  expect(await withinLimit(silent, 20)).toEqual({ status: 'down', detail: 'no answer within 0.02 s' });
  expect(stopped).toBe(true);
});

it('livez answers without asking anybody', async () => {
  expect(await (await world.app.request('/livez')).json()).toEqual({ status: 'up' });
});
