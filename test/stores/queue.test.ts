/** The queue's contract: nothing goes that was not deleted, and a queue that is missing says so until it is there. */
import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, describe, expect, it } from 'vitest';
import { openQueue, type Queue, QueueMissing } from '../../src/stores/queue.ts';
import { createQueueWithDeadLetters } from '../../src/stores/tables.ts';
import { openTestAws, uniqueName } from '../environment/deployment.ts';

const aws = openTestAws();
afterAll(() => aws.close());

async function newQueue(): Promise<Queue> {
  const name = uniqueName('example-com-queue');
  await createQueueWithDeadLetters(aws.sqs, name);
  return openQueue(aws.sqs, name);
}

const send = async (queue: Queue, body: string) =>
  aws.sqs.send(new SendMessageCommand({ QueueUrl: await queue.url(), MessageBody: body }));
const atOnce = { max: 10, waitSeconds: 0 };

describe('a queue', () => {
  it('gives messages with their body, number of receives and time, until they are deleted', async () => {
    const queue = await newQueue();
    await send(queue, 'grüße 📬');
    const [message] = await queue.receive({ max: 10, waitSeconds: 1 });
    expect(message).toMatchObject({ body: 'grüße 📬', receives: 1 });
    expect(Math.abs(Date.parse(message!.sentAt) - Date.now())).toBeLessThan(60_000);
    expect(await queue.counts()).toEqual({ waiting: 0, inFlight: 1, delayed: 0 });
    expect(await queue.deleteBatch([message!.handle])).toEqual([]);
    expect(await queue.counts()).toEqual({ waiting: 0, inFlight: 0, delayed: 0 });
  });

  it('deletes more than ten at a time and names the handles that could not be deleted', async () => {
    const queue = await newQueue();
    const QueueUrl = await queue.url();
    for (const part of [0, 1]) {
      const Entries = Array.from({ length: 8 }, (_, index) => ({ Id: `${part}-${index}`, MessageBody: 'x' }));
      await aws.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    }
    const received = [...(await queue.receive(atOnce)), ...(await queue.receive(atOnce))];
    expect(received).toHaveLength(16);
    const handles = received.map((message) => message.handle);
    expect(await queue.deleteBatch([...handles, 'no-such-handle'])).toEqual(['no-such-handle']);
    expect(await queue.counts()).toMatchObject({ waiting: 0, inFlight: 0 });
  });

  it('hides a received message, shows it when it is put back, and hides it longer when asked', async () => {
    const queue = await newQueue();
    await send(queue, 'again');
    const [first] = await queue.receive(atOnce);
    expect(await queue.receive(atOnce)).toEqual([]);
    await queue.putBack(first!.handle);
    const [second] = await queue.receive(atOnce);
    expect(second).toMatchObject({ id: first!.id, receives: 2 });
    await queue.extend(second!.handle, 600);
    expect(await queue.counts()).toMatchObject({ inFlight: 1 });
  });

  it('moves a message to the dead letters after five receives', async () => {
    const queue = await newQueue();
    await send(queue, 'poison');
    for (let receive = 1; receive <= 5; receive += 1) {
      const [message] = await queue.receive(atOnce);
      expect(message?.receives).toBe(receive);
      await queue.putBack(message!.handle);
    }
    expect(await queue.receive(atOnce)).toEqual([]);
    const [dead] = await openQueue(aws.sqs, `${queue.name}-dlq`).receive(atOnce);
    expect(dead?.body).toBe('poison');
  });

  it('that is missing says so at every call and works as soon as it is there', async () => {
    const name = uniqueName('late-queue');
    const queue = openQueue(aws.sqs, name);
    await expect(queue.receive(atOnce)).rejects.toThrow(QueueMissing);
    await expect(queue.counts()).rejects.toThrow(name);
    await createQueueWithDeadLetters(aws.sqs, name);
    expect(await queue.receive(atOnce)).toEqual([]);
  });

  it('keeps its settings and messages when it is set up again', async () => {
    const queue = await newQueue();
    await send(queue, 'kept');
    await createQueueWithDeadLetters(aws.sqs, queue.name);
    expect(await queue.counts()).toMatchObject({ waiting: 1 });
  });
});
