/** Set-up creates what is missing and leaves alone what is there. */
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, expect, it } from 'vitest';
import { openQueue } from '../../src/stores/queue.ts';
import { createBucket, createQueueWithDeadLetters, createTables } from '../../src/stores/tables.ts';
import { newTables, openTestAws, uniqueName } from '../environment/deployment.ts';

const aws = openTestAws();
afterAll(() => aws.close());

it('creates the tables once, with their keys and the index by day', async () => {
  const tables = await newTables(aws);
  expect(await createTables(aws.dynamodb, tables)).toEqual([]);
  const { Table } = await aws.dynamodb.send(new DescribeTableCommand({ TableName: tables.deliveries }));
  expect(Table?.KeySchema).toEqual([
    { AttributeName: 'mail', KeyType: 'HASH' },
    { AttributeName: 'delivery', KeyType: 'RANGE' },
  ]);
  expect(Table?.GlobalSecondaryIndexes?.[0]).toMatchObject({ IndexName: 'by-day' });
});

it.each(['us-east-1', 'us-east-2'])('creates a bucket in %s once', async (region) => {
  const bucket = uniqueName('bucket');
  await createBucket(aws.s3, bucket, region);
  await createBucket(aws.s3, bucket, region);
});

it('creates queues that keep messages for 14 days and give up on one after five receives', async () => {
  const name = uniqueName('queue');
  await createQueueWithDeadLetters(aws.sqs, name);
  const QueueUrl = await openQueue(aws.sqs, name).url();
  const { Attributes } = await aws.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  expect(Attributes).toMatchObject({ VisibilityTimeout: '60', MessageRetentionPeriod: '1209600' });
  expect(JSON.parse(Attributes!.RedrivePolicy!)).toMatchObject({
    maxReceiveCount: expect.toSatisfy((n) => Number(n) === 5),
  });
});
