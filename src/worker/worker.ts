/**
 * The worker: workflows and what is quick on the main task queue; later and slower deliveries on queues of their
 * own, so that one slow relay or one large mail never stands in another's way. Stops within its grace time.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import type { MailActivities } from '../../activities/activities.ts';
import type { SendActivities } from '../../activities/send-activities.ts';
import { taskQueues } from '../../workflows/messages.ts';
import type { Config } from '../config.ts';

export type WorkerParts = {
  activities: MailActivities & SendActivities;
  /** A bundle made before; otherwise `dist/workflow-bundle.js` in production, or one is made at start (2 to 3 s). */
  workflowBundlePath?: string;
  /** What workflows may tell their process; ours tell it nothing, the empty one of bench/ says that it ran. */
  sinks?: NonNullable<WorkerOptions['sinks']>;
  /** How long deliveries under way may still take when the worker stops. */
  graceMs: number;
  log: Logger;
};

export type RunningWorker = {
  /** A client on the worker's connection: it may start workflows eagerly. */
  client: Client;
  /** Rejects when a worker ends by itself. */
  failed: Promise<never>;
  stop: () => Promise<void>;
};

const built = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));
const payloadConverterPath = fileURLToPath(new URL('../../workflows/payload-converter.ts', import.meta.url));
const source = fileURLToPath(new URL('../../workflows/workflows.ts', import.meta.url));

async function workflowBundle(config: Config, parts: WorkerParts) {
  if (parts.workflowBundlePath !== undefined) return { codePath: parts.workflowBundlePath };
  if (config.mode === 'production' && existsSync(built)) return { codePath: built };
  // The bundler tells of every module; only what goes wrong is of interest.
  const logger = new DefaultLogger('WARN', ({ message }) => parts.log.warn({ part: 'bundler' }, message));
  return bundleWorkflowCode({
    payloadConverterPath,
    workflowsPath: source,
    logger,
  });
}

const polling = { type: 'autoscaling', minimum: 2, initial: 5, maximum: 20 } as const;
const fewPolling = { type: 'autoscaling', minimum: 1, initial: 1, maximum: 10 } as const;

/** One worker a task queue; numbers from measurements with this SDK (docs/benchmarks.md). */
function optionsByQueue(config: Config): Omit<WorkerOptions, 'workflowBundle' | 'activities'>[] {
  const queues = taskQueues(config.name);
  const rate = config.smtp.ratePerSecond;
  return [
    {
      taskQueue: queues.mail,
      maxConcurrentWorkflowTaskExecutions: 100,
      maxConcurrentActivityTaskExecutions: 100,
      maxConcurrentLocalActivityExecutions: 200,
      // 0.35 MB each; the SDK's default grows with the heap and has ended processes.
      maxCachedWorkflows: 1000,
      workflowTaskPollerBehavior: polling,
      activityTaskPollerBehavior: fewPolling,
    },
    {
      taskQueue: queues.delivery,
      maxConcurrentActivityTaskExecutions: 100,
      activityTaskPollerBehavior: polling,
    },
    // Large mails stream, but each holds sockets and buffers for long.
    {
      taskQueue: queues.large,
      maxConcurrentActivityTaskExecutions: 4,
      activityTaskPollerBehavior: fewPolling,
    },
    {
      taskQueue: queues.transactional,
      maxConcurrentActivityTaskExecutions: 50,
      activityTaskPollerBehavior: polling,
    },
    // Fewer places than the relay has connections: bulk must never take them all.
    {
      taskQueue: queues.bulk,
      maxConcurrentActivityTaskExecutions: 20,
      activityTaskPollerBehavior: fewPolling,
    },
    {
      taskQueue: queues.relay,
      maxConcurrentActivityTaskExecutions: 20,
      activityTaskPollerBehavior: fewPolling,
      ...(rate === undefined ? {} : { maxTaskQueueActivitiesPerSecond: rate }),
    },
  ];
}

/** Connects, starts polling on all queues, and returns when every worker runs. Needs `installRuntime` before it. */
export async function startWorker(config: Config, parts: WorkerParts): Promise<RunningWorker> {
  const bundle = await workflowBundle(config, parts);
  const connection = await NativeConnection.connect(config.temporal.connection ?? {});
  const workers = await Promise.all(
    optionsByQueue(config).map((options, index) =>
      Worker.create({
        ...options,
        connection,
        namespace: config.temporal.namespace,
        identity: `${config.name}@${process.pid}`,
        activities: { ...parts.activities },
        shutdownGraceTime: parts.graceMs,
        shutdownForceTime: parts.graceMs + 2_000,
        ...(index === 0 ? { workflowBundle: bundle, ...(parts.sinks && { sinks: parts.sinks }) } : {}),
      }),
    ),
  );
  const running = workers.map((worker) => worker.run());
  const ended = Promise.allSettled(running);
  const failed = Promise.race(running).then((): never => {
    throw new Error('a worker ended although nobody stopped it');
  });
  failed.catch(() => {});
  return {
    client: new Client({ connection, namespace: config.temporal.namespace }),
    failed,
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
      await connection.close();
    },
  };
}
