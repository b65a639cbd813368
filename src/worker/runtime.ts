/** Installs the Temporal SDK's runtime, once a process: its log lines join ours, its metrics have a page. */
import { createServer } from 'node:net';
import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';

/** A loopback port that was free a moment ago; the SDK binds its own metrics page to it. */
async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Returns the address of the SDK's metrics page, and what ends the runtime: without it a process goes on living. */
export async function installRuntime(log: Logger): Promise<{ metricsUrl: string; end: () => Promise<void> }> {
  const bindAddress = `127.0.0.1:${await freePort()}`;
  const sdk = log.child({ part: 'temporal' });
  const write =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, meta?: Record<string | symbol, unknown>): void => {
      sdk[level]({ ...meta }, message);
    };
  Runtime.install({
    // Stopping has an order of its own, which src/cli keeps.
    shutdownSignals: [],
    logger: {
      log: (level, message, meta) => {
        // The SDK's own «info» tells of its states, which operators do not need; nor that activity workers lack workflows.
        const quiet = level === 'INFO' || message.startsWith('No workflows registered');
        write(quiet ? 'debug' : (level.toLowerCase() as 'warn'))(message, meta);
      },
      trace: write('trace'),
      debug: write('debug'),
      info: write('debug'),
      warn: write('warn'),
      error: write('error'),
    },
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
      metrics: {
        prometheus: {
          bindAddress,
          countersTotalSuffix: true,
          unitSuffix: true,
          useSecondsForDurations: true,
        },
      },
    },
  });
  return { metricsUrl: `http://${bindAddress}/metrics`, end: () => Runtime.instance().shutdown() };
}
