/** What was measured, as findings: each a name, a figure, and where there is an aim, whether it is met. */

import { readClosed } from './closed.ts';
import { type Latency, measureLatency } from './latency.ts';
import { type MemoryCost, measureMemory, memoryMailId } from './memory.ts';
import { median } from './statistics.ts';
import { measureThroughput, type Throughput } from './throughput.ts';
import type { World } from './world.ts';

const SHARE_MIN = 0.8;
const EVENTS_QUICK_MAX = 10;
const EVENTS_REGULAR_MAX = 16;
const AWS_CALLS_MAX = 6;
const LATENCY_TIMES_MAX = 3;
/** What a mail of 50 MB may cost more. */
const EXTRA_MIB_MAX = 64;

export type Measured = {
  throughput: Throughput;
  latency: { whole: Latency; empty: Latency };
  memory: MemoryCost[];
  /** Of one mail, the highest that was seen. */
  history: { quick: History; regular: History };
};

type History = { events: number; transitions: number };

export type Finding = { name: string; figure: string; aim?: string; met?: boolean };

/** Measures everything, one after another. */
export async function measure(world: World, tell: (line: string) => void): Promise<Measured> {
  const throughput = await measureThroughput(world, tell);
  tell('latency at half of the own rate');
  const whole = await measureLatency(world, 'whole', rateOfSide(throughput, 'whole'));
  const empty = await measureLatency(world, 'empty', rateOfSide(throughput, 'empty'));
  tell('memory');
  const memory = await measureMemory(world);
  return { throughput, latency: { whole, empty }, memory, history: await readHistory(world) };
}

async function readHistory({ client, sides, memory }: World): Promise<Measured['history']> {
  const quick = [...(await readClosed(client, sides.whole.place.domain)).values()];
  const large = await readClosed(client, memory.place.domain);
  const highest = (of: History[]): History => ({
    events: Math.max(...of.map((one) => one.events)),
    transitions: Math.max(...of.map((one) => one.transitions)),
  });
  // Above 1 MiB the first attempt is a regular activity.
  return { quick: highest(quick), regular: highest([large.get(memoryMailId(50, 0))!]) };
}

/** Mails a second: the median of the rounds. */
export const rateOfSide = (throughput: Throughput, name: keyof Throughput): number =>
  median(throughput[name].map((round) => round.perSecond));

/** The rate that engine and plain work would give one after the other. */
export const combinedRate = (throughput: Throughput): number =>
  1 / (1 / rateOfSide(throughput, 'empty') + 1 / rateOfSide(throughput, 'plain'));

/** Calls of one small mail. */
export const awsCallsOf = ({ whole }: Throughput): number =>
  Math.max(...whole.map(({ awsCalls }) => Object.values(awsCalls).reduce((sum, calls) => sum + calls, 0)));

const ms = (value: number): string => `${Math.round(value)} ms`;
const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** Every figure that has an aim. */
export function findingsOf({ throughput, latency, memory, history }: Measured): Finding[] {
  const share = rateOfSide(throughput, 'whole') / combinedRate(throughput);
  const awsCalls = awsCallsOf(throughput);
  const large = memory.find(({ sizeMiB }) => sizeMiB === 50)!;
  const { whole, empty } = latency;
  const times = whole.fromAnnouncement.p95 / empty.fromAnnouncement.p95;
  const strict = whole.fromQueue.p95 / empty.fromQueue.p95;
  return [
    {
      name: 'Whole path, as a share of what empty workflow and plain loop give one after the other',
      figure: percent(share),
      aim: `at least ${percent(SHARE_MIN)}`,
      met: share >= SHARE_MIN,
    },
    {
      name: 'Latency, p95 at half of the own rate, against the empty workflow',
      figure: `${times.toFixed(1)} times (${ms(whole.fromAnnouncement.p95)} and ${ms(empty.fromAnnouncement.p95)})`,
      aim: `at most ${LATENCY_TIMES_MAX} times`,
      met: times <= LATENCY_TIMES_MAX,
    },
    {
      name: 'The same from the moment the bridge has the notice, without the queue',
      figure: `${strict.toFixed(1)} times (${ms(whole.fromQueue.p95)} and ${ms(empty.fromQueue.p95)})`,
      aim: `at most ${LATENCY_TIMES_MAX} times`,
      met: strict <= LATENCY_TIMES_MAX,
    },
    {
      name: 'History events of a small mail (quick way)',
      figure: `${history.quick.events}`,
      aim: `at most ${EVENTS_QUICK_MAX}`,
      met: history.quick.events <= EVENTS_QUICK_MAX,
    },
    {
      name: 'History events where the first attempt is a regular activity',
      figure: `${history.regular.events}`,
      aim: `at most ${EVENTS_REGULAR_MAX}`,
      met: history.regular.events <= EVENTS_REGULAR_MAX,
    },
    {
      name: "AWS calls of a small mail, beside the queue's",
      figure: `${Number(awsCalls.toFixed(2))}`,
      aim: `at most ${AWS_CALLS_MAX}`,
      met: awsCalls <= AWS_CALLS_MAX,
    },
    {
      name: 'Memory that a mail of 50 MB costs the process more',
      figure: `${Math.round(large.extraMiB)} MiB`,
      aim: `less than ${EXTRA_MIB_MAX} MiB`,
      met: large.extraMiB < EXTRA_MIB_MAX,
    },
  ];
}
