/** One of the things that are measured side by side: a process, its mail, and how far it has come. */
import { type Child, type ChildOptions, startChild } from './child.ts';
import { announce, type Place } from './mails.ts';

/** What is announced and not through yet: 16 in flight, and as many on the queue, so that it never runs empty. */
const AHEAD_MAX = 32;
const BATCH = 8;

export type SideName = 'whole' | 'empty' | 'plain';

export type Side = {
  place: Place;
  child: Child;
  /** Forgets the mails that were through before. */
  begin(): void;
  /** Resolves when so many mails are through since `begin`; rejects when the process ends. */
  reached(count: number): Promise<void>;
  /** When each mail since `begin` was through, in milliseconds since 1970. */
  instants(): number[];
  /** Announces as fast as mails get through, never far ahead: the emulator's receive slows with what waits. */
  announceAhead(ids: string[]): Promise<void>;
};

/** Starts the process of a side. */
export async function startSide(place: Place, options: ChildOptions): Promise<Side> {
  let instants: number[] = [];
  let waiting: { count: number; resolve: () => void }[] = [];
  const child = await startChild({
    ...options,
    onDone(at) {
      instants.push(at);
      for (const one of waiting) if (instants.length >= one.count) one.resolve();
      waiting = waiting.filter((one) => instants.length < one.count);
    },
  });
  const reached = (count: number): Promise<void> => {
    if (instants.length >= count) return Promise.resolve();
    const there = new Promise<void>((resolve) => waiting.push({ count, resolve }));
    return Promise.race([there, child.failed]);
  };
  return {
    place,
    child,
    begin() {
      instants = [];
    },
    reached,
    instants: () => instants,
    async announceAhead(ids) {
      for (let next = 0; next < ids.length; next += BATCH) {
        await reached(Math.max(0, next + BATCH - AHEAD_MAX));
        await announce(place, ids.slice(next, next + BATCH));
      }
    },
  };
}
