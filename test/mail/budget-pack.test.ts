/** What passes through continue-as-new decides as before, and fits. */
import { describe, expect, it } from 'vitest';
import { settle, tick } from '../../src/mail/budget.ts';
import { packBudget, unpackBudget } from '../../src/mail/budget-pack.ts';
import { type Budget, OPEN_MAX, SETTLED_MAX, WAITING_MAX } from '../../src/mail/budget-state.ts';
import { askFor, at, budgetOf, mail, mails } from './budgets.ts';

const passOn = (b: Budget): Budget => unpackBudget(JSON.parse(JSON.stringify(packBudget(b))));

describe('a packed budget', () => {
  it('is the same when unpacked', () => {
    const b = budgetOf({ perDay: 300, perHour: 2, reserve: 1 });
    const { priority: _, ...unhurried } = mail('c');
    askFor(b, [mail('a', { credits: 5, deadlineMs: at('20:00'), expiresMs: at('21:00') })]);
    askFor(b, [...mails('b', 5, { transactional: false }), unhurried]);
    settle(b, { id: 'a', spent: 1, returned: 0 }, at('09:30'));
    const other = passOn(b);
    expect(packBudget(other)).toEqual(packBudget(b));
    expect({ ...other, order: [], sortedUntilMs: 0 }).toEqual({ ...b, order: [], sortedUntilMs: 0 });
    for (const time of ['10:00', '11:00', '12:00', '23:30'])
      expect(tick(other, at(time)), time).toEqual(tick(b, at(time)));
  });

  it('still knows which of many ids have ended, in the order in which they will be forgotten', () => {
    let b = budgetOf({});
    for (const { id } of mails('a', SETTLED_MAX + 5)) {
      askFor(b, [mail(id)]);
      settle(b, { id, spent: 1, returned: 0 }, at('09:20'));
      if (id === 'a7' || id === 'a10003') b = passOn(b);
    }
    expect(askFor(b, [mail('a6'), mail('a10005')]).settled).toEqual(['a6', 'a10005']);
    expect(askFor(b, [mail('a5')]).settled).toEqual([]);
  });

  it('has less than 2 MB with every list full and ids of 64 characters', () => {
    const b = budgetOf({ perDay: SETTLED_MAX + OPEN_MAX });
    const id = (name: string) => name.padEnd(64, '.');
    const urgency = { deadlineMs: at('20:00', 9), expiresMs: at('21:00', 9), priority: 200 };
    for (const { id: name } of mails('old', SETTLED_MAX)) {
      askFor(b, [mail(id(name))]);
      settle(b, { id: id(name), spent: 1, returned: 0 }, at('09:20'));
    }
    for (const prefix of ['g', 'h', 'i'])
      askFor(
        b,
        mails(prefix, OPEN_MAX / 3).map(({ id: name }) => mail(id(name), urgency)),
      );
    askFor(
      b,
      mails('waiting', WAITING_MAX).map(({ id: name }) => mail(id(name), urgency)),
    );
    expect(b.waitingCount).toBe(WAITING_MAX);
    expect(b.reservedCount).toBeGreaterThan(4000);
    expect(JSON.stringify(packBudget(b)).length).toBeLessThan(2_000_000);
  });
});
