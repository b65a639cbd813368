/** Limits that people set and change: reserve, provider, windows, warm-up, pauses, and the notice of a shortfall. */
import { describe, expect, it } from 'vitest';
import {
  nextInstantMs,
  pause,
  reprioritise,
  resume,
  setLimits,
  settle,
  startDay,
  tick,
} from '../../src/mail/budget.ts';
import { WAITING_MAX } from '../../src/mail/budget-state.ts';
import { minuteOfDay } from '../../src/mail/budget-window.ts';
import { askFor, at, budgetOf, clockOf, granted, mail, mails, sum } from './budgets.ts';

const bulk = { transactional: false };

describe('the reserve', () => {
  it('is for transactional mail only, until the flush', () => {
    const b = budgetOf({ perDay: 10, reserve: 4 });
    expect(sum(askFor(b, mails('bulk', 9, bulk)))).toBe(6);
    expect(granted(askFor(b, [mail('reset', { priority: 1 })]))).toBe('reset');
    expect(sum(tick(b, at('23:29')))).toBe(0);
    expect(sum(tick(b, at('23:30')))).toBe(3);
  });

  it('is used up by the first transactional mails, so that no more than it is kept back', () => {
    const b = budgetOf({ perDay: 10, reserve: 4 });
    askFor(b, mails('t', 4));
    expect(sum(askFor(b, mails('bulk', 9, bulk)))).toBe(6);
  });
});

describe('a limit that changes', () => {
  it('holds for the rest of the day, and counts what has gone out', () => {
    const b = budgetOf({ perDay: 5 });
    askFor(b, mails('a', 20));
    expect(sum(setLimits(b, { perDay: 8 }, at('10:00')))).toBe(3);
    expect(sum(setLimits(b, { perDay: 2 }, at('11:00')))).toBe(0);
    expect(sum(setLimits(b, { perDay: 9 }, at('12:00')))).toBe(1);
    expect(sum(setLimits(b, {}, at('13:00')))).toBe(11);
  });

  it('opens a tranche when an hourly limit is first set, and no second one when it is raised', () => {
    const b = budgetOf({ perDay: 10 });
    askFor(b, mails('a', 10));
    askFor(b, mails('b', 50));
    expect(sum(setLimits(b, { perDay: 100, perHour: 7 }, at('09:40')))).toBe(7);
    expect(sum(setLimits(b, { perDay: 100, perHour: 9 }, at('09:50')))).toBe(2);
    expect(sum(tick(b, at('10:00')))).toBe(9);
  });

  it('turns ageing off where ageing is 0', () => {
    const b = budgetOf({ perDay: 1, ageing: 0 });
    askFor(b, [mail('used')]);
    askFor(b, [mail('old', { priority: 99, arrivedMs: at('09:00', 1) }), mail('new')]);
    expect(granted(settle(b, { id: 'used', spent: 0, returned: 1 }, at('09:30')))).toBe('new');
  });
});

describe('a pause', () => {
  it('lets nothing go, but lets entries join and expire; afterwards the present tranche goes', () => {
    const b = budgetOf({ perDay: 300, perHour: 2 });
    pause(b, at('09:30'));
    expect(sum(askFor(b, [...mails('a', 9), mail('stale', { expiresMs: at('09:50') })], at('09:40')))).toBe(
      0,
    );
    expect(tick(b, at('10:00'))).toMatchObject({ grants: [], expired: ['stale'] });
    expect(sum(resume(b, at('14:30')))).toBe(2);
    expect(sum(resume(b, at('14:31')))).toBe(0);
  });
});

describe('the provider', () => {
  it('counts recipients of any 24 hours, across midnight', () => {
    const b = budgetOf({ perDay: 100, provider: 60 }, '22:15');
    expect(sum(askFor(b, mails('a', 200), at('22:15')))).toBe(60);
    expect(sum(startDay(b, clockOf(3), at('00:00', 3)))).toBe(0);
    expect(sum(tick(b, at('22:00', 3)))).toBe(0);
    expect(sum(tick(b, at('23:00', 3)))).toBe(60);
  });

  it('is no reason to give out more than the account may', () => {
    expect(sum(askFor(budgetOf({ perDay: 5, provider: 60 }), mails('a', 200)))).toBe(5);
  });
});

