/** How long one mail takes while mails come evenly, at half of the rate that the side itself was seen to reach. */
import { setTimeout as pause } from 'node:timers/promises';
import { readClosed } from './closed.ts';
import { announce, store } from './mails.ts';
import { quantile } from './statistics.ts';
import { MAIL_BYTES, within } from './throughput.ts';
import type { World } from './world.ts';

const SECONDS = 20;
const MAILS_MIN = 60;
const MAILS_MAX = 300;
const SECONDS_MAX = 60;

/** In milliseconds. `fromQueue`: without the time until the bridge had the notice in hand. */
export type Latency = {
  mails: number;
  perSecond: number;
  fromAnnouncement: { p50: number; p95: number };
  fromQueue: { p50: number; p95: number };
};

/** The whole path ends when the mailbox server has the mail, the empty workflow when Temporal has closed it. */
export async function measureLatency(
  world: World,
  name: 'whole' | 'empty',
  ownPerSecond: number,
): Promise<Latency> {
  const side = world.sides[name];
  const perSecond = ownPerSecond / 2;
  const count = Math.round(Math.min(Math.max(perSecond * SECONDS, MAILS_MIN), MAILS_MAX));
  const ids = Array.from({ length: count }, (_, index) => `latency-${name}-${index}`);
  if (name === 'whole') await store(side.place, ids, MAIL_BYTES);
  side.begin();
  await side.child.ask('received');
  const announced = await within(SECONDS_MAX, `latency of the ${name} side`, async () => {
    const at = await announceEvenly(world, name, ids, perSecond);
    await side.reached(count);
    return at;
  });
  const received = await side.child.ask('received');
  const ended = name === 'whole' ? world.delivered : await closedAt(world, side.place.domain);
  const quantiles = (began: (id: string) => number) => {
    const all = ids.map((id) => (ended.get(id) ?? Number.NaN) - began(id));
    return { p50: quantile(all, 0.5), p95: quantile(all, 0.95) };
  };
  return {
    mails: count,
    perSecond,
    fromAnnouncement: quantiles((id) => announced.get(id)!),
    fromQueue: quantiles((id) => received[id] ?? Number.NaN),
  };
}

async function closedAt({ client }: World, domain: string): Promise<Map<string, number>> {
  const closed = await readClosed(client, domain);
  return new Map([...closed].map(([id, { at }]) => [id, at]));
}

/** Keeps to the clock, whatever becomes of the mails before. */
async function announceEvenly(world: World, name: 'whole' | 'empty', ids: string[], perSecond: number) {
  const { place } = world.sides[name];
  const announced = new Map<string, number>();
  const began = performance.now();
  const sent: Promise<void>[] = [];
  for (const [index, id] of ids.entries()) {
    await pause(Math.max(0, began + (index * 1000) / perSecond - performance.now()));
    announced.set(id, Date.now());
    sent.push(announce(place, [id]));
  }
  await Promise.all(sent);
  return announced;
}
