/** What one mail of a given size costs the process in memory while it passes. */
import { announce, store } from './mails.ts';
import { within } from './throughput.ts';
import type { World } from './world.ts';

export const SIZES_MIB = [1, 10, 50];
const TIMES = 3;
const WARM_UP_MAILS = 40;
const SECONDS_MAX = 30;
const MIB = 1024 * 1024;

/** Highest resident memory above that of the idle process: the most that was seen in several tries. */
export type MemoryCost = { sizeMiB: number; idleMiB: number; extraMiB: number; awsCalls: number };

export const memoryMailId = (sizeMiB: number, time: number): string => `memory-${sizeMiB}-${time}`;

/** One mail at a time, each after a collection, in a process that has delivered small mails before. */
export async function measureMemory(world: World): Promise<MemoryCost[]> {
  const warmUp = Array.from({ length: WARM_UP_MAILS }, (_, index) => `memory-warm-${index}`);
  await deliver(world, warmUp, 20 * 1024);
  const costs: MemoryCost[] = [];
  for (const sizeMiB of SIZES_MIB) {
    const cost = { sizeMiB, idleMiB: 0, extraMiB: 0, awsCalls: 0 };
    for (let time = 0; time < TIMES; time += 1) {
      const callsBefore = await calls(world);
      const { idleBytes, peakBytes } = await deliver(world, [memoryMailId(sizeMiB, time)], sizeMiB * MIB);
      cost.idleMiB = Math.max(cost.idleMiB, idleBytes / MIB);
      cost.extraMiB = Math.max(cost.extraMiB, (peakBytes - idleBytes) / MIB);
      cost.awsCalls = (await calls(world)) - callsBefore;
    }
    costs.push(cost);
  }
  return costs;
}

async function calls({ memory }: World): Promise<number> {
  const { awsCalls } = await memory.child.ask('usage');
  return Object.values(awsCalls).reduce((sum, count) => sum + count, 0);
}

async function deliver({ memory }: World, ids: string[], sizeBytes: number) {
  const { place, child } = memory;
  await store(place, ids, sizeBytes);
  memory.begin();
  await child.ask('watch-memory');
  await within(SECONDS_MAX, `a mail of ${sizeBytes} bytes`, async () => {
    for (let next = 0; next < ids.length; next += 10) await announce(place, ids.slice(next, next + 10));
    await memory.reached(ids.length);
  });
  return child.ask('memory');
}
