/** Processes of ours as operators run them, so that a test can kill them without a word. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

/** Starts `everpost run PART` with just these variables. Resolves when it says that it has started. */
export async function runPart(part: 'worker' | 'bridge' | 'api' | 'all', variables: Record<string, string>) {
  const child = spawn(process.execPath, ['src/cli/main.ts', 'run', part], {
    cwd: root,
    env: {
      PATH: process.env.PATH ?? '',
      ...variables,
      LOG_LEVEL: 'info',
      METRICS_PORT: await freePort(),
      API_PORT: await freePort(),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let seen: (() => void) | undefined;
  const read = (chunk: Buffer): void => {
    output += chunk.toString();
    if (output.includes('process.started')) seen?.();
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  const started = new Promise<void>((resolve) => {
    seen = resolve;
  });
  await Promise.race([
    started,
    exited.then(([code]) => {
      throw new Error(`everpost run ${part} ended with ${code} before it had started:\n${output}`);
    }),
  ]);
  return {
    output: () => output,
    /** kill -9, awaited. */
    async kill(): Promise<void> {
      child.kill('SIGKILL');
      await exited;
    },
    /** SIGTERM; the exit code. */
    async stop(): Promise<number | null> {
      if (child.exitCode === null) child.kill('SIGTERM');
      return (await exited)[0];
    },
  };
}
