/** What `everpost doctor` looks at in AWS beyond existence: dead letters of queues, time to live of tables. */
import { DescribeTableCommand, DescribeTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { factOfError, type ResourceFact } from '../api/domain-facts.ts';
import type { Config } from '../config.ts';
import type { Aws } from '../stores/aws.ts';
import type { Finding } from './examination.ts';

const SETUP = 'run `everpost setup`';
const DAY_SECONDS = 86_400;

/** What the existence of a bucket, queue or table means to whoever asked. */
export function findingOf(about: string, { state, detail, name }: ResourceFact): Finding {
  if (state === 'there') return { about, verdict: 'good', found: name };
  if (state === 'missing') return { about, verdict: 'bad', found: `${name} does not exist`, mend: SETUP };
  const mend =
    state === 'refused'
      ? 'give these credentials access to it'
      : 'check AWS_REGION, AWS_ENDPOINT_URL, the credentials and the network';
  return { about, verdict: 'bad', found: `${name}: ${detail ?? state}`, mend };
}

function findingOfError(about: string, name: string, error: unknown): Finding {
  const isMissing = (error as Error).name === 'ResourceNotFoundException';
  return findingOf(about, isMissing ? { name, state: 'missing' } : factOfError(name, error));
}

/** A queue and where its dead letters go. */
export async function examineQueue({ sqs }: Aws, name: string): Promise<Finding> {
  const about = 'Queue';
  try {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: ['RedrivePolicy', 'MessageRetentionPeriod'],
      }),
    );
    const days = Number(Attributes?.MessageRetentionPeriod ?? 0) / DAY_SECONDS;
    if (Attributes?.RedrivePolicy === undefined) {
      return {
        about,
        verdict: 'doubtful',
        found: `${name} has no dead letters: what cannot be understood comes again until it expires`,
        mend: `give it a redrive policy to ${name}-dlq with a maxReceiveCount of 5`,
      };
    }
    return { about, verdict: 'good', found: `${name}, with dead letters, keeps messages for ${days} days` };
  } catch (error) {
    return findingOfError(about, name, error);
  }
}

/** One table; those whose rows expire must have that turned on. */
export async function examineTable({ tables }: Config, { dynamodb }: Aws, name: string): Promise<Finding> {
  const about = 'Table';
  try {
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: name }));
    if (Table?.TableStatus !== 'ACTIVE') {
      return {
        about,
        verdict: 'doubtful',
        found: `${name} is ${Table?.TableStatus}`,
        mend: 'wait, then look again',
      };
    }
    if (![tables.deliveries, tables.autoreplies, tables.suppressions].includes(name))
      return { about, verdict: 'good', found: name };
    const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName: name }));
    if (/^ENABL/.test(TimeToLiveDescription?.TimeToLiveStatus ?? '')) {
      return { about, verdict: 'good', found: `${name}, rows expire` };
    }
    return { about, verdict: 'doubtful', found: `${name} keeps its rows for ever`, mend: SETUP };
  } catch (error) {
    return findingOfError(about, name, error);
  }
}
