/**
 * The AWS clients of a process, made once. The same code reaches AWS and an emulator: an endpoint that is set in
 * the configuration is handed to the SDK in code, since it would otherwise follow host names of its own making.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Config } from '../config.ts';

/** Sockets a client: 50 deliveries side by side, and what else is under way. */
const SOCKETS_MAX = 64;
const CONNECT_MS_MAX = 5_000;
/** Above SQS's longest poll of 20 s. Ends when the answer begins, so a slow reader of a body is not cut off. */
const ANSWER_MS_MAX = 30_000;
const ATTEMPTS_MAX = 4;

export type Aws = { s3: S3Client; sqs: SQSClient; dynamodb: DynamoDBClient; close(): void };

/** Opens the three clients; nothing is sent yet. Credentials come from the SDK's own chain. */
export function openAws({ aws }: Pick<Config, 'aws'>): Aws {
  const agent = { keepAlive: true, maxSockets: SOCKETS_MAX };
  const shared = {
    region: aws.region,
    maxAttempts: ATTEMPTS_MAX,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: CONNECT_MS_MAX,
      requestTimeout: ANSWER_MS_MAX,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  };
  const s3 = new S3Client({
    ...shared,
    // Lengths and ETags are checked; a second checksum over every byte in JavaScript would cost more than TLS.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(aws.s3Endpoint === undefined ? {} : { endpoint: aws.s3Endpoint, forcePathStyle: true }),
  });
  const sqs = new SQSClient({
    ...shared,
    ...(aws.sqsEndpoint === undefined ? {} : { endpoint: aws.sqsEndpoint, useQueueUrlAsEndpoint: false }),
  });
  const dynamodb = new DynamoDBClient({
    ...shared,
    ...(aws.dynamodbEndpoint === undefined ? {} : { endpoint: aws.dynamodbEndpoint }),
  });
  return {
    s3,
    sqs,
    dynamodb,
    close: () => {
      for (const client of [s3, sqs, dynamodb]) client.destroy();
    },
  };
}
