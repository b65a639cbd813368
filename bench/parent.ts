/** The child's end of the channel: tells the parent which mails are through and answers its questions. */
import type { Aws } from '../src/stores/aws.ts';
import type { Queue } from '../src/stores/queue.ts';
import type { Answers, FromChild, MemoryUse, ToChild } from './protocol.ts';

const MEMORY_LOOK_MS = 5;

export type Parent = {
  /** One mail is through. */
  done(mail?: string): void;
  /** The same queue, watched: what it hands out is noted with the time. */
  watched(queue: Queue): Queue;
  /** Counts what the two clients send from now on. */
  countCalls(aws: Aws): void;
  /** Tells that all is up. `port` where something listens. Ends by `stop` when the parent lets go. */
  ready(stop: () => Promise<void>, port?: number): void;
};

/** Opens the channel of a process that was forked by `startChild`. */
export function openParent(): Parent {
  const awsCalls: Record<string, number> = {};
  let received: Record<string, number> = {};
  let memory: { use: MemoryUse; timer: NodeJS.Timeout } | undefined;
  const tell = (message: FromChild): void => {
    if (process.connected) process.send?.(message);
  };
  const answers: { [Q in keyof Answers]: () => Answers[Q] } = {
    usage() {
      const { user, system } = process.cpuUsage();
      return { cpuMs: (user + system) / 1000, awsCalls: { ...awsCalls } };
    },
    received() {
      const told = received;
      received = {};
      return told;
    },
    'watch-memory'() {
      globalThis.gc?.();
      const idleBytes = process.memoryUsage.rss();
      const use = { idleBytes, peakBytes: idleBytes };
      const look = (): void => {
        use.peakBytes = Math.max(use.peakBytes, process.memoryUsage.rss());
      };
      memory = { use, timer: setInterval(look, MEMORY_LOOK_MS) };
      return null;
    },
    memory() {
      if (memory === undefined) throw new Error('memory is not being watched');
      clearInterval(memory.timer);
      return memory.use;
    },
  };
  let end = async (): Promise<void> => {};
  process.once('disconnect', () => {
    end().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
  // Ctrl-C reaches the whole process group; the parent ends its children in order.
  process.on('SIGINT', () => {});
  process.on('message', ({ number, question }: ToChild) =>
    tell({ kind: 'answer', number, answer: answers[question]() }),
  );
  return {
    done: (mail) => tell({ kind: 'done', at: Date.now(), ...(mail !== undefined && { mail }) }),
    watched: (queue) =>
      noting(queue, (id, at) => {
        received[id] = at;
      }),
    countCalls(aws) {
      for (const client of [aws.s3, aws.dynamodb]) countOf(client, awsCalls);
    },
    ready(stop, port) {
      end = stop;
      tell({ kind: 'ready', ...(port !== undefined && { port }) });
    },
  };
}

function countOf(client: Aws['s3'] | Aws['dynamodb'], calls: Record<string, number>): void {
  // The overloads of the clients' stacks differ in their commands only.
  (client as Aws['s3']).middlewareStack.add(
    (next, context) => (call) => {
      const name = String(context.commandName).replace(/Command$/, '');
      calls[name] = (calls[name] ?? 0) + 1;
      return next(call);
    },
    { step: 'initialize' },
  );
}

/** The queue itself, but for a note of each mail that it hands out. */
const noting = (queue: Queue, note: (id: string, at: number) => void): Queue => ({
  ...queue,
  async receive(options) {
    const messages = await queue.receive(options);
    const at = Date.now();
    for (const { body } of messages) note(/"messageId":"([^"]+)"/.exec(body)?.[1] ?? '', at);
    return messages;
  },
});
