/** Whether the bucket and the queue of each served domain are there, as AWS says it now. Changes nothing. */
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { bucketOf, type Config, queueOf } from '../config.ts';
import type { AwsClients } from './dependencies.ts';

/**
 * One bucket or queue. `missing`: AWS answered that it does not exist. `refused`: it may exist, but our credentials
 * may not use it. `unknown`: AWS did not answer.
 */
export type ResourceFact = {
  name: string;
  state: 'there' | 'missing' | 'refused' | 'unknown';
  url?: string;
  detail?: string;
};

export type DomainFacts = { domain: string; bucket: ResourceFact; queue: ResourceFact };

type AwsError = Error & { $metadata?: { httpStatusCode?: number } };

const MISSING = /NotFound|NoSuchBucket|QueueDoesNotExist|NonExistentQueue/;
const REFUSED = /Forbidden|AccessDenied|UnrecognizedClient|InvalidAccessKeyId|SignatureDoesNotMatch/;

/** What a failed look at a bucket or queue tells about it. */
export function factOfError(name: string, error: unknown): ResourceFact {
  const { name: kind, message, $metadata } = error as AwsError;
  const status = $metadata?.httpStatusCode;
  if (MISSING.test(kind) || status === 404) return { name, state: 'missing' };
  if (REFUSED.test(kind) || status === 403) {
    return { name, state: 'refused', detail: `AWS refused our credentials for it (${kind})` };
  }
  return { name, state: 'unknown', detail: `AWS did not answer: ${message || kind}`.slice(0, 300) };
}

/** Looks at one bucket. Never rejects. */
export async function bucketFact(
  name: string,
  { s3 }: Pick<AwsClients, 's3'>,
  signal: AbortSignal,
): Promise<ResourceFact> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: name }), { abortSignal: signal });
    return { name, state: 'there' };
  } catch (error) {
    return factOfError(name, error);
  }
}

/** Looks at the buckets of all served domains, side by side. Never rejects. */
export const bucketFacts = (config: Config, aws: AwsClients, signal: AbortSignal): Promise<ResourceFact[]> =>
  Promise.all(config.domains.map((domain) => bucketFact(bucketOf(config, domain), aws, signal)));

/** Looks up the queues of all served domains, side by side. Never rejects. */
export const queueFacts = (
  config: Config,
  { sqs }: AwsClients,
  signal: AbortSignal,
): Promise<ResourceFact[]> =>
  Promise.all(
    config.domains.map(async (domain) => {
      const name = queueOf(config, domain);
      try {
        const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }), {
          abortSignal: signal,
        });
        return { name, state: 'there' as const, ...(QueueUrl === undefined ? {} : { url: QueueUrl }) };
      } catch (error) {
        return factOfError(name, error);
      }
    }),
  );
