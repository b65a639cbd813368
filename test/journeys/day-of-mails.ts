/**
 * The 400 mails of one simulated day, always the same: a calm night, then more each hour than the hour may send, most
 * of it urgent, so that what comes late overtakes and the day is too short for all that is due in it.
 */
import { type Random, seededRandom } from '../simulation/random.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export type DayMail = {
  to: string;
  priority?: number;
  deadlineMs?: number;
  arrivedMs: number;
};

/** How many arrive five minutes after each full hour. From three to six nobody waits, and the budget sleeps. */
const ARRIVALS = [32, 0, 0, 0, 0, 0, 40, 30, 40, 40, 30, 25, 20, 20, 25, 20, 20, 20, 15, 10, 8, 3, 1, 1];
const URGENT_SHARE = 0.8;

/** Priorities in steps, so that deadline and arrival decide between many. */
function urgencyOf(random: Random, hour: number): { priority?: number; deadlineHour?: number } {
  const isUrgent = random.chance(hour < 7 ? 0.1 : URGENT_SHARE);
  const step = 5 * random.between(0, 11);
  const kind = random.between(1, 10);
  if (isUrgent && kind === 1) return { deadlineHour: random.between(hour + 1, 23) };
  if (isUrgent && kind === 2) return { priority: 150 + step, deadlineHour: random.between(hour + 1, 23) };
  if (isUrgent) return { priority: 200 + step };
  if (kind <= 2) return { deadlineHour: 24 * random.between(1, 8) + random.between(0, 23) };
  return { priority: 15 * random.between(0, 12) };
}

/** What arrives in each hour of the day that begins at `dayStartMs`. `arrivedMs` grow from `firstMs` on. */
export function mailsOfDay(dayStartMs: number, firstMs: number): DayMail[][] {
  const random = seededRandom(400);
  let n = 0;
  return ARRIVALS.map((count, hour) =>
    Array.from({ length: count }, () => {
      n += 1;
      const { priority, deadlineHour } = urgencyOf(random, hour);
      return {
        to: `reader${n}@outside.test`,
        ...(priority === undefined ? {} : { priority }),
        ...(deadlineHour === undefined ? {} : { deadlineMs: dayStartMs + deadlineHour * HOUR_MS }),
        arrivedMs: firstMs + n,
      };
    }),
  );
}
