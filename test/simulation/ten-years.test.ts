/** Ten years of days in Berlin: every day keeps its limit, and the state does not grow. */
import { describe, expect, it } from 'vitest';
import { dayClock } from '../../activities/day-clock.ts';
import { newBudget, request, settle, startDay, tick } from '../../src/mail/budget.ts';
import { packBudget, unpackBudget } from '../../src/mail/budget-pack.ts';
import type { BudgetStep } from '../../src/mail/budget-state.ts';

const START_MS = Date.parse('2026-01-01T12:00:00Z');
const DAYS = 3653;

describe('ten years of a budget', () => {
  it('grant 30 a day, on days of 23 and 25 hours too, out of a state that stays small', {
    timeout: 60_000,
  }, () => {
    let clock = dayClock('Europe/Berlin', '23:30', START_MS);
    let b = newBudget({
      account: 'default',
      limits: { perDay: 30, perHour: 1 },
      clock,
      nowMs: clock.startMs,
    });
    const perDay: number[] = [];
    const lengths = new Set<number>();
    for (let day = 0; day < DAYS; day += 1) {
      let granted = 0;
      const take = (step: BudgetStep) => {
        for (const { id, credits } of step.grants) {
          granted += credits;
          settle(b, { id, spent: credits, returned: 0 }, b.nowMs);
        }
      };
      take(startDay(b, clock, clock.startMs));
      const arrivedMs = clock.startMs;
      const one = { credits: 1, arrivedMs, transactional: true, expiresMs: clock.endMs };
      const ids = Array.from({ length: 32 }, (_, index) => `send:${day}-${index}`);
      take(
        request(
          b,
          ids.map((id) => ({ id, ...one })),
          clock.startMs,
        ),
      );
      for (const tickMs of [...clock.ticksMs, clock.flushMs]) take(tick(b, tickMs));
      perDay.push(granted);
      lengths.add(clock.ticksMs.length);
      if (day % 100 === 0) b = unpackBudget(JSON.parse(JSON.stringify(packBudget(b))));
      clock = dayClock('Europe/Berlin', '23:30', clock.endMs);
    }
    expect(perDay.filter((granted) => granted !== 30)).toEqual([]);
    expect([...lengths].sort()).toEqual([23, 24, 25]);
    expect(clock.day).toBe('2036-01-02');
    expect([b.waitingCount, b.reservedCount]).toEqual([2, 0]);
    expect(b.hours.length).toBeLessThan(50);
    expect(JSON.stringify(packBudget(b)).length).toBeLessThan(250_000);
  });
});
