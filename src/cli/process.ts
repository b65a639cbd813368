/**
 * One process of Everpost and the parts that run in it: worker, bridge and API, alone or together. `everpost run`
 * and `everpost dev` start the very same parts; here is what they are made of.
 */
import { Client, Connection } from '@temporalio/client';
import type { Logger } from 'pino';
import { createMailActivities } from '../../activities/create.ts';
import { createSendActivities } from '../../activities/create-send.ts';
import { type RunningApi, startApi } from '../api/server.ts';
import { type BridgeParts, startBridge } from '../bridge/bridge.ts';
import { sendStarter } from '../bridge/start-send.ts';
import type { Config } from '../config.ts';
import { type Aws, openAws } from '../stores/aws.ts';
import { openQueue } from '../stores/queue.ts';
import { openSendIntake } from '../stores/send-intake.ts';
import { openMailParts } from '../worker/mail-parts.ts';
import { createMetrics, startMetricsServer } from '../worker/metrics.ts';
import { installRuntime } from '../worker/runtime.ts';
import { type RunningWorker, startWorker } from '../worker/worker.ts';

export type ProcessOptions = {
  log: Logger;
  /** How long deliveries under way may still take when the process stops, in milliseconds. */
  graceMs: number;
  /** SQS long poll, in seconds; the bridge stops when the last one has ended. */
  waitSeconds: number;
  /** Address of the Temporal Web UI, for links. */
  webUiUrl?: string;
};

/** A part that runs. `failed` rejects when it ends by itself. */
export type RunningPart = { stop(): Promise<void>; failed?: Promise<never> };

export type Process = {
  /** `/livez` and `/metrics` of this process. */
  startMetrics(): Promise<RunningPart & { url: string }>;
  startWorker(): Promise<RunningPart>;
  /** Shares the worker's connection where there is one in this process: its starts are then eager. */
  startBridge(): Promise<RunningPart>;
  startApi(): Promise<RunningApi>;
  /** Lets go of what the parts share; they must have been stopped. */
  close(): Promise<void>;
};

/** Opens what the parts of one process share. Nothing is sent before a part starts. */
export async function openProcess(config: Config, options: ProcessOptions): Promise<Process> {
  const { log } = options;
  const runtime = await installRuntime(log);
  const metrics = createMetrics();
  const aws = openAws(config);
  const connection = Connection.lazy(config.temporal.connection ?? {});
  const client = new Client({ connection, namespace: config.temporal.namespace });
  const mail = openMailParts(config, { aws, log, count: metrics.count });
  let worker: RunningWorker | undefined;
  return {
    async startMetrics() {
      const server = await startMetricsServer({
        ...config.metrics,
        registry: metrics.registry,
        temporalMetricsUrl: runtime.metricsUrl,
      });
      return { url: server.url, stop: () => server.stop() };
    },
    async startWorker() {
      worker = await startWorker(config, {
        activities: { ...createMailActivities(mail.parts), ...createSendActivities(mail.parts) },
        graceMs: options.graceMs,
        log,
      });
      return worker;
    },
    startBridge: async () =>
      startBridge(
        config,
        bridgeParts({ config, options, aws, mail, count: metrics.count.notice, client, worker }),
      ),
    startApi: () =>
      startApi(
        config,
        {
          temporal: client,
          aws,
          relays: mail.parts.relays,
          startSend: sendStarter(config, client),
          ...(options.webUiUrl !== undefined && { webUiUrl: options.webUiUrl }),
        },
        log,
      ),
    async close() {
      mail.close();
      aws.close();
      await connection.close();
      await runtime.end();
    },
  };
}

type Shared = {
  config: Config;
  options: ProcessOptions;
  aws: Aws;
  mail: ReturnType<typeof openMailParts>;
  count: BridgeParts['count'];
  client: Client;
  /** The worker of this process: its connection lets workflows start eagerly. */
  worker: RunningWorker | undefined;
};

function bridgeParts({ config, options, aws, mail, count, client, worker }: Shared): BridgeParts {
  const starter = worker?.client ?? client;
  return {
    client: starter,
    eager: worker !== undefined,
    openQueue: (name) => openQueue(aws.sqs, name),
    mailStore: mail.parts.mailStore,
    sends: {
      takeIn: openSendIntake(config.name, { store: mail.parts.sends, start: sendStarter(config, starter) }),
      accounts: mail.parts.accounts,
      rejected: mail.parts.rejectedQueue,
    },
    count,
    waitSeconds: options.waitSeconds,
    log: options.log,
  };
}
