/**
 * Polls one queue at its own pace: pull, bound, act, acknowledge last. A message is deleted only after Temporal has
 * its workflow; what cannot be understood is left for the dead-letter queue; in an outage what is in hand stays in
 * hand, so that it is not received again and again.
 */
import type { Logger } from 'pino';
import { type Queue, type QueueMessage, QueueMissing } from '../stores/queue.ts';
import { type Gate, pause } from './gate.ts';
import { readStartFailure } from './start-mail.ts';

/** Messages of one queue in hand at once; SQS gives at most 10 a call. */
const IN_HAND_MAX = 20;
const RECEIVE_MAX = 10;
/** How long a message that must wait stays hidden, and how often that is renewed: queues hide for 30 s or more. */
const HIDDEN_SECONDS = 60;
const RENEW_MS = 15_000;
/** Failures of one notice, each after Temporal had answered again, before it is left for the dead letters. */
const ODD_FAILURES_MAX = 3;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 30_000;

/** `rejected`: an outbound mail that cannot be sent; its customer is told. */
export type NoticeResult = 'started' | 'duplicate' | 'dropped' | 'rejected' | 'unreadable' | 'refused';

/** One thing that a message asks for. `start` may be called again after it failed. */
export type Work = { about: string; start: () => Promise<Exclude<NoticeResult, 'unreadable' | 'refused'>> };

/** What a message says; an unreadable one is left for the dead-letter queue. */
export type MessageReading =
  | { kind: 'work'; work: Work[] }
  | { kind: 'dropped'; why: string }
  | { kind: 'unreadable'; reason: string };

/** How one queue fares, for /health and /domains. */
export type QueueState = {
  domain: string;
  queue: string;
  state: 'starting' | 'polling' | 'missing' | 'failing';
  reason?: string;
};

export type PollerParts = {
  domain: string;
  queue: Queue;
  gate: Gate;
  read: (message: QueueMessage) => MessageReading;
  count: (result: NoticeResult) => void;
  stopping: AbortSignal;
  waitSeconds: number;
  log: Logger;
};

export type Poller = { state: () => QueueState; ended: Promise<void> };

/** Begins to poll; ends after `stopping`, when nothing is in hand any more. */
export function startPoller(parts: PollerParts): Poller {
  const { domain, queue, gate, stopping } = parts;
  const log = parts.log.child({ queue: queue.name });
  const state: QueueState = { domain, queue: queue.name, state: 'starting' };
  const inHand = new Set<Promise<void>>();
  const deleter = batchDeleter(queue, log);

  const take = (message: QueueMessage): void => {
    const handled: Promise<void> = handle(parts, message, deleter.add, log).finally(() =>
      inHand.delete(handled),
    );
    inHand.add(handled);
  };

  const poll = async (): Promise<void> => {
    let waitMs = RETRY_FIRST_MS;
    while (!stopping.aborted) {
      await gate.whenOpen();
      while (inHand.size > IN_HAND_MAX - RECEIVE_MAX) await Promise.race(inHand);
      if (stopping.aborted || !gate.isOpen()) continue;
      try {
        const messages = await queue.receive({ max: RECEIVE_MAX, waitSeconds: parts.waitSeconds });
        Object.assign(state, { state: 'polling', reason: undefined });
        waitMs = RETRY_FIRST_MS;
        messages.forEach(take);
      } catch (error) {
        const missing = error instanceof QueueMissing;
        Object.assign(state, { state: missing ? 'missing' : 'failing', reason: String(error) });
        log.error({
          event: missing ? 'queue.missing' : 'queue.failing',
          error: String(error),
          retryInMs: waitMs,
        });
        await pause(waitMs, stopping);
        waitMs = Math.min(waitMs * 2, RETRY_MAX_MS);
      }
    }
    await Promise.all(inHand);
    await deleter.flush();
  };

  return { state: () => ({ ...state }), ended: poll() };
}

/** Does with one message what is to be done; never throws. */
async function handle(
  parts: PollerParts,
  message: QueueMessage,
  remove: (handle: string) => void,
  log: Logger,
): Promise<void> {
  const reading = parts.read(message);
  const about = { message: message.id, receives: message.receives };
  if (reading.kind === 'unreadable') {
    log.error({
      event: 'notice.unreadable',
      ...about,
      reason: reading.reason,
      todo: 'it is left for the dead-letter queue',
    });
    return parts.count('unreadable');
  }
  if (reading.kind === 'dropped') {
    log.debug({ event: 'notice.dropped', ...about, why: reading.why });
    remove(message.handle);
    return parts.count('dropped');
  }
  const results = await Promise.all(reading.work.map((work) => startPatiently(parts, work, message, log)));
  if (results.every((result) => result !== undefined)) remove(message.handle);
}

/** Starts one piece of work, waiting through any outage. Undefined: it was not started, and the message must stay. */
async function startPatiently(
  parts: PollerParts,
  work: Work,
  message: QueueMessage,
  log: Logger,
): Promise<NoticeResult | undefined> {
  const renewing = setInterval(() => {
    parts.queue
      .extend(message.handle, HIDDEN_SECONDS)
      .catch((error) => log.warn({ event: 'queue.not-extended', error: String(error) }));
  }, RENEW_MS);
  let oddFailures = 0;
  try {
    for (;;) {
      await parts.gate.whenOpen();
      if (parts.stopping.aborted && !parts.gate.isOpen()) return undefined;
      try {
        const result = await parts.gate.pass(work.start);
        log.debug({ event: `notice.${result}`, mail: work.about });
        parts.count(result);
        return result;
      } catch (error) {
        const failure = readStartFailure(error);
        if (failure.kind === 'odd') oddFailures += 1;
        if (failure.kind === 'poison' || oddFailures >= ODD_FAILURES_MAX) {
          log.error({
            event: 'notice.refused',
            mail: work.about,
            reason: failure.reason,
            todo: 'it is left for the dead-letter queue',
          });
          parts.count('refused');
          return undefined;
        }
        parts.gate.close(failure.reason);
        if (parts.stopping.aborted) return undefined;
      }
    }
  } finally {
    clearInterval(renewing);
  }
}

/** Collects deletions into batches of ten; one that fails is harmless, since the start is idempotent. */
function batchDeleter(
  queue: Queue,
  log: Logger,
): { add: (handle: string) => void; flush: () => Promise<void> } {
  const BATCH_MAX = 10;
  const LINGER_MS = 20;
  let waiting: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const sending = new Set<Promise<unknown>>();
  const send = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const batch = waiting.splice(0, BATCH_MAX);
    if (batch.length === 0) return;
    const sent: Promise<unknown> = queue
      .deleteBatch(batch)
      .catch((error) =>
        log.warn({
          event: 'queue.not-deleted',
          error: String(error),
          todo: 'they come again and meet their workflows',
        }),
      )
      .finally(() => sending.delete(sent));
    sending.add(sent);
    if (waiting.length > 0) send();
  };
  return {
    add(handle) {
      waiting.push(handle);
      if (waiting.length >= BATCH_MAX) send();
      else timer ??= setTimeout(send, LINGER_MS);
    },
    async flush() {
      send();
      waiting = [];
      await Promise.all(sending);
    },
  };
}
