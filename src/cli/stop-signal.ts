/**
 * Turns the signals that ask a process to end into one answer. Asking again changes nothing: a terminal and npm
 * both pass Ctrl-C on, and every stop is bounded anyway.
 */

/** `stopping` aborts and `stopped` resolves at the first SIGINT, SIGTERM or SIGHUP. */
export function whenAskedToStop(): { stopping: AbortSignal; stopped: Promise<void> } {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      controller.abort();
      resolve();
    });
  }
  return { stopping: controller.signal, stopped: promise };
}
