/** Messages to a budget: what is given back, what comes twice or late, who leaves, and clocks that jump. */
import { describe, expect, it } from 'vitest';
import { settle, startDay, tick, withdraw } from '../../src/mail/budget.ts';
import { snapshot } from '../../src/mail/budget-snapshot.ts';
import { askFor, at, budgetOf, clockOf, granted, mail, mails, sum } from './budgets.ts';

const left = (b: ReturnType<typeof budgetOf>) => snapshot(b, { offset: 0, count: 0 }, b.nowMs).left;

describe('what is given back', () => {
  it('goes to the next in order, in the same hour', () => {
    const b = budgetOf({ perDay: 300, perHour: 1 });
    askFor(b, mails('a', 2));
    expect(granted(settle(b, { id: 'a1', spent: 0, returned: 1 }, at('09:40')))).toBe('a2');
    expect(left(b)).toBe(299);
  });

  it('is free in its own day only', () => {
    const b = budgetOf({ perDay: 1 });
    askFor(b, mails('a', 3));
    startDay(b, clockOf(3), at('00:00', 3));
    expect(granted(settle(b, { id: 'a1', spent: 0, returned: 1 }, at('08:00', 3)))).toBe('');
    expect(granted(settle(b, { id: 'a2', spent: 0, returned: 1 }, at('08:00', 3)))).toBe('a3');
  });

  it('is taken from the oldest credits first', () => {
    const b = budgetOf({ perDay: 10 });
    askFor(b, [mail('big', { credits: 20 })]);
    startDay(b, clockOf(3), at('00:00', 3));
    settle(b, { id: 'big', spent: 4, returned: 8 }, at('08:00', 3));
    expect(left(b), 'six of yesterday are gone, two of today are free').toBe(2);
  });

  it('is nothing where the outcome is unknown: that counts as spent', () => {
    const b = budgetOf({ perDay: 1 });
    askFor(b, mails('a', 2));
    expect(granted(settle(b, { id: 'a1', spent: 1, returned: 0 }, at('09:40')))).toBe('');
  });

  for (const totals of [
    { spent: 5, returned: 5 },
    { spent: 0, returned: 99 },
    { spent: -1, returned: Number.NaN },
  ])
    it(`is never more than was granted (${JSON.stringify(totals)})`, () => {
      const b = budgetOf({ perDay: 10 });
      askFor(b, [mail('a', { credits: 4 })]);
      settle(b, { id: 'a', ...totals }, at('09:30'));
      expect(left(b)).toBeGreaterThanOrEqual(6);
      expect(left(b)).toBeLessThanOrEqual(10);
    });
});

describe('messages that come twice', () => {
  it('count once: a request that waits, has credits, or has ended', () => {
    const b = budgetOf({ perDay: 1 });
    const both = mails('a', 2);
    askFor(b, both);
    const again = askFor(b, both);
    expect(again.grants).toEqual([{ id: 'a1', credits: 0, total: 1 }]);
    settle(b, { id: 'a1', spent: 1, returned: 0 }, at('09:30'));
    expect(askFor(b, [mail('a1')]).settled).toEqual(['a1']);
    expect(snapshot(b, { offset: 0, count: 9 }, b.nowMs)).toMatchObject({ waiting: 1, used: 1, reserved: 0 });
  });

  it('count once: what was settled, also late and out of order', () => {
    const b = budgetOf({ perDay: 10 });
    askFor(b, [mail('a', { credits: 5 })]);
    for (const [spent, returned] of [
      [2, 1],
      [2, 1],
      [1, 0],
      [3, 2],
      [2, 1],
    ] as const)
      settle(b, { id: 'a', spent, returned }, at('09:30'));
    expect(left(b)).toBe(7);
  });

  it('are remembered for the last 10,000 that ended', () => {
    const b = budgetOf({});
    for (const { id } of mails('a', 10_001)) {
      askFor(b, [mail(id)]);
      settle(b, { id, spent: 1, returned: 0 }, at('09:20'));
    }
    expect(askFor(b, [mail('a2'), mail('a10001')]).settled).toEqual(['a2', 'a10001']);
    expect(granted(askFor(b, [mail('a1')])), 'the oldest is forgotten').toBe('a1');
  });

  it('ask for the difference where the total grew', () => {
    const b = budgetOf({ perDay: 10 });
    askFor(b, [mail('a', { credits: 2 })]);
    expect(askFor(b, [mail('a', { credits: 5 })]).grants.at(-1)).toEqual({ id: 'a', credits: 3, total: 5 });
  });
});

describe('leaving', () => {
  it('lets the next one go, and a held mail back to its old place', () => {
    const b = budgetOf({ perDay: 300, perHour: 1 });
    askFor(b, mails('a', 3));
    withdraw(b, { id: 'a2' }, at('09:30'));
    expect(granted(tick(b, at('10:00')))).toBe('a3');
    askFor(b, [mail('b'), mail('a2', { arrivedMs: at('09:00') })], at('10:30'));
    expect(granted(tick(b, at('11:00')))).toBe('a2');
  });

  it('keeps what was granted to a part: the released rest asks under the same total', () => {
    const b = budgetOf({ perDay: 300, perHour: 2 });
    const big = mail('big', { credits: 3 });
    askFor(b, [big]);
    settle(b, { id: 'big', spent: 2, returned: 0 }, at('09:25'));
    withdraw(b, { id: 'big' }, at('09:30'));
    askFor(b, [big], at('09:40'));
    expect(tick(b, at('10:00')).grants).toEqual([{ id: 'big', credits: 1, total: 3 }]);
  });

  it('happens at a tick to what has expired, which costs nothing', () => {
    const b = budgetOf({ perDay: 300, perHour: 1 });
    askFor(b, [mail('used'), mail('stale', { expiresMs: at('10:00'), priority: 99 })]);
    expect(tick(b, at('10:00'))).toMatchObject({ grants: [], expired: ['stale'] });
    expect(left(b)).toBe(299);
    expect(askFor(b, [mail('stale', { expiresMs: at('10:00') })], at('10:01')).expired).toEqual(['stale']);
  });
});

describe('a clock that jumps', () => {
  it('back changes nothing: no hour and no day begins twice', () => {
    const b = budgetOf({ perDay: 2, perHour: 1 });
    askFor(b, mails('a', 5));
    tick(b, at('10:00'));
    expect(sum(tick(b, at('08:00')))).toBe(0);
    expect(sum(startDay(b, clockOf(1), at('12:00', 1)))).toBe(0);
    expect(b.clock.day).toBe('2026-03-02');
  });

  it('grants at most one day of credits where a day is announced twice', () => {
    const b = budgetOf({ perDay: 2 });
    askFor(b, mails('a', 9));
    expect(sum(startDay(b, clockOf(3), at('00:00', 3)))).toBe(2);
    expect(sum(startDay(b, clockOf(3), at('00:00', 3)))).toBe(0);
  });

  it('into another zone counts what has gone out since that day began', () => {
    const b = budgetOf({ perDay: 5 });
    askFor(b, mails('a', 3));
    const tokyo = clockOf(3, 'Asia/Tokyo');
    startDay(b, tokyo, at('16:00'));
    expect(left(b), 'it is the third in Tokyo since 15:00').toBe(5);
    startDay(b, clockOf(2), at('16:00'));
    expect(left(b), 'back in UTC it is the second').toBe(2);
  });
});
