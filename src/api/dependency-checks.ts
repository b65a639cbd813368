/**
 * One check for each thing that Everpost cannot work without. A check never throws and never takes longer than its
 * limit: it says `up`, `degraded` (some of several are missing) or `down`, and what is the matter.
 */
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { taskQueues } from '../../workflows/messages.ts';
import type { SmtpReply } from '../mail/mail.ts';
import type { ApiDependencies } from './dependencies.ts';
import { bucketFacts, queueFacts, type ResourceFact } from './domain-facts.ts';

/** `missing` names what is not there, of several. */
export type Check = { status: 'up' | 'degraded' | 'down'; detail?: string; missing?: string[] };

/** A dependency that takes longer than this counts as down. */
const LIMIT_MS = 3_000;

/**
 * A poller that has not come back for this long is gone: a poll lasts a minute, and Temporal goes on listing a
 * worker for five minutes after it died.
 */
const POLLER_SILENT_MS = 75_000;

/** `TASK_QUEUE_TYPE_WORKFLOW` of the gRPC interface. */
const WORKFLOW_QUEUE = 1;

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message || error.name : String(error)).slice(0, 300);

/** Runs a check; one that throws, or is silent for 3 s, is down. */
export async function withinLimit(
  check: (signal: AbortSignal) => Promise<Check>,
  limitMs = LIMIT_MS,
): Promise<Check> {
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<Check>((resolve) => {
    timer = setTimeout(() => {
      resolve({ status: 'down', detail: `no answer within ${limitMs / 1000} s` });
      limit.abort();
    }, limitMs);
  });
  const asked = check(limit.signal).catch((error): Check => ({ status: 'down', detail: messageOf(error) }));
  try {
    return await Promise.race([asked, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** All there: up. None: down. Some: degraded, with the names of the others. */
export function checkOfFacts(kind: string, facts: readonly ResourceFact[]): Check {
  const absent = facts.filter((fact) => fact.state !== 'there');
  if (absent.length === 0) return { status: 'up' };
  const detail =
    absent.find((fact) => fact.detail !== undefined)?.detail ?? `missing ${kind}; «everpost setup» makes it`;
  const isWhole = absent.length === facts.length;
  return { status: isWhole ? 'down' : 'degraded', detail, missing: absent.map((fact) => fact.name) };
}

const checkOfReply = ({ code, text, stage }: SmtpReply): Check =>
  code >= 200 && code < 300
    ? { status: 'up' }
    : { status: 'down', detail: `${stage}: ${code} ${text}`.slice(0, 300) };

/** The checks by name. Each runs by itself; which of them make the whole unhealthy is up to /health. */
export function dependencyChecks(dependencies: ApiDependencies) {
  const { config, temporal, aws, relays, now } = dependencies;
  const { namespace } = config.temporal;

  const tables = async (signal: AbortSignal): Promise<Check> => {
    const names = Object.values(config.tables);
    const facts = await Promise.all(
      names.map(async (TableName) => {
        try {
          await aws.dynamodb.send(new DescribeTableCommand({ TableName }), { abortSignal: signal });
          return undefined;
        } catch (error) {
          if ((error as Error).name === 'ResourceNotFoundException') return TableName;
          throw error;
        }
      }),
    );
    const missing = facts.filter((name) => name !== undefined);
    // Every mail needs all of them, so one missing table is no partial trouble.
    if (missing.length > 0)
      return { status: 'down', detail: 'missing table; «everpost setup» makes it', missing };
    return { status: 'up' };
  };

  const worker = async (): Promise<Check> => {
    const name = taskQueues(config.name).mail;
    const { pollers } = await temporal.withDeadline(Date.now() + LIMIT_MS, () =>
      temporal.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name },
        taskQueueType: WORKFLOW_QUEUE,
      }),
    );
    const isFresh = (pollers ?? []).some(
      ({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 > now() - POLLER_SILENT_MS,
    );
    if (isFresh) return { status: 'up' };
    return {
      status: 'down',
      detail: `no worker polls the task queue «${name}»; start one («everpost run worker»)`,
    };
  };

  return {
    temporal: () =>
      withinLimit(async () => {
        await temporal.withDeadline(Date.now() + LIMIT_MS, () =>
          temporal.workflowService.describeNamespace({ namespace }),
        );
        return { status: 'up' };
      }),
    s3: () => withinLimit(async (signal) => checkOfFacts('bucket', await bucketFacts(config, aws, signal))),
    sqs: () => withinLimit(async (signal) => checkOfFacts('queue', await queueFacts(config, aws, signal))),
    dynamodb: () => withinLimit(tables),
    worker: () => withinLimit(worker),
    internalRelay: () => withinLimit(async () => checkOfReply(await relays.internal.check(LIMIT_MS))),
    externalRelay: () => withinLimit(async () => checkOfReply(await relays.external.check(LIMIT_MS))),
  };
}
