/** When a budget grants what to whom: tranches, the flush, whole days, order, parts. */
import { describe, expect, it } from 'vitest';
import {
  isDayOver,
  nextInstantMs,
  reprioritise,
  request,
  settle,
  startDay,
  tick,
} from '../../src/mail/budget.ts';
import { snapshot } from '../../src/mail/budget-snapshot.ts';
import { askFor, at, budgetOf, clockOf, granted, mail, mails, sum } from './budgets.ts';

const left = (b: ReturnType<typeof budgetOf>) => snapshot(b, { offset: 0, count: 0 }, b.nowMs).left;
const DAY_MS = 86_400_000;
const HOURS = Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, '0')}:00`);

describe('a budget without an hourly limit', () => {
  it('grants as asked until the day is used up, and the rest on the next day', () => {
    const b = budgetOf({ perDay: 3 });
    expect(granted(askFor(b, mails('a', 2)))).toBe('a1 a2');
    expect(granted(askFor(b, mails('b', 2)))).toBe('b1');
    expect(granted(tick(b, at('23:45')))).toBe('');
    expect(granted(startDay(b, clockOf(3), at('00:00', 3)))).toBe('b2');
    expect(left(b)).toBe(2);
  });

  it('grants everything at once without any limit', () => {
    expect(sum(askFor(budgetOf({}), mails('a', 1000)))).toBe(1000);
  });
});

describe('a tranche', () => {
  it('goes to the most urgent each full hour, and is not opened twice in one', () => {
    const b = budgetOf({ perDay: 300, perHour: 2 });
    expect(granted(askFor(b, [mail('low', { priority: 1 }), ...mails('a', 4)]))).toBe('a1 a2');
    expect(granted(tick(b, at('09:59')))).toBe('');
    expect(granted(tick(b, at('10:00')))).toBe('a3 a4');
    expect(granted(tick(b, at('10:00')))).toBe('');
    expect(granted(tick(b, at('11:00')))).toBe('low');
  });

  it('is granted on arrival while nobody waits', () => {
    const b = budgetOf({ perDay: 300, perHour: 2 });
    expect(granted(askFor(b, [mail('a')]))).toBe('a');
    expect(granted(askFor(b, [mail('b')], at('09:40')))).toBe('b');
    expect(granted(askFor(b, [mail('c')], at('09:50')))).toBe('');
  });

  it('returns to the day what it does not use: no hour has more than its own', () => {
    const b = budgetOf();
    expect(sum(tick(b, at('15:00')))).toBe(0);
    expect(sum(askFor(b, mails('a', 100), at('15:10')))).toBe(12);
    expect(left(b)).toBe(288);
  });

  it('opens once when a tick comes hours too late', () => {
    const b = budgetOf();
    askFor(b, mails('a', 100));
    expect(sum(tick(b, at('14:07')))).toBe(12);
    expect(sum(tick(b, at('14:08')))).toBe(0);
  });

  it('serves all that were asked for together by urgency, not by their place in the message', () => {
    const b = budgetOf({ perDay: 300, perHour: 1 });
    expect(granted(askFor(b, [mail('later'), mail('first', { priority: 101 })]))).toBe('first');
  });
});

describe('the flush', () => {
  it('sends all that is left of the day in order from 23:30, later arrivals at once, the rest tomorrow', () => {
    const b = budgetOf({ perDay: 30, perHour: 2 }, '22:00');
    expect(sum(askFor(b, mails('a', 20, { arrivedMs: at('22:00') }), at('22:00')))).toBe(2);
    expect(sum(tick(b, at('23:00')))).toBe(2);
    expect(granted(tick(b, at('23:30')))).toMatch(/^a5 a6 .* a20$/);
    expect(granted(askFor(b, [mail('late')], at('23:50')))).toBe('late');
    expect(sum(askFor(b, mails('more', 20), at('23:55')))).toBe(9);
    expect(sum(startDay(b, clockOf(3), at('00:00', 3)))).toBe(2);
  });

  it('does not come where only the hour is limited: nothing of the day could be left', () => {
    const b = budgetOf({ perHour: 2 }, '23:00');
    expect(sum(askFor(b, mails('a', 20), at('23:00')))).toBe(2);
    expect(sum(tick(b, at('23:30')))).toBe(0);
  });
});

describe('a whole day', () => {
  for (const { day, hours } of [
    { day: 28, hours: 24 },
    { day: 29, hours: 23 },
  ])
    it(`of ${hours} hours in Berlin grants 12 each hour and the rest of 300 in the flush`, () => {
      const b = budgetOf();
      const clock = clockOf(day, 'Europe/Berlin');
      startDay(b, clock, clock.startMs);
      const perHour = [sum(request(b, mails('a', 400, { arrivedMs: clock.startMs }), clock.startMs))];
      for (const tickMs of clock.ticksMs.slice(1)) perHour.push(sum(tick(b, tickMs)));
      expect(perHour).toEqual(Array.from({ length: hours }, () => 12));
      expect(sum(tick(b, clock.flushMs))).toBe(300 - 12 * hours);
      expect(sum(tick(b, clock.endMs - 1))).toBe(0);
      expect(isDayOver(b, clock.endMs)).toBe(true);
      expect(sum(tick(b, clock.endMs)), 'nothing before the next day is known').toBe(0);
    });
});

describe('order', () => {
  const cases: { name: string; first: object; second: object; nowMs?: number }[] = [
    { name: 'the higher priority', first: { priority: 11 }, second: { priority: 10 } },
    {
      name: 'of equals the nearer deadline',
      first: { deadlineMs: at('12:00') },
      second: { deadlineMs: at('13:00') },
    },
    { name: 'a deadline before none', first: { deadlineMs: at('12:00', 9) }, second: {} },
    { name: 'of equals without deadline the earlier', first: { arrivedMs: at('09:00') }, second: {} },
    { name: 'no more than 255', first: { priority: 255, deadlineMs: 1 }, second: { priority: 400 } },
    { name: 'one full day waited as 25', first: { priority: 75, arrivedMs: at('08:00', 1) }, second: {} },
    {
      name: 'two as 50, past a higher one',
      first: { priority: 51, arrivedMs: at('08:00') - 2 * DAY_MS },
      second: {},
    },
    { name: 'less than a day as nothing', first: {}, second: { priority: 76, arrivedMs: at('10:30', 1) } },
    {
      name: 'due today before 199',
      first: { priority: undefined, deadlineMs: at('20:00') },
      second: { priority: 199 },
    },
  ];
  for (const { name, first, second } of cases)
    it(`puts first ${name}`, () => {
      const b = budgetOf({ perDay: 1 });
      askFor(b, [mail('used')]);
      askFor(b, [mail('second', second), mail('first', first)]);
      expect(granted(settle(b, { id: 'used', spent: 0, returned: 1 }, at('10:00')))).toBe('first');
    });

  it('changes with age while they wait', () => {
    const b = budgetOf({ perDay: 0 });
    askFor(b, [mail('old', { priority: 90 })]);
    askFor(b, [mail('new', { priority: 100, arrivedMs: at('09:19', 3) })], at('09:19', 3));
    const order = (nowMs: number) => snapshot(b, { offset: 0, count: 9 }, nowMs).entries.map(({ id }) => id);
    expect(order(at('09:19', 3))).toEqual(['new', 'old']);
    expect(order(at('09:20', 3))).toEqual(['old', 'new']);
  });

  it('follows a change of priority, at once where credits are free', () => {
    const b = budgetOf({ perDay: 1 });
    askFor(b, [mail('used')]);
    askFor(b, mails('a', 3));
    expect(granted(reprioritise(b, { id: 'a3', priority: 101 }, at('09:30')))).toBe('');
    reprioritise(b, { id: 'nobody', priority: 1 }, at('09:30'));
    expect(granted(settle(b, { id: 'used', spent: 0, returned: 1 }, at('09:31')))).toBe('a3');
  });
});

describe('an entry of many credits', () => {
  it('is granted in parts, at the head of the queue until it has all', () => {
    const b = budgetOf();
    expect(granted(askFor(b, [mail('campaign', { credits: 30 }), mail('after')]))).toBe('campaign×12');
    expect(tick(b, at('10:00')).grants).toEqual([{ id: 'campaign', credits: 12, total: 24 }]);
    expect(granted(tick(b, at('11:00')))).toBe('campaign×6 after');
  });

  it('goes out over several days where it is larger than a day', () => {
    const b = budgetOf({ perDay: 100 });
    const parts = [sum(askFor(b, [mail('big', { credits: 250 })]))];
    for (const day of [3, 4]) parts.push(sum(startDay(b, clockOf(day), at('00:00', day))));
    expect(parts).toEqual([100, 100, 50]);
    expect(nextInstantMs(b)).toBeUndefined();
  });
});

describe('the next instant', () => {
  it('is none while nobody waits', () => expect(nextInstantMs(budgetOf())).toBeUndefined());

  for (const { now, next } of [
    { now: at('09:20'), next: at('10:00') },
    { now: at('23:10'), next: at('23:30') },
    { now: at('23:30'), next: at('00:00', 3) },
    { now: at('07:00', 3), next: at('00:00', 3) },
  ])
    it(`at ${new Date(now).toISOString()} is ${new Date(next).toISOString()}`, () => {
      const b = budgetOf({ perDay: 0 });
      askFor(b, [mail('a')], now);
      expect(nextInstantMs(b)).toBe(next);
    });

  it('leads through a day in which each hour is one step', () => {
    const b = budgetOf({ perDay: 300, perHour: 1 }, '00:00');
    askFor(b, mails('a', 40), at('00:00'));
    const seen: string[] = [];
    for (let next = nextInstantMs(b)!; next < b.clock.endMs; next = nextInstantMs(b) ?? b.clock.endMs) {
      seen.push(new Date(next).toISOString().slice(11, 16));
      tick(b, next);
    }
    expect(seen).toEqual([...HOURS.slice(1), '23:30']);
  });
});
