/**
 * `everpost run`: the production processes. Nothing is embedded; what cannot be reached yet is waited for. SIGTERM
 * and SIGINT stop the parts in reverse order, each finishing what it has in hand.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { TransportError } from '@temporalio/worker';
import { type Logger, pino } from 'pino';
import { readConfig } from '../config.ts';
import { CliError, type Environment } from './environment.ts';
import { openProcess, type Process, type RunningPart } from './process.ts';
import { whenAskedToStop } from './stop-signal.ts';

const PARTS = ['worker', 'bridge', 'api'] as const;
type PartName = (typeof PARTS)[number];

/** Deliveries under way may end: rule 34's longest usual wait is minutes, but supervisors rarely allow more. */
const GRACE_MS = 60_000;
/** A stop waits for the last poll: with 8 s it ends within the 10 s that container engines allow by default. */
const POLL_SECONDS = 8;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 30_000;

/** Starts the worker as soon as Temporal can be reached; undefined when the process is stopped before that. */
async function startWorkerPatiently(
  process: Process,
  stopping: AbortSignal,
  log: Logger,
): Promise<RunningPart | undefined> {
  for (let waitMs = RETRY_FIRST_MS; !stopping.aborted; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
    try {
      return await process.startWorker();
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      log.error({ event: 'temporal.unreachable', error: error.message, retryInMs: waitMs });
      await pause(waitMs, undefined, { signal: stopping }).catch(() => undefined);
    }
  }
  return undefined;
}

function partsOf(asked: string): readonly PartName[] {
  if (asked === 'all') return PARTS;
  const part = PARTS.find((name) => name === asked);
  if (part === undefined)
    throw new CliError(`There is no part «${asked}»: choose ${PARTS.join(', ')} or all.`);
  return [part];
}

/** Runs until it is asked to stop (0) or a part ends by itself (1). Throws what keeps it from starting. */
export async function run(environment: Environment, asked: string): Promise<number> {
  const parts = partsOf(asked);
  const config = readConfig(environment);
  const log = pino({ level: config.logLevel, base: { name: config.name, part: asked } });
  const { stopping, stopped } = whenAskedToStop();
  const process = await openProcess(config, { log, graceMs: GRACE_MS, waitSeconds: POLL_SECONDS });
  const running: [string, RunningPart][] = [];
  let code = 0;
  try {
    running.push(['metrics', await process.startMetrics()]);
    // The API first: while the worker waits for Temporal, /health can say so.
    if (parts.includes('api')) running.push(['api', await process.startApi()]);
    const worker = parts.includes('worker') ? await startWorkerPatiently(process, stopping, log) : undefined;
    if (worker !== undefined) running.push(['worker', worker]);
    if (parts.includes('bridge') && !stopping.aborted) running.push(['bridge', await process.startBridge()]);
    log.info({ event: 'process.started', parts: running.map(([name]) => name) });
    await Promise.race([stopped, ...running.flatMap(([, part]) => part.failed ?? [])]);
  } catch (error) {
    log.fatal({ event: 'process.failed', error: String(error) });
    code = 1;
  }
  for (const [name, part] of running.reverse()) {
    log.info({ event: 'part.stopping', name });
    await part.stop();
  }
  await process.close();
  log.info({ event: 'process.stopped' });
  return code;
}
