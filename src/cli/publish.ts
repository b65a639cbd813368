/** Puts sample mails on the send queue, as another program would: by the AWS SDK, and nothing of ours in between. */
import { randomBytes } from 'node:crypto';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { sendQueuesOf } from '../config.ts';
import { openAws } from '../stores/aws.ts';
import { openQueue, QueueMissing } from '../stores/queue.ts';
import { CliError, type Environment, readCommandConfig } from './environment.ts';
import { sampleSend } from './sample-sends.ts';

/** SQS's limit. */
const BATCH_MAX = 10;

/** Publishes `count` mails and prints the message id of each. Throws CliError where there is no such queue. */
export async function publishSamples(environment: Environment, count: number): Promise<void> {
  const config = await readCommandConfig(environment);
  const aws = openAws(config);
  const { send } = sendQueuesOf(config);
  try {
    const QueueUrl = await openQueue(aws.sqs, send).url();
    for (let from = 0; from < count; from += BATCH_MAX) {
      const Entries = Array.from({ length: Math.min(BATCH_MAX, count - from) }, (_, index) => {
        const sample = sampleSend(config.domains[0]!, randomBytes(8), new Date());
        return { Id: String(index), MessageBody: JSON.stringify(sample) };
      });
      const { Successful = [], Failed = [] } = await aws.sqs.send(
        new SendMessageBatchCommand({ QueueUrl, Entries }),
      );
      for (const { MessageId } of Successful) process.stdout.write(`${MessageId}\n`);
      const [first] = Failed;
      if (first !== undefined)
        throw new CliError(`${send} did not take ${Failed.length} mails: ${first.Message ?? first.Code}`);
    }
  } catch (error) {
    if (!(error instanceof QueueMissing)) throw error;
    throw new CliError(
      `There is no SQS queue ${send}. Make it (everpost setup), or start \`everpost dev\` in this folder.`,
    );
  } finally {
    aws.close();
  }
}
