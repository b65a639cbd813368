/** Starts one process of the benchmark and speaks with it. */
import { fork } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Answers, FromChild, ToChild } from './protocol.ts';

const READY_MS_MAX = 60_000;
const STOP_MS_MAX = 15_000;
const LOG_TAIL_LINES = 5;

export type ChildOptions = {
  /** File of this folder. */
  script: string;
  args?: string[];
  /** Laid over the environment. */
  variables?: Record<string, string>;
  /** Flags of Node. */
  flags?: string[];
  /** What the process complains of. Its log lines are written, as in production, and thrown away. */
  logFile: string;
  onDone?: (at: number, mail?: string) => void;
};

export type Child = {
  pid: number;
  port?: number;
  ask<Q extends keyof Answers>(question: Q): Promise<Answers[Q]>;
  /** Rejects when the process ends by itself. */
  failed: Promise<never>;
  stop(): Promise<void>;
};

/** Resolves when the process is ready; throws with the end of its log when it ends before that. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { script, args = [], variables = {}, flags = [], logFile } = options;
  const log = await open(logFile, 'a');
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), args, {
    execArgv: flags,
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'ignore', log.fd, 'ipc'],
  });
  await log.close();
  let stopping = false;
  let questions = 0;
  const asked = new Map<number, (answer: never) => void>();
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
  });
  const failed = exited.then(async (how): Promise<never> => {
    if (stopping) return new Promise<never>(() => {});
    const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n');
    const tail = lines.slice(-LOG_TAIL_LINES).join('\n');
    throw new Error(`bench/${script} ${args.join(' ')} ended with ${how}. Its log ends with:\n${tail}`);
  });
  failed.catch(() => {});
  const ready = new Promise<number | undefined>((resolve) => {
    child.on('message', (message: FromChild) => {
      if (message.kind === 'done') options.onDone?.(message.at, message.mail);
      else if (message.kind === 'ready') resolve(message.port);
      else asked.get(message.number)?.(message.answer as never);
    });
  });
  const stop = async (): Promise<void> => {
    stopping = true;
    if (child.connected) child.disconnect();
    const late = new AbortController();
    const end = pause(STOP_MS_MAX, undefined, { signal: late.signal }).then(
      () => child.kill('SIGKILL'),
      () => false,
    );
    await exited;
    late.abort();
    await end;
  };
  const silence = pause(READY_MS_MAX, undefined, { ref: false }).then((): never => {
    throw new Error(`bench/${script} was not ready within ${READY_MS_MAX / 1000} s`);
  });
  silence.catch(() => {});
  try {
    const port = await Promise.race([ready, failed, silence]);
    return { pid: child.pid!, ...(port !== undefined && { port }), ask, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }

  function ask<Q extends keyof Answers>(question: Q): Promise<Answers[Q]> {
    const number = ++questions;
    const answered = new Promise<Answers[Q]>((resolve) => asked.set(number, resolve));
    child.send({ number, question } satisfies ToChild);
    return Promise.race([answered, failed]).finally(() => asked.delete(number));
  }
}
