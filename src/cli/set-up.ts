/**
 * Everything that a deployment needs outside itself, made where it is missing: Temporal namespace, buckets, queues
 * with their dead letters, tables. May run any number of times; what is there is left as it is.
 */
import type { Connection } from '@temporalio/client';
import { bucketOf, type Config, queueOf, sendQueuesOf } from '../config.ts';
import type { Aws } from '../stores/aws.ts';
import { createBucket, createQueueWithDeadLetters, createTables } from '../stores/tables.ts';
import { prepareNamespace } from './namespace.ts';

/** Told of each step when it is done: what it was about, and what was found or made. */
export type TellStep = (about: string, found: string) => void;

/** Runs every step in order; throws at the first that fails, naming it. */
export async function setUp(
  config: Config,
  { aws, connection }: { aws: Aws; connection: Connection },
  tell: TellStep,
): Promise<void> {
  const buckets = [...config.domains.map((domain) => bucketOf(config, domain)), config.sends.bucket];
  const queues = [
    ...config.domains.map((domain) => queueOf(config, domain)),
    ...Object.values(sendQueuesOf(config)),
  ];
  const steps: [string, () => Promise<string>][] = [
    [
      `Temporal namespace ${config.temporal.namespace}`,
      async () =>
        (await prepareNamespace(connection, config.temporal.namespace)).join(', ') || 'as it should be',
    ],
    [
      'Buckets',
      async () => {
        for (const bucket of buckets) await createBucket(aws.s3, bucket, config.aws.region);
        return buckets.join(', ');
      },
    ],
    [
      'Queues',
      async () => {
        for (const queue of queues) await createQueueWithDeadLetters(aws.sqs, queue);
        return queues.map((queue) => `${queue} and ${queue}-dlq`).join(', ');
      },
    ],
    [
      'Tables',
      async () => {
        const made = await createTables(aws.dynamodb, config.tables);
        return made.length === 0 ? 'all there' : `made ${made.join(', ')}`;
      },
    ],
  ];
  for (const [about, act] of steps) {
    try {
      tell(about, await act());
    } catch (error) {
      throw new Error(`${about}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
}
