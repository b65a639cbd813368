/** The priority of a mail that has none, from how soon it must be out (design §5). Pure; days are the account's. */
import type { DayClock } from './budget-state.ts';

/** From this priority on a mail is due today. */
export const DUE_TODAY_PRIORITY = 200;

/** By full days until the deadline: today, tomorrow, and so on. */
const BY_DAY: readonly number[] = [DUE_TODAY_PRIORITY, 150, 125, 100, 75, 50, 25];

/** 0 to 255 for a deadline (overdue: as today); a week or more ahead, or none at all, is 0. */
export function priorityOfDeadline(deadlineMs: number | undefined, clock: DayClock): number {
  if (deadlineMs === undefined) return 0;
  const ends = [clock.endMs, ...clock.laterEndsMs];
  const day = ends.findIndex((endMs) => deadlineMs < endMs);
  return BY_DAY[day] ?? 0;
}
