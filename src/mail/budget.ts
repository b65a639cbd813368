/**
 * The budget of a sending account (design §5): which waiting mail may go, and when. Pure: instants, limits and the
 * day's clock are handed in; each function changes `b` in place and answers with what happened. Promise: no limit is
 * ever exceeded, each credit is granted at most once, the most urgent go first, and any message may come twice,
 * late or out of order.
 */
import {
  changeWaiting,
  cleanUrgency,
  countDue,
  drop,
  grantTo,
  join,
  leave,
  settleEntry,
  spendForgotten,
  spendOverflow,
} from './budget-entries.ts';
import { forgetOldHours, leftToday, NO_LIMIT, room } from './budget-limits.ts';
import { keepWaiting, putBackFirst, takeFirst, unsort } from './budget-order.ts';
import type { Budget, BudgetStep, CreditRequest, DayClock, Limits, Waiting } from './budget-state.ts';
import { lastTick, openingsMs } from './budget-window.ts';

/** Hours with grants that are kept apart; beyond it a new hourly limit opens no tranche of its own. */
const HOURS_MAX = 100;

/** A budget on its first day; nobody waits yet. */
export function newBudget(from: Pick<Budget, 'account' | 'limits' | 'clock' | 'nowMs'>): Budget {
  const { account, limits, clock, nowMs } = from;
  return {
    ...{ account, limits, clock, nowMs: Math.max(nowMs, clock.startMs), paused: false },
    ...{ trancheMs: clock.ticksMs[lastTick(clock, nowMs)] ?? clock.startMs, hours: [] },
    ...{ waiting: {}, waitingCount: 0, order: [], sortedUntilMs: 0, nextTurn: 0 },
    ...{ idChars: 0, transactionalWaiting: 0, dueCredits: 0 },
    ...{ reserved: {}, reservedCount: 0, settled: { ring: [], next: 0, known: {} } },
  };
}

const isExpired = (b: Budget, entry: Waiting): boolean =>
  entry.expiresMs !== undefined && entry.expiresMs <= b.nowMs;

/** Moves time on; a full hour that has passed opens a tranche. A clock set back changes nothing. */
function begin(b: Budget, nowMs: number): BudgetStep {
  b.nowMs = Math.max(b.nowMs, nowMs);
  b.trancheMs = Math.max(b.trancheMs, b.clock.ticksMs[lastTick(b.clock, b.nowMs)] ?? b.clock.startMs);
  return { grants: [], expired: [], full: [], settled: [] };
}

/** Drops all whose time is over. */
function dropExpired(b: Budget, step: BudgetStep): void {
  const expired = Object.keys(b.waiting).filter((id) => isExpired(b, b.waiting[id]!));
  if (expired.length === 0) return;
  for (const id of expired) drop(b, id);
  keepWaiting(b);
  step.expired.push(...expired);
}

/** Gives out what may be granted now, the most urgent first; a held reserve is passed on to transactional mail. */
function grant(b: Budget, step: BudgetStep): void {
  let left = room(b);
  const passedOver: string[] = [];
  while (left.any > 0 && (left.bulk > 0 || b.transactionalWaiting > 0)) {
    const id = takeFirst(b);
    if (id === undefined) break;
    const entry = b.waiting[id]!;
    if (isExpired(b, entry)) {
      drop(b, id);
      step.expired.push(id);
      continue;
    }
    const credits = Math.min(entry.credits, entry.transactional ? left.any : left.bulk);
    if (credits > 0) {
      step.grants.push(grantTo(b, id, credits));
      left = room(b);
    }
    if (Object.hasOwn(b.waiting, id)) passedOver.push(id);
  }
  putBackFirst(b, passedOver);
}

/** Grants, keeps the state bounded, and tells once a day that what is due today exceeds what is left of it. */
function end(b: Budget, step: BudgetStep): BudgetStep {
  grant(b, step);
  spendOverflow(b);
  if (b.dueCredits === 0 || b.shortfallDay === b.clock.day || isDayOver(b, b.nowMs)) return step;
  const left = leftToday(b);
  if (left >= Math.min(b.dueCredits, NO_LIMIT)) return step;
  b.shortfallDay = b.clock.day;
  step.shortfall = { day: b.clock.day, due: b.dueCredits, left };
  return step;
}

/**
 * Entries ask for credits; all join before the most urgent are served. A repeated request counts once: a waiting one
 * stays as it is (or asks for more, where its total grew), a granted one is told its total again, an ended one stands
 * in `settled`. What finds no room stands in `full`.
 */