describe('windows', () => {
  const windows = [
    { from: '08:30', to: '12:00' },
    { from: '22:00', to: '02:00', perHour: 1 },
  ];
  const allowed: [string, number][] = [
    ['08:29', 0],
    ['08:30', 3],
    ['11:59', 3],
    ['12:00', 0],
    ['22:00', 1],
    ['01:59', 1],
    ['02:00', 0],
  ];
  for (const [time, count] of allowed)
    it(`grant ${count} at ${time}`, () => {
      const b = budgetOf({ perHour: 3, windows }, time);
      expect(sum(askFor(b, mails('a', 9), at(time)))).toBe(count);
    });

  it('are instants at which to tick', () => {
    const b = budgetOf({ perHour: 3, windows }, '08:10');
    askFor(b, [mail('a')], at('08:10'));
    expect(nextInstantMs(b)).toBe(at('08:30'));
  });

  it('hold in the flush too, and one that cannot be read opens nothing', () => {
    expect(
      sum(askFor(budgetOf({ perDay: 9, windows: [windows[0]!] }, '23:40'), mails('a', 9), at('23:40'))),
    ).toBe(0);
    expect(sum(askFor(budgetOf({ windows: [{ from: '8', to: '24:00' }] }), mails('a', 9)))).toBe(0);
  });

  for (const [text, minute] of [
    ['00:00', 0],
    ['23:59', 1439],
    ['24:00', 1440],
    ['24:01', undefined],
    ['12:60', undefined],
    ['9:00', undefined],
    ['', undefined],
  ] as const)
    it(`read «${text}» as ${minute}`, () => expect(minuteOfDay(text)).toBe(minute));
});

describe('a warm-up', () => {
  it('raises the daily limit by itself, up to that of the account', () => {
    const ramp = [
      { day: '2026-03-04', perDay: 50 },
      { day: '2026-03-02', perDay: 10 },
      { day: '2026-03-05', perDay: 500 },
    ];
    const b = budgetOf({ perDay: 100, ramp });
    const days = [sum(askFor(b, mails('a', 1000)))];
    for (const day of [3, 4, 5, 6]) days.push(sum(startDay(b, clockOf(day), at('00:00', day))));
    expect(days).toEqual([10, 10, 50, 100, 100]);
  });
});

describe('the shortfall', () => {
  it('is told once a day, with what is due and what is left', () => {
    const b = budgetOf({ perDay: 20, perHour: 2 });
    expect(askFor(b, mails('urgent', 20, { priority: 200 })).shortfall).toBeUndefined();
    const due = [mail('more', { priority: 200 }), mail('soon', { priority: 3, deadlineMs: at('23:59') })];
    expect(askFor(b, due).shortfall).toEqual({ day: '2026-03-02', due: 20, left: 18 });
    expect(askFor(b, mails('again', 20, { priority: 255 })).shortfall).toBeUndefined();
    expect(startDay(b, clockOf(3), at('00:00', 3)).shortfall).toEqual({
      day: '2026-03-03',
      due: 38,
      left: 18,
    });
  });

  it('leaves out what is due tomorrow, what only grew urgent by age, and what is not urgent', () => {
    const b = budgetOf({ perDay: 0 });
    const later = [
      mail('tomorrow', { priority: 199, deadlineMs: at('00:00', 3) }),
      mail('aged', { priority: 199, arrivedMs: at('09:00', 1) }),
      ...mails('low', 9),
    ];
    expect(askFor(b, later).shortfall).toBeUndefined();
    expect(reprioritise(b, { id: 'aged', priority: 200 }, at('09:30')).shortfall).toMatchObject({
      due: 1,
      left: 0,
    });
  });

  it('counts the hours that remain where no flush comes', () => {
    const b = budgetOf({ perHour: 2 }, '20:10');
    expect(askFor(b, mails('a', 8, { priority: 255 }), at('20:10')).shortfall).toBeUndefined();
    expect(askFor(b, mails('b', 1, { priority: 255 }), at('20:11')).shortfall).toMatchObject({
      due: 7,
      left: 6,
    });
  });
});

describe('a full budget', () => {
  it('turns away who comes when 10,000 wait, and takes him once there is room', () => {
    const b = budgetOf({ perDay: 300, perHour: 12 });
    expect(sum(askFor(b, mails('a', WAITING_MAX)))).toBe(12);
    expect(askFor(b, mails('b', 13)).full).toEqual(['b13']);
    expect(askFor(b, [mail('late'), mail('a20')]).full).toEqual(['late']);
    expect(sum(tick(b, at('10:00')))).toBe(12);
    expect(askFor(b, [mail('late')], at('10:01')).full).toEqual([]);
  });
});
