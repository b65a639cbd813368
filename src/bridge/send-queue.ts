/**
 * Reads the send queue: `everpost.send/v1`, taken in like a request of the API. What can never be sent is rejected and
 * published; what this version cannot understand is left for the dead-letter queue, with its reason.
 */
import { randomUUID } from 'node:crypto';
import type { AccountStore } from '../stores/account-store.ts';
import { DEFAULT_ACCOUNT } from '../stores/account-store.ts';
import type { Queue, QueueMessage } from '../stores/queue.ts';
import type { SendIntake } from '../stores/send-intake.ts';
import { readSendMessage, type SendRequest, UnknownSchema } from '../stores/send-request.ts';
import type { MessageReading } from './poller.ts';

export type SendQueueParts = {
  takeIn: SendIntake;
  accounts: AccountStore;
  rejected: Queue;
};

/** What a message of the send queue asks for. */
export function readSend(parts: SendQueueParts, message: QueueMessage): MessageReading {
  let read: ReturnType<typeof readSendMessage>;
  try {
    read = readSendMessage(JSON.parse(message.body));
  } catch (error) {
    if (error instanceof UnknownSchema) return { kind: 'unreadable', reason: error.message };
    return { kind: 'unreadable', reason: `the message is no JSON: ${String(error)}` };
  }
  const reading = read;
  const start = async (): Promise<'started' | 'duplicate' | 'rejected'> =>
    'ok' in reading
      ? takeIn(parts, message, reading.ok)
      : reject(
          parts,
          message,
          reading.errors.map(({ field, message: why }) => `${field}: ${why}`),
        );
  return { kind: 'work', work: [{ about: message.id, start }] };
}

async function takeIn(
  parts: SendQueueParts,
  message: QueueMessage,
  request: SendRequest,
): Promise<'started' | 'duplicate' | 'rejected'> {
  const name = request.account ?? DEFAULT_ACCOUNT;
  const account = await parts.accounts.find(name);
  if (account === undefined) return reject(parts, message, [`account: there is no account ${name}`]);
  // SQS may bring a message twice; its id is the key of those that name none.
  const key = request.idempotencyKey ?? `sqs:${message.id || randomUUID()}`;
  const { outcome } = await parts.takeIn(request, { account: name, key, nowMs: Date.now() });
  if (outcome === 'different')
    return reject(parts, message, ['idempotencyKey: was used for another request']);
  return outcome === 'started' ? 'started' : 'duplicate';
}

async function reject(parts: SendQueueParts, message: QueueMessage, reasons: string[]): Promise<'rejected'> {
  const event = {
    schema: 'everpost.rejected/v1',
    message: message.id,
    state: 'rejected',
    reason: reasons.join('; '),
    errors: reasons,
  };
  await parts.rejected.send(JSON.stringify(event));
  return 'rejected';
}