export function request(b: Budget, requests: readonly CreditRequest[], nowMs: number): BudgetStep {
  const step = begin(b, nowMs);
  for (const one of requests) {
    const joined = join(b, one);
    if (joined.kind === 'full') step.full.push(one.id);
    if (joined.kind === 'ended') step.settled.push(one.id);
    if (joined.kind === 'known' && joined.granted > 0)
      step.grants.push({ id: one.id, credits: 0, total: joined.granted });
  }
  return end(b, step);
}

/**
 * What has become of an entry's credits, as totals of the id up to now: `spent` (sent, or outcome unknown) and
 * `returned` (refused before acceptance, or not needed). A returned credit is free again in the hour and day of
 * which it was; where they are over, it is gone with them. Never takes back what an earlier call said.
 */
export function settle(
  b: Budget,
  totals: { id: string; spent: number; returned: number },
  nowMs: number,
): BudgetStep {
  const step = begin(b, nowMs);
  settleEntry(b, totals.id, totals);
  return end(b, step);
}

/**
 * Takes an entry out of those that wait: cancelled or held. What it was granted must still be settled. A held one
 * comes back by the same request as before, with its old `arrivedMs`.
 */
export function withdraw(b: Budget, { id }: { id: string }, nowMs: number): BudgetStep {
  const step = begin(b, nowMs);
  leave(b, id);
  return end(b, step);
}

/** Changes what is given of a waiting entry; one that does not wait is left alone. */
export function reprioritise(
  b: Budget,
  change: { id: string } & Partial<Pick<Waiting, 'priority' | 'deadlineMs' | 'expiresMs'>>,
  nowMs: number,
): BudgetStep {
  const step = begin(b, nowMs);
  changeWaiting(b, change.id, cleanUrgency(change));
  return end(b, step);
}

/** Time has passed: drops what expired and grants what may go. Due at `nextInstantMs`; harmless at any other time. */
export function tick(b: Budget, nowMs: number): BudgetStep {
  const step = begin(b, nowMs);
  dropExpired(b, step);
  return end(b, step);
}

/**
 * A new day, or the same one with other instants (another zone or flush time). What was granted since its first
 * instant counts in it. A clock of a day that is over is ignored.
 */
export function startDay(b: Budget, clock: DayClock, nowMs: number): BudgetStep {
  if (isDayOver({ nowMs: b.nowMs, clock }, nowMs)) return tick(b, nowMs);
  b.clock = clock;
  const step = begin(b, Math.max(nowMs, clock.startMs));
  forgetOldHours(b);
  spendForgotten(b);
  countDue(b);
  unsort(b);
  dropExpired(b, step);
  return end(b, step);
}

/** Other limits, from now on: what was granted today counts against them. A first hourly limit opens a tranche. */
export function setLimits(b: Budget, limits: Limits, nowMs: number): BudgetStep {
  const step = begin(b, nowMs);
  if (b.limits.perHour === undefined && limits.perHour !== undefined && b.hours.length < HOURS_MAX)
    b.trancheMs = b.nowMs;
  b.limits = limits;
  unsort(b);
  return end(b, step);
}

/** Grants nothing until `resume`; entries still join, leave and expire. */
export function pause(b: Budget, nowMs: number): BudgetStep {
  const step = begin(b, nowMs);
  b.paused = true;
  return end(b, step);
}

/** Ends a pause. Tranches that passed meanwhile are not made good before the flush. */
export function resume(b: Budget, nowMs: number): BudgetStep {
  const step = begin(b, nowMs);
  b.paused = false;
  return end(b, step);
}

/** Whether the clock's day has ended: nothing is granted until `startDay` brings the next one. */
export function isDayOver(b: Pick<Budget, 'nowMs' | 'clock'>, nowMs: number): boolean {
  return Math.max(b.nowMs, nowMs) >= b.clock.endMs;
}

/** When `tick` (at the day's end: `startDay`) is due next; undefined while nobody waits, since then nothing is. */
export function nextInstantMs(b: Budget): number | undefined {
  if (b.waitingCount === 0) return undefined;
  const { ticksMs, flushMs, endMs } = b.clock;
  const instants = [...ticksMs, flushMs, ...openingsMs(b.limits.windows ?? [], b.clock)];
  return Math.min(endMs, ...instants.filter((instantMs) => instantMs > b.nowMs));
}
