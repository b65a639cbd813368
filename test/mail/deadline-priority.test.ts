/** The priority that a deadline means, by the account's own midnights. */
import { describe, expect, it } from 'vitest';
import { priorityOfDeadline } from '../../src/mail/deadline-priority.ts';
import { at, clockOf } from './budgets.ts';

describe('the priority of a deadline', () => {
  const cases: [string, number | undefined, number][] = [
    ['that has passed', at('12:00', 1), 200],
    ['today', at('23:59'), 200],
    ['at midnight', at('00:00', 3), 150],
    ['tomorrow', at('23:59', 3), 150],
    ['in two days', at('12:00', 4), 125],
    ['in three', at('12:00', 5), 100],
    ['in four', at('12:00', 6), 75],
    ['in five', at('12:00', 7), 50],
    ['in six', at('23:59', 8), 25],
    ['in a week', at('00:00', 9), 0],
    ['in a year', at('12:00') + 365 * 86_400_000, 0],
    ['not given', undefined, 0],
  ];
  for (const [name, deadlineMs, priority] of cases)
    it(`${name} is ${priority}`, () => expect(priorityOfDeadline(deadlineMs, clockOf(2))).toBe(priority));

  it('goes by midnights of the zone, also where a day has 23 hours', () => {
    const berlin = clockOf(28, 'Europe/Berlin');
    expect(priorityOfDeadline(Date.parse('2026-03-29T21:59:00Z'), berlin)).toBe(150);
    expect(priorityOfDeadline(Date.parse('2026-03-29T22:00:00Z'), berlin)).toBe(125);
  });
});
