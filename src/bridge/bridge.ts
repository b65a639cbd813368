/**
 * The bridge from SQS to Temporal: every queue of DOMAINS, each at its own pace, one workflow a notice. A queue
 * that does not exist is retried for ever and named in the state; the others go on.
 */
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { bucketOf, type Config, queueOf, sendQueuesOf } from '../config.ts';
import type { MailNotice } from '../mail/mail.ts';
import { readNotice } from '../mail/notice.ts';
import type { MailStore } from '../stores/mail-store.ts';
import type { Queue } from '../stores/queue.ts';
import { openGate } from './gate.ts';
import { type MessageReading, type NoticeResult, type QueueState, startPoller } from './poller.ts';
import { readSend, type SendQueueParts } from './send-queue.ts';
import { createMailStarter, type MailStarter, START_DEADLINE_MS } from './start-mail.ts';

export type BridgeParts = {
  client: Client;
  /** Client and worker share this process and connection. */
  eager: boolean;
  openQueue: (name: string) => Queue;
  mailStore: MailStore;
  /** Where given, the send queue is polled too. */
  sends?: SendQueueParts;
  count: (domain: string, result: NoticeResult) => void;
  /** SQS long poll; short ones end sooner when the bridge stops. */
  waitSeconds: number;
  log: Logger;
};

export type Bridge = { state: () => QueueState[]; stop: () => Promise<void> };

/** Starts polling. `stop` lets the polls under way end and what is in hand be started, then resolves. */
export function startBridge(config: Config, parts: BridgeParts): Bridge {
  const stopping = new AbortController();
  const probe = () =>
    parts.client.connection.withDeadline(Date.now() + START_DEADLINE_MS, () =>
      parts.client.workflowService.describeNamespace({ namespace: config.temporal.namespace }),
    );
  const gate = openGate(probe, stopping.signal, parts.log);
  const start = createMailStarter(parts.client, {
    taskQueue: config.name,
    attentionDays: config.attentionDays,
    eager: parts.eager,
  });
  const readMail = mailReader(config, parts, start);
  const shared = { gate, stopping: stopping.signal, waitSeconds: parts.waitSeconds, log: parts.log };
  const pollers = config.domains.map((domain) =>
    startPoller({
      ...shared,
      domain,
      queue: parts.openQueue(queueOf(config, domain)),
      read: ({ body }) => readMail(domain, body),
      count: (result) => parts.count(domain, result),
    }),
  );
  const { sends } = parts;
  if (sends !== undefined) {
    pollers.push(
      startPoller({
        ...shared,
        domain: 'sends',
        queue: parts.openQueue(sendQueuesOf(config).send),
        read: (message) => readSend(sends, message),
        count: (result) => parts.count('sends', result),
      }),
    );
  }
  return {
    state: () => pollers.map((poller) => poller.state()),
    async stop() {
      stopping.abort();
      await Promise.all(pollers.map((poller) => poller.ended));
    },
  };
}

/** What a message of a mail queue asks for. */
function mailReader(config: Config, { mailStore, log }: BridgeParts, start: MailStarter) {
  const isProcessed = async (notice: MailNotice): Promise<boolean> => {
    if (notice.source !== 's3') return false;
    try {
      const head = await mailStore.head(notice.bucket, notice.key);
      return head?.metadata.workflow_id !== undefined;
    } catch (error) {
      // The workflow looks again, and the ledger keeps anything from going out twice.
      log.warn({ event: 'notice.unchecked', mail: notice.key, error: String(error) });
      return false;
    }
  };
  const startNotice = async (notice: MailNotice) => ((await isProcessed(notice)) ? 'dropped' : start(notice));
  return (domain: string, body: string): MessageReading => {
    const bucketName = (name: string): string => bucketOf(config, name);
    const reading = readNotice(body, { domain, domains: config.domains, bucketOf: bucketName });
    if (reading.kind !== 'notices') return reading;
    const work = reading.notices.map((notice) => ({ about: notice.key, start: () => startNotice(notice) }));
    return { kind: 'work', work };
  };
}
