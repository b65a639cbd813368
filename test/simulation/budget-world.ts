/**
 * A simulated world around one budget: mails arrive, messages come twice, late and out of order, the host crashes and
 * repeats what it had recorded, clocks jump, people change limits, receivers refuse. Everything follows from the seed.
 */
import { dayClock } from '../../activities/day-clock.ts';
import * as budget from '../../src/mail/budget.ts';
import { packBudget, unpackBudget } from '../../src/mail/budget-pack.ts';
import type { Budget, BudgetStep, CreditRequest, Limits } from '../../src/mail/budget-state.ts';
import { apply, type BudgetEvent } from './budget-event.ts';
import { type Random, seededRandom } from './random.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export type Watcher = (event: BudgetEvent, step: BudgetStep, toldMs: number, b: Budget) => void;
type Later = { atMs: number; event: () => BudgetEvent | undefined };
type Send = { request: CreditRequest; total: number; spent: number; returned: number; gone: boolean };

export type World = {
  random: Random;
  zone: string;
  startMs: number;
  nowMs: number;
  /** How wrong the host's clock is. */
  skewMs: number;
  b: Budget;
  later: Later[];
  sends: Map<string, Send>;
  /** As of the last continue-as-new, and what came since: how the host finds its state after a crash. */
  kept: string;
  since: { event: BudgetEvent; toldMs: number; answer: string }[];
  watch: Watcher;
  /** What the world itself found wrong. */
  problems: string[];
};

export function randomLimits(random: Random, day: (ahead: number) => string): Limits {
  const maybe = <T>(probability: number, value: T): T | undefined =>
    random.chance(probability) ? value : undefined;
  const given = {
    perDay: maybe(0.95, random.between(15, 80)),
    perHour: maybe(0.7, random.between(1, 6)),
    reserve: maybe(0.3, random.between(1, 15)),
    ageing: maybe(0.3, random.pick([0, 10, 100])),
    provider: maybe(0.2, random.between(20, 90)),
    windows: maybe(0.15, [
      { from: random.pick(['08:00', '22:30', '02:30']), to: random.pick(['18:45', '06:00', '24:00']) },
      { from: '19:00', to: '20:10', perHour: 2 },
    ]),
    ramp: maybe(0.2, [
      { day: day(0), perDay: 10 },
      { day: day(3), perDay: 25 },
      { day: day(6), perDay: 60 },
    ]),
  };
  return JSON.parse(JSON.stringify(given)) as Limits;
}

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Africa/Cairo',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
];
/** Sixty days from here hold the change of the clocks of all of them. */
const STARTS = ['2025-02-20T09:12:00Z', '2025-09-25T17:40:00Z'];

const isoDay = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);

export function newWorld(seed: number, watch: Watcher): World {
  const random = seededRandom(seed);
  const zone = random.pick(ZONES);
  const startMs = Date.parse(random.pick(STARTS)) + random.between(0, DAY_MS);
  const clock = dayClock(zone, '23:30', startMs);
  const limits = randomLimits(random, (ahead) => isoDay(startMs + ahead * DAY_MS));
  const b = budget.newBudget({ account: 'default', limits, clock, nowMs: startMs });
  const kept = JSON.stringify(packBudget(b));
  const now = { startMs, nowMs: startMs, skewMs: 0 };
  return { random, zone, ...now, b, later: [], sends: new Map(), kept, since: [], watch, problems: [] };
}

function schedule(world: World, delayMs: number, event: Later['event']): void {
  world.later.push({ atMs: world.nowMs + delayMs, event });
}

/** Messages are at least once and in any order. */
function deliver(world: World, delayMs: number, event: Later['event']): void {
  const { random } = world;
  const copies = random.chance(0.15) ? random.between(2, 4) : 1;
  for (let copy = 0; copy < copies; copy += 1)
    schedule(
      world,
      delayMs + (random.chance(0.1) ? random.between(1, DAY_MS) : random.between(1, 5000)),
      event,
    );
}

/** What a send does with credits: goes out, is refused, or nobody ever hears. */
function use(world: World, id: string, send: Send): void {
  const { random } = world;
  const fresh = send.total - send.spent - send.returned;
  if (fresh <= 0 || random.chance(0.01)) return;
  const refused = send.gone ? fresh : Array.from({ length: fresh }).filter(() => random.chance(0.12)).length;
  send.spent += fresh - refused;
  send.returned += refused;
  const { spent, returned } = send;
  deliver(world, random.chance(0.1) ? random.between(1, 3 * DAY_MS) : random.between(1000, HOUR_MS), () => ({
    kind: 'settle',
    ...{ id, spent, returned },
  }));
}

function receive(world: World, step: BudgetStep): void {
  for (const { id, total } of step.grants) {
    const send = world.sends.get(id);
    if (send === undefined) continue;
    send.total = Math.max(send.total, total);
    use(world, id, send);
  }
}

