/**
 * The parts that `everpost dev` has started, in order. Promise: whatever has been started, or was being started when
 * Ctrl-C came, is stopped in reverse order within 10 s, a line each; what does not end by then is killed.
 */
import type { Screen, ScreenLine } from './screen.ts';

export type StackPart = {
  stop(): Promise<void>;
  /** Ends it for certain; for what is a process of its own. */
  kill?(): void;
};

/** Why a start ended when a signal came. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

export type Stack = {
  /** Starts a part with a line of its own; `describe` is what the line says in the end. */
  start<T extends StackPart>(
    name: string,
    act: (line: ScreenLine) => Promise<T>,
    describe: (part: T) => string,
  ): Promise<T>;
  /** The same for what leaves nothing to stop. */
  step<T>(name: string, act: (line: ScreenLine) => Promise<T>, describe: (result: T) => string): Promise<T>;
  /** Says that all must end: a signal came (Interrupted), or a part has ended by itself. The first reason counts. */
  end(reason: Error): void;
  /** Rejects with that reason, as does whatever is being started. */
  ended: Promise<never>;
  stop(): Promise<void>;
};

/** All of it, so that a person never waits longer; supervisors usually allow 10 s. */
const STOP_MS_MAX = 9_000;
/** Kept for each process of its own that still has to stop: one that is killed has not written its state. */
const RESERVED_MS = 1_500;

/** Resolves with false when `work` has not ended within `ms`. A failed stop counts as one. */
async function withinMs(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, ms));
  });
  const ended = await Promise.race([
    work.then(
      () => true,
      () => true,
    ),
    late,
  ]);
  clearTimeout(timer);
  return ended;
}

/** An empty stack. */
export function openStack(screen: Screen): Stack {
  const parts: { name: string; part: StackPart }[] = [];
  /** Starts that were interrupted and may still come up. */
  const pending: Promise<unknown>[] = [];
  const { promise: ended, reject: end } = Promise.withResolvers<never>();
  ended.catch(() => undefined);
  let ending = false;

  async function step<T>(
    name: string,
    act: (line: ScreenLine) => Promise<T>,
    describe: (result: T) => string,
    keep: (result: T) => void = () => undefined,
  ): Promise<T> {
    const line = screen.begin(name);
    const work = ending ? ended : act(line);
    const kept = work.then((result) => {
      keep(result);
      return result;
    });
    try {
      const result = await Promise.race([kept, ended]);
      line.done(describe(result));
      return result;
    } catch (error) {
      pending.push(kept.catch(() => undefined));
      line.failed(error instanceof Interrupted ? 'interrupted' : 'failed');
      throw error;
    }
  }

  return {
    ended,
    end(reason) {
      ending = true;
      end(reason);
    },
    step,
    start: (name, act, describe) => step(name, act, describe, (part) => parts.push({ name, part })),
    async stop() {
      const latest = performance.now() + STOP_MS_MAX;
      const left = (): number => latest - performance.now();
      await withinMs(Promise.all(pending), left() / 2);
      const stopping = parts.splice(0).reverse();
      for (const [at, { name, part }] of stopping.entries()) {
        const line = screen.begin(name);
        const servers = stopping.slice(at + 1).filter((later) => later.part.kill !== undefined).length;
        if (await withinMs(part.stop(), left() - servers * RESERVED_MS)) line.done('stopped');
        else {
          part.kill?.();
          line.failed('did not stop in time, so it was ended');
        }
      }
    },
  };
}
