/** Budgets for tests: one day of March 2026 in UTC, instants written as times of day. */
import { dayClock } from '../../activities/day-clock.ts';
import { newBudget, request } from '../../src/mail/budget.ts';
import type { Budget, BudgetStep, CreditRequest, Limits } from '../../src/mail/budget-state.ts';

/** `at('10:30')` on 2 March, `at('10:30', 3)` on the third. */
export const at = (time: string, day = 2): number =>
  Date.parse(`2026-03-${String(day).padStart(2, '0')}T${time}Z`);

export const clockOf = (day: number, zone = 'UTC') => dayClock(zone, '23:30', at('12:00', day));

/** The example of the design, 300 a day and 12 an hour, unless told otherwise; it begins at 09:20. */
export function budgetOf(limits: Limits = { perDay: 300, perHour: 12 }, time = '09:20'): Budget {
  return newBudget({ account: 'default', limits, clock: clockOf(2), nowMs: at(time) });
}

/** A mail that asks for one credit and is not urgent. */
export const mail = (id: string, more: Partial<CreditRequest> = {}): CreditRequest => ({
  id,
  ...{ credits: 1, priority: 100, arrivedMs: at('09:20'), transactional: true },
  ...more,
});

export const mails = (prefix: string, count: number, more: Partial<CreditRequest> = {}): CreditRequest[] =>
  Array.from({ length: count }, (_, index) => mail(`${prefix}${index + 1}`, more));

/** Asks at `arrivedMs`, all at once. */
export const askFor = (b: Budget, requests: CreditRequest[], nowMs = at('09:20')): BudgetStep =>
  request(b, requests, nowMs);

/** `a1 a2 c×3`: who was granted how many. */
export const granted = (step: BudgetStep): string =>
  step.grants.map(({ id, credits }) => (credits === 1 ? id : `${id}×${credits}`)).join(' ');

export const sum = (step: BudgetStep): number => step.grants.reduce((all, { credits }) => all + credits, 0);
