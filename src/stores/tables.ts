/**
 * Creates what a deployment keeps its data in, where it is missing: tables, buckets, queues. What exists is left
 * as it is, since an existing deployment's settings are its owner's.
 */
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  BucketAlreadyExists,
  BucketAlreadyOwnedByYou,
  CreateBucketCommand,
  HeadBucketCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  QueueNameExists,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Config } from '../config.ts';
import { LEDGER_DAY_INDEX } from './ledger.ts';
import { TEMPLATE_ACCOUNT_INDEX } from './template-store.ts';

const TABLE_READY_S_MAX = 120;
/** A message that was received so often and never deleted goes to the dead letters. */
const RECEIVES_MAX = 5;
const VISIBILITY_S = 60;
/** SQS's longest. */
const RETENTION_S = 14 * 86_400;

type Key = { hash: string; range?: string; rangeType?: 'N' };
type Table = { name: string; key: Key; index?: { name: string; key: Key }; timeToLive?: string };

const tablesOf = (tables: Config['tables']): Table[] => [
  { name: tables.rules, key: { hash: 'email_address' } },
  { name: tables.blocked, key: { hash: 'email_address' } },
  { name: tables.messages, key: { hash: 'MessageId' } },
  {
    name: tables.deliveries,
    key: { hash: 'mail', range: 'delivery' },
    index: { name: LEDGER_DAY_INDEX, key: { hash: 'day', range: 'updated_at' } },
    timeToLive: 'expires_at',
  },
  { name: tables.autoreplies, key: { hash: 'pair' }, timeToLive: 'expires_at' },
  { name: tables.keys, key: { hash: 'key_hash' } },
  { name: tables.accounts, key: { hash: 'account' } },
  {
    name: tables.templates,
    key: { hash: 'name', range: 'version', rangeType: 'N' },
    index: { name: TEMPLATE_ACCOUNT_INDEX, key: { hash: 'listed_for', range: 'name' } },
  },
  { name: tables.suppressions, key: { hash: 'email_address' }, timeToLive: 'expires_at' },
];

/** Creates the tables that are missing and turns their time to live on. Returns the names of those created. */
export async function createTables(dynamodb: DynamoDBClient, tables: Config['tables']): Promise<string[]> {
  const created = await Promise.all(tablesOf(tables).map((table) => createTable(dynamodb, table)));
  return created.flatMap((name) => name ?? []);
}

async function createTable(dynamodb: DynamoDBClient, table: Table): Promise<string | undefined> {
  const isNew = await dynamodb.send(new CreateTableCommand(tableInput(table))).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ResourceInUseException) return false;
      throw error;
    },
  );
  const description = { TableName: table.name };
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: TABLE_READY_S_MAX, minDelay: 1 }, description);
  if (table.timeToLive !== undefined) {
    const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand(description));
    if (TimeToLiveDescription?.TimeToLiveStatus === 'DISABLED') {
      const TimeToLiveSpecification = { AttributeName: table.timeToLive, Enabled: true };
      await dynamodb.send(new UpdateTimeToLiveCommand({ ...description, TimeToLiveSpecification }));
    }
  }
  return isNew ? table.name : undefined;
}

const keySchema = (key: Key): CreateTableCommandInput['KeySchema'] => [
  { AttributeName: key.hash, KeyType: 'HASH' },
  ...(key.range === undefined ? [] : [{ AttributeName: key.range, KeyType: 'RANGE' as const }]),
];

function tableInput({ name, key, index }: Table): CreateTableCommandInput {
  const named = [key.hash, key.range, index?.key.hash, index?.key.range].flatMap((one) => one ?? []);
  const typeOf = (attribute: string) => (attribute === key.range ? (key.rangeType ?? 'S') : 'S');
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: keySchema(key),
    AttributeDefinitions: [...new Set(named)].map((AttributeName) => ({
      AttributeName,
      AttributeType: typeOf(AttributeName),
    })),
    ...(index === undefined
      ? {}
      : {
          GlobalSecondaryIndexes: [
            { IndexName: index.name, KeySchema: keySchema(index.key), Projection: { ProjectionType: 'ALL' } },
          ],
        }),
  };
}

/** Creates the bucket unless it is ours already. Throws where the name belongs to another account. */
export async function createBucket(s3: S3Client, bucket: string, region: string): Promise<void> {
  // us-east-1 is the default, and the only one that must not be named (CreateBucket, LocationConstraint).
  const place =
    region === 'us-east-1'
      ? {}
      : { CreateBucketConfiguration: { LocationConstraint: region as 'eu-west-1' } };
  try {
    await s3.send(new CreateBucketCommand({ Bucket: bucket, ...place }));
  } catch (error) {
    if (error instanceof BucketAlreadyOwnedByYou) return;
    if (!(error instanceof BucketAlreadyExists)) throw error;
    await s3.send(new HeadBucketCommand({ Bucket: bucket }));
  }
}

/** Creates the queue and its `-dlq` where they are missing. */
export async function createQueueWithDeadLetters(sqs: SQSClient, name: string): Promise<void> {
  const retention = { MessageRetentionPeriod: String(RETENTION_S) };
  const QueueUrl = await createQueue(sqs, `${name}-dlq`, retention);
  const asked = { QueueUrl, AttributeNames: ['QueueArn' as const] };
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand(asked));
  await createQueue(sqs, name, {
    ...retention,
    VisibilityTimeout: String(VISIBILITY_S),
    ReceiveMessageWaitTimeSeconds: '20',
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: Attributes?.QueueArn,
      maxReceiveCount: RECEIVES_MAX,
    }),
  });
}

/** URL of the queue, created or found. */
async function createQueue(sqs: SQSClient, QueueName: string, Attributes: Record<string, string>) {
  try {
    return (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl;
  } catch (error) {
    // It exists with other attributes, which are its owner's choice: asking without any answers the URL.
    if (!(error instanceof QueueNameExists)) throw error;
    return (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl;
  }
}