/** Lets the host handle one event, checks what it answers, and now and then rolls over or crashes afterwards. */
export function handle(world: World, event: BudgetEvent): void {
  const { random } = world;
  const toldMs = world.nowMs + world.skewMs;
  const step = apply(world.b, event, toldMs);
  world.watch(event, step, toldMs, world.b);
  world.since.push({ event, toldMs, answer: JSON.stringify(step) });
  receive(world, step);
  if (random.chance(0.01)) {
    world.kept = JSON.stringify(packBudget(world.b));
    world.since = [];
    world.b = unpackBudget(JSON.parse(world.kept));
  } else if (random.between(1, 100) === 1) {
    const lost = JSON.stringify(packBudget(world.b));
    world.b = unpackBudget(JSON.parse(world.kept));
    for (const { event: again, toldMs: then, answer } of world.since)
      if (JSON.stringify(apply(world.b, again, then)) !== answer)
        world.problems.push('a replay decided otherwise');
    if (JSON.stringify(packBudget(world.b)) !== lost) world.problems.push('a replay ended in another state');
  }
}

function newRequest(world: World, id: string): CreditRequest {
  const { random, nowMs } = world;
  const isCampaign = random.chance(0.02);
  const soon = () => nowMs + random.between(-HOUR_MS, 9 * DAY_MS);
  return {
    id,
    credits: isCampaign ? random.between(20, 130) : random.chance(0.1) ? random.between(2, 6) : 1,
    ...(random.chance(0.7) && { priority: random.chance(0.2) ? 255 : random.between(0, 220) }),
    ...(random.chance(0.5) && { deadlineMs: soon() }),
    arrivedMs: nowMs + (random.chance(0.05) ? random.between(-3 * HOUR_MS, HOUR_MS) : 0),
    ...(random.chance(0.2) && { expiresMs: nowMs + random.between(0, 3 * DAY_MS) }),
    transactional: !isCampaign && random.chance(0.5),
  };
}

/** Some are cancelled, held for a while, made more urgent. */
function disturb(world: World, id: string, send: Send): void {
  const { random } = world;
  if (random.chance(0.05))
    deliver(world, random.between(1, 2 * DAY_MS), () => {
      send.gone = true;
      return { kind: 'withdraw', id };
    });
  if (random.chance(0.05)) {
    const heldMs = random.between(1, DAY_MS);
    deliver(world, heldMs, () => ({ kind: 'withdraw', id }));
    deliver(world, heldMs + random.between(1, 2 * DAY_MS), () => ({
      kind: 'request',
      requests: [send.request],
    }));
  }
  if (random.chance(0.05)) {
    const priority = random.between(0, 255);
    deliver(world, random.between(1, DAY_MS), () => ({ kind: 'reprioritise', id, priority }));
  }
}

/** New mails, one or many at once, with their messages. */
export function arrive(world: World, count: number): void {
  const requests: CreditRequest[] = [];
  for (let index = 0; index < count; index += 1) {
    const id = `send:${world.sends.size}`;
    const send = { request: newRequest(world, id), total: 0, spent: 0, returned: 0, gone: false };
    world.sends.set(id, send);
    requests.push(send.request);
    disturb(world, id, send);
  }
  deliver(world, 0, () => ({ kind: 'request', requests }));
}

/** What people and machines do to the budget itself. */
function meddle(world: World): void {
  const { random } = world;
  const limits = randomLimits(random, (ahead) => isoDay(world.nowMs + ahead * DAY_MS));
  if (random.chance(0.5)) deliver(world, 0, () => ({ kind: 'setLimits', limits }));
  else if (random.between(1, 2) === 1) {
    schedule(world, 0, () => ({ kind: 'pause' }));
    schedule(world, random.between(1, 30 * HOUR_MS), () => ({ kind: 'resume' }));
  } else world.skewMs = random.chance(0.5) ? 0 : random.between(-4 * HOUR_MS, 6 * HOUR_MS);
}

/** Runs until the given instant: messages as they come, ticks when the machine asks for them (or late). */
export function runUntil(world: World, endMs: number, isLive: boolean): void {
  const { random } = world;
  while (world.nowMs < endMs) {
    const dueMs = budget.nextInstantMs(world.b);
    const tickMs = dueMs === undefined ? Infinity : Math.max(world.nowMs + 1, dueMs - world.skewMs);
    const lateMs = isLive && random.chance(0.1) ? random.between(0, 5 * HOUR_MS) : random.between(0, 2000);
    world.later.sort((one, other) => one.atMs - other.atMs);
    const next = world.later[0];
    const timerMs = Math.min(tickMs + lateMs, endMs);
    if (next !== undefined && next.atMs <= timerMs) world.later.shift();
    world.nowMs = Math.max(world.nowMs + 1, Math.min(next?.atMs ?? Infinity, timerMs));
    const toldMs = world.nowMs + world.skewMs;
    if (budget.isDayOver(world.b, toldMs) && !random.chance(0.1)) {
      const ofMs = Math.max(toldMs, world.b.nowMs);
      handle(world, { kind: 'startDay', clock: dayClock(world.zone, '23:30', ofMs) });
    }
    if (next !== undefined && next.atMs <= timerMs) {
      const event = next.event();
      if (event !== undefined) handle(world, event);
    } else handle(world, { kind: 'tick' });
    if (isLive && random.chance(0.004)) meddle(world);
  }
}

/** Arrivals of one day, at random instants, with a rush now and then. */
export function fillDay(world: World): void {
  const { random } = world;
  const rushes = random.between(8, 28);
  for (let rush = 0; rush < rushes; rush += 1) {
    const count = random.chance(0.1) ? random.between(5, 15) : 1;
    schedule(world, random.between(0, DAY_MS), () => {
      arrive(world, count);
      return undefined;
    });
  }
}
