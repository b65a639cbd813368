/**
 * The gate between the queues and Temporal. Open while Temporal can be reached; a failed start closes it for all
 * queues, and only an answer from Temporal opens it again, so that an outage of hours receives nothing and no
 * message comes near its dead-letter queue. It also bounds the start calls in flight.
 */
import type { Logger } from 'pino';

/** Start calls in flight a process: more only add latency (design §6). */
const STARTS_MAX = 16;
const PROBE_FIRST_MS = 500;
const PROBE_MAX_MS = 10_000;

export type Gate = {
  /** Resolves when Temporal can be reached, or when the bridge stops. */
  whenOpen(): Promise<void>;
  isOpen(): boolean;
  /** Temporal did not answer: nothing passes until it does. */
  close(reason: string): void;
  /** Runs one start call when there is room for it. */
  pass<T>(start: () => Promise<T>): Promise<T>;
};

/** Waits, or returns early when `signal` is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

/** `probe` resolves when Temporal answers. */
export function openGate(probe: () => Promise<unknown>, stopping: AbortSignal, log: Logger): Gate {
  let reopening: Promise<void> | undefined;
  let inFlight = 0;
  const waiting: (() => void)[] = [];

  const reopen = async (): Promise<void> => {
    for (let waitMs = PROBE_FIRST_MS; !stopping.aborted; waitMs = Math.min(waitMs * 2, PROBE_MAX_MS)) {
      await pause(waitMs, stopping);
      try {
        await probe();
        log.info({ event: 'bridge.temporal-back' });
        break;
      } catch (error) {
        log.debug({ event: 'bridge.temporal-away', error: String(error) });
      }
    }
    reopening = undefined;
  };

  return {
    whenOpen: async () => {
      await reopening;
    },
    isOpen: () => reopening === undefined,
    close(reason) {
      if (reopening !== undefined || stopping.aborted) return;
      log.error({
        event: 'bridge.closed',
        reason,
        todo: 'start Temporal or check TEMPORAL_ADDRESS; mail waits in SQS',
      });
      reopening = reopen();
    },
    async pass(start) {
      while (inFlight >= STARTS_MAX) await new Promise<void>((resolve) => waiting.push(resolve));
      // What waited for a place must not begin another long wait when the gate closed meanwhile.
      if (reopening !== undefined && stopping.aborted)
        throw new Error('the bridge stops while Temporal is away');
      inFlight += 1;
      try {
        return await start();
      } finally {
        inFlight -= 1;
        waiting.shift()?.();
      }
    },
  };
}
