/** What people and the API see of a budget: credits left and who waits, in order. Reads only, so a query may call it. */
import {
  dayLimit,
  hourLimit,
  isFlushing,
  leftAtProvider,
  leftOfDay,
  leftOfTranche,
  NO_LIMIT,
  usedToday,
} from './budget-limits.ts';
import { effectivePriority, isDueToday, orderedIds } from './budget-order.ts';
import type { Budget, Limits } from './budget-state.ts';

/** One that waits; `position` 1 is the next to go. */
export type WaitingView = {
  position: number;
  id: string;
  /** Still asked for. */
  credits: number;
  /** Granted before, where it is served in parts. */
  granted: number;
  /** As it counts now, age included. */
  priority: number;
  dueToday: boolean;
  transactional: boolean;
  arrivedMs: number;
  deadlineMs?: number;
  expiresMs?: number;
};

/** `null`: not limited. Counts are recipients. */
export type BudgetSnapshot = {
  account: string;
  day: string;
  paused: boolean;
  /** The last minutes of the day, in which all that is left goes out. */
  flushing: boolean;
  limits: Limits;
  perDay: number | null;
  used: number;
  left: number | null;
  /** Until the next full hour. */
  tranche: { openedMs: number; perHour: number | null; left: number | null };
  leftAtProvider: number | null;
  flushMs: number;
  endMs: number;
  /** Entries, and what they and those of them that are due today still ask for. */
  waiting: number;
  waitingCredits: number;
  dueCredits: number;
  /** Granted entries whose outcome is not yet told. */
  reserved: number;
  entries: WaitingView[];
};

const orNull = (count: number): number | null => (count === NO_LIMIT ? null : count);

function viewOf(b: Budget, id: string, position: number): WaitingView {
  const entry = b.waiting[id]!;
  const { credits, transactional, arrivedMs, deadlineMs, expiresMs } = entry;
  const granted = Object.hasOwn(b.reserved, id) ? b.reserved[id]!.granted : 0;
  return {
    ...{ position, id, credits, granted, priority: effectivePriority(b, entry) },
    ...{ dueToday: isDueToday(entry, b.clock), transactional, arrivedMs },
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(expiresMs !== undefined && { expiresMs }),
  };
}

/** The budget at `nowMs`, with `count` of those that wait after the first `offset`. Changes nothing. */
export function snapshot(
  budget: Budget,
  page: { offset: number; count: number },
  nowMs: number,
): BudgetSnapshot {
  const { clock } = budget;
  const b: Budget = { ...budget, nowMs: Math.max(budget.nowMs, nowMs) };
  const tickMs = clock.ticksMs.findLast((at) => at <= b.nowMs) ?? clock.startMs;
  b.trancheMs = Math.max(b.trancheMs, tickMs);
  const inOrder = b.nowMs < b.sortedUntilMs ? b.order.flat() : orderedIds(b);
  return {
    ...{ account: b.account, day: clock.day, paused: b.paused, flushing: isFlushing(b), limits: b.limits },
    ...{ perDay: orNull(dayLimit(b)), used: usedToday(b), left: orNull(leftOfDay(b)) },
    tranche: {
      openedMs: b.trancheMs,
      perHour: orNull(hourLimit(b, b.nowMs)),
      left: orNull(leftOfTranche(b)),
    },
    ...{ leftAtProvider: orNull(leftAtProvider(b)), flushMs: clock.flushMs, endMs: clock.endMs },
    waiting: b.waitingCount,
    waitingCredits: inOrder.reduce((sum, id) => sum + b.waiting[id]!.credits, 0),
    ...{ dueCredits: b.dueCredits, reserved: b.reservedCount },
    entries: inOrder
      .slice(page.offset, page.offset + page.count)
      .map((id, index) => viewOf(b, id, page.offset + index + 1)),
  };
}
