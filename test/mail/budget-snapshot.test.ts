/** What people see of a budget. */
import { describe, expect, it } from 'vitest';
import { setLimits } from '../../src/mail/budget.ts';
import { snapshot } from '../../src/mail/budget-snapshot.ts';
import { askFor, at, budgetOf, mail, mails } from './budgets.ts';

describe('the view of a budget', () => {
  it('shows credits, and who waits in order, a page at a time', () => {
    const b = budgetOf({ perDay: 300, perHour: 2 });
    askFor(b, [mail('big', { credits: 5 }), ...mails('a', 3), mail('due', { priority: 250, credits: 2 })]);
    const view = snapshot(b, { offset: 1, count: 2 }, at('09:30'));
    expect(view).toMatchObject({
      ...{ account: 'default', day: '2026-03-02', perDay: 300, used: 2, left: 298, reserved: 1 },
      tranche: { openedMs: at('09:00'), perHour: 2, left: 0 },
      ...{
        leftAtProvider: null,
        waiting: 4,
        waitingCredits: 8,
        dueCredits: 0,
        paused: false,
        flushing: false,
      },
    });
    expect(view.entries.map(({ position, id, credits }) => [position, id, credits])).toEqual([
      [2, 'a1', 1],
      [3, 'a2', 1],
    ]);
  });

  it('looks at the hour of the question and changes nothing', () => {
    const b = budgetOf({ perDay: 300, perHour: 2 });
    askFor(b, mails('a', 3));
    const before = JSON.stringify(b);
    expect(snapshot(b, { offset: 0, count: 1 }, at('10:10')).tranche).toEqual({
      ...{ openedMs: at('10:00'), perHour: 2, left: 2 },
    });
    expect(JSON.stringify(b)).toBe(before);
  });

  it('says null where nothing is limited', () => {
    const b = budgetOf();
    setLimits(b, {}, at('09:30'));
    expect(snapshot(b, { offset: 0, count: 1 }, at('09:30'))).toMatchObject({
      ...{ perDay: null, left: null, tranche: { perHour: null, left: null }, entries: [] },
    });
  });
});
