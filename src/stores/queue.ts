/**
 * One SQS queue, by name. It may not exist yet, or not any more: every call then throws QueueMissing and the next
 * one looks again, so that a queue that appears later is used without a restart.
 */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** SQS's limit for receives and batches. */
const BATCH_MAX = 10;
const COUNTS = {
  waiting: 'ApproximateNumberOfMessages',
  inFlight: 'ApproximateNumberOfMessagesNotVisible',
  delayed: 'ApproximateNumberOfMessagesDelayed',
} as const;

export type QueueMessage = {
  id: string;
  body: string;
  /** What deletes, extends or puts back this receive of the message. */
  handle: string;
  /** How often it was received, this time included. */
  receives: number;
  /** ISO 8601, when it was put on the queue. */
  sentAt: string;
};

/** Approximate numbers of messages, as SQS counts them. */
export type QueueCounts = Record<keyof typeof COUNTS, number>;

export type ReceiveOptions = { max: number; waitSeconds: number; signal?: AbortSignal };

/** There is no queue of that name, or not for these credentials. */
export class QueueMissing extends Error {
  override name = 'QueueMissing';
  readonly queue: string;
  constructor(queue: string) {
    super(
      `There is no SQS queue ${queue}: create it (everpost setup) or correct DOMAINS; it is tried again.`,
    );
    this.queue = queue;
  }
}

export type Queue = {
  name: string;
  url(): Promise<string>;
  /**
   * Up to `max` messages (1 to 10), waiting at most `waitSeconds` (0 to 20) for the first. An aborted poll may
   * still take a message away until its visibility ends: prefer to let the last one finish.
   */
  receive(options: ReceiveOptions): Promise<QueueMessage[]>;
  /** Puts one message on the queue. */
  send(body: string): Promise<void>;
  /** Deletes any number of messages; returns the handles that could not be deleted, which will come again. */
  deleteBatch(handles: string[]): Promise<string[]>;
  /** Hides a received message for that many seconds from now. */
  extend(handle: string, seconds: number): Promise<void>;
  /** Shows a received message again at once; the receive counts towards the dead letters all the same. */
  putBack(handle: string): Promise<void>;
  counts(): Promise<QueueCounts>;
};

/** A queue whose URL is looked up at the first call and after each time that it was missing. */
type Place = { sqs: SQSClient; name: string; url?: string };

/** Opens the queue called `name`; nothing is asked until the first call. */
export function openQueue(sqs: SQSClient, name: string): Queue {
  const place: Place = { sqs, name };
  return {
    name,
    url: () => urlOf(place),
    receive: (options) => receive(place, options),
    send: (body) => send(place, body),
    deleteBatch: (handles) => deleteBatch(place, handles),
    extend: (handle, seconds) => hide(place, handle, seconds),
    putBack: (handle) => hide(place, handle, 0),
    counts: () => counts(place),
  };
}

async function urlOf(place: Place): Promise<string> {
  if (place.url !== undefined) return place.url;
  const command = new GetQueueUrlCommand({ QueueName: place.name });
  const { QueueUrl } = await existing(place, () => place.sqs.send(command));
  if (QueueUrl === undefined) throw new QueueMissing(place.name);
  place.url = QueueUrl;
  return QueueUrl;
}

async function existing<T>(place: Place, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof QueueDoesNotExist)) throw error;
    delete place.url;
    throw new QueueMissing(place.name);
  }
}

async function send(place: Place, MessageBody: string): Promise<void> {
  const QueueUrl = await urlOf(place);
  await existing(place, () => place.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody })));
}

async function receive(place: Place, options: ReceiveOptions): Promise<QueueMessage[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: await urlOf(place),
    MaxNumberOfMessages: Math.min(options.max, BATCH_MAX),
    WaitTimeSeconds: options.waitSeconds,
    MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
  });
  const abort = options.signal === undefined ? {} : { abortSignal: options.signal };
  const { Messages } = await existing(place, () => place.sqs.send(command, abort));
  return (Messages ?? []).map((message) => ({
    id: message.MessageId ?? '',
    body: message.Body ?? '',
    handle: message.ReceiptHandle ?? '',
    receives: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
    sentAt: new Date(Number(message.Attributes?.SentTimestamp ?? 0)).toISOString(),
  }));
}

async function deleteBatch(place: Place, handles: string[]): Promise<string[]> {
  const QueueUrl = await urlOf(place);
  const left: string[] = [];
  for (let at = 0; at < handles.length; at += BATCH_MAX) {
    const batch = handles.slice(at, at + BATCH_MAX);
    const Entries = batch.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
    const command = new DeleteMessageBatchCommand({ QueueUrl, Entries });
    const { Failed } = await existing(place, () => place.sqs.send(command));
    for (const { Id } of Failed ?? []) left.push(batch[Number(Id)]!);
  }
  return left;
}

async function hide(place: Place, handle: string, seconds: number): Promise<void> {
  const QueueUrl = await urlOf(place);
  const change = { QueueUrl, ReceiptHandle: handle, VisibilityTimeout: seconds };
  await existing(place, () => place.sqs.send(new ChangeMessageVisibilityCommand(change)));
}

async function counts(place: Place): Promise<QueueCounts> {
  const command = new GetQueueAttributesCommand({
    QueueUrl: await urlOf(place),
    AttributeNames: Object.values(COUNTS),
  });
  const { Attributes } = await existing(place, () => place.sqs.send(command));
  const count = (key: keyof typeof COUNTS): number => Number(Attributes?.[COUNTS[key]] ?? 0);
  return { waiting: count('waiting'), inFlight: count('inFlight'), delayed: count('delayed') };
}
