/** `everpost setup` and `everpost doctor` on real servers: what is missing is named, made once, and then in order. */
import { randomBytes } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { examine, type Finding } from '../../src/cli/examination.ts';
import { setUp } from '../../src/cli/set-up.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { type Aws, openAws } from '../../src/stores/aws.ts';
import { type MailboxServer, startMailboxServer } from '../fakes/mailbox-server.ts';

const name = `s${randomBytes(4).toString('hex')}`;
let relay: MailboxServer;
let config: Config;
let aws: Aws;
let connection: Connection;

beforeAll(async () => {
  const { temporalAddress, awsEndpoint, awsRegion } = inject('environment');
  relay = await startMailboxServer();
  config = readConfig({
    EVERPOST_SECRETS: 'a-secret-of-the-tests-0123456789',
    DOMAINS: `${name}.example,${name}.test`,
    AWS_REGION: awsRegion,
    AWS_ENDPOINT_URL: awsEndpoint,
    EVERPOST_NAME: name,
    SEND_BUCKET: `${name}-sends`,
    ...Object.fromEntries(
      ['RULES', 'BLOCKED', 'MESSAGES', 'DELIVERIES', 'AUTOREPLIES'].map((table) => [
        `DYNAMODB_${table}_TABLE`,
        `${name}-${table.toLowerCase()}`,
      ]),
    ),
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: name,
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: String(relay.port),
    INTERNAL_SMTP_PORT: String(relay.port),
  });
  aws = openAws(config);
  connection = await Connection.connect({ address: temporalAddress });
});
afterAll(async () => {
  aws.close();
  await connection.close();
  await relay.stop();
});

const lines = (findings: Finding[]): string[] =>
  findings.map(
    ({ about, verdict, found, mend }) => `${verdict} ${about}: ${found}${mend ? ` → ${mend}` : ''}`,
  );

describe('a deployment that was never set up', () => {
  it('is told everything that is missing, and that setup mends it', async () => {
    const found = lines(await examine(config));
    const setup = 'run `everpost setup`';
    expect(found).toContain(
      `bad Temporal ${config.temporal.address}: no namespace ${name} → ${setup}, or correct TEMPORAL_NAMESPACE`,
    );
    for (const thing of [
      `Bucket: ${name}-example-emails`,
      `Bucket: ${name}-test-emails`,
      `Bucket: ${name}-sends`,
      `Queue: ${name}-example-queue`,
      `Queue: ${name}-test-queue`,
      `Queue: ${name}-send-queue`,
      `Table: ${name}-rules`,
      `Table: ${name}-deliveries`,
    ]) {
      expect(found).toContain(`bad ${thing} does not exist → ${setup}`);
    }
    expect(found).toContain(`good Relay, inside: 127.0.0.1:${relay.port} answers`);
  });

  it('is as it should be after setup, and setup may run again', async () => {
    const told: string[] = [];
    await setUp(config, { aws, connection }, (about, found) => told.push(`${about}: ${found}`));
    expect(told[0]).toBe(`Temporal namespace ${name}: namespace ${name} made, 8 search attributes added`);
    const again: string[] = [];
    await setUp(config, { aws, connection }, (about, found) => again.push(`${about}: ${found}`));
    expect(again).toEqual([
      `Temporal namespace ${name}: as it should be`,
      `Buckets: ${name}-example-emails, ${name}-test-emails, ${name}-sends`,
      `Queues: ${['example-queue', 'test-queue', 'send-queue', 'rejected-queue']
        .map((queue) => `${name}-${queue} and ${name}-${queue}-dlq`)
        .join(', ')}`,
      'Tables: all there',
    ]);
    const findings = await examine(config);
    expect(findings.filter(({ verdict }) => verdict === 'bad')).toEqual([]);
    expect(lines(findings)).toContain('good Retention: 15 days');
  });
});

describe('a deployment with wrong addresses', () => {
  it('is told which variable to correct', async () => {
    const found = lines(
      await examine({
        ...config,
        smtp: { ...config.smtp, internalPort: 1 },
        temporal: { ...config.temporal, address: '127.0.0.1:1', connection: { address: '127.0.0.1:1' } },
      }),
    );
    expect(found.find((line) => line.startsWith('bad Relay, inside'))).toContain('INTERNAL_SMTP_PORT');
    expect(found.find((line) => line.startsWith('bad Temporal 127.0.0.1:1'))).toContain('TEMPORAL_ADDRESS');
  });
});
