/** Mails a second of the three sides, in rounds whose order is by chance, with what each round cost. */
import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { busyMs, cpuMsOf } from './machine.ts';
import { store } from './mails.ts';
import type { Side, SideName } from './side.ts';
import { rateOf, shuffled } from './statistics.ts';
import type { World } from './world.ts';

export const MAIL_BYTES = 20 * 1024;
const ROUNDS = 5;
/** About how long a round shall take; how many mails that are follows from the warm-up. */
const ROUND_SECONDS = 6;
const ROUND_SECONDS_MAX = 60;
const ROUND_MAILS_MIN = 80;
const ROUND_MAILS_MAX = 800;
const WARM_UP_MAILS = 120;
/** What is left of the mails before, such as the end of their workflows, must not count for the next. */
const SETTLE_MS = 500;

/** `cpuMs` and `awsCalls` are a mail's; `othersShare` is what programs that are not ours used of all cores. */
export type Round = {
  mails: number;
  perSecond: number;
  cpuMs: { own: number; temporal: number; aws: number };
  othersShare: number;
  awsCalls: Record<string, number>;
};

export type Throughput = Record<SideName, Round[]>;

const NAMES: SideName[] = ['whole', 'empty', 'plain'];

/** Warms up, then runs the rounds. */
export async function measureThroughput(world: World, tell: (line: string) => void): Promise<Throughput> {
  const rounds: Throughput = { whole: [], empty: [], plain: [] };
  const mails: Record<SideName, number> = { whole: 0, empty: 0, plain: 0 };
  for (const name of NAMES) {
    const { perSecond } = await runRound(world, name, `warm-${name}`, WARM_UP_MAILS);
    mails[name] = Math.round(Math.min(Math.max(perSecond * ROUND_SECONDS, ROUND_MAILS_MIN), ROUND_MAILS_MAX));
  }
  for (let number = 1; number <= ROUNDS; number += 1) {
    for (const name of shuffled(NAMES)) {
      const round = await runRound(world, name, `${name}-${number}`, mails[name]);
      rounds[name].push(round);
      tell(`round ${number} ${name}: ${round.mails} mails, ${round.perSecond.toFixed(1)} a second`);
    }
  }
  return rounds;
}

async function runRound(world: World, name: SideName, prefix: string, count: number): Promise<Round> {
  const side = world.sides[name];
  const ids = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  if (name !== 'empty') await store(side.place, ids, MAIL_BYTES);
  await pause(SETTLE_MS);
  side.begin();
  const before = await look(world, side);
  await within(ROUND_SECONDS_MAX, prefix, async () => {
    await side.announceAhead(ids);
    await side.reached(ids.length);
  });
  const after = await look(world, side);
  const awsCalls = Object.entries(after.awsCalls).map(([call, calls]) => {
    return [call, (calls - (before.awsCalls[call] ?? 0)) / count];
  });
  return {
    mails: count,
    perSecond: rateOf(side.instants()),
    cpuMs: {
      own: (after.own - before.own) / count,
      temporal: (after.temporal - before.temporal) / count,
      aws: (after.aws - before.aws) / count,
    },
    othersShare: Math.max(0, (after.others - before.others) / (after.at - before.at) / cpus().length),
    awsCalls: Object.fromEntries(awsCalls),
  };
}

/** Times used so far, in milliseconds. */
async function look(world: World, side: Side) {
  const { cpuMs: own, awsCalls } = await side.child.ask('usage');
  const all = [...Object.values(world.pids), ...everybody(world), process.pid].map(cpuMsOf);
  const ours = (await Promise.all(all)).reduce((sum, ms) => sum + ms, 0);
  return {
    at: performance.now(),
    own,
    awsCalls,
    temporal: await cpuMsOf(world.pids.temporal),
    aws: await cpuMsOf(world.pids.aws),
    others: busyMs() - ours,
  };
}

const everybody = ({ sides, memory }: World): number[] =>
  [...Object.values(sides), memory].map(({ child }) => child.pid);

/** Runs `act`; throws when it takes longer than that many seconds. */
export async function within<T>(seconds: number, what: string, act: () => Promise<T>): Promise<T> {
  const late = new AbortController();
  const limit = pause(seconds * 1000, undefined, { signal: late.signal }).then((): never => {
    throw new Error(`${what} did not end within ${seconds} s: the machine is too busy to be measured`);
  });
  limit.catch(() => {});
  try {
    return await Promise.race([act(), limit]);
  } finally {
    late.abort();
  }
}
