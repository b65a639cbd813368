/** The checker itself: each answer below breaks one promise, and it must say which. */
import { describe, expect, it } from 'vitest';
import type { BudgetStep, Limits } from '../../src/mail/budget-state.ts';
import { at, clockOf, mail, mails } from '../mail/budgets.ts';
import { newBooks } from './budget-books.ts';
import { checkStep } from './budget-checker.ts';
import type { BudgetEvent } from './budget-event.ts';

/** What the checker says of a machine that answers `said` to the last of `events`, and nothing to those before. */
function verdict(limits: Limits, events: BudgetEvent[], said: Partial<BudgetStep>): string {
  const books = newBooks('UTC', { clock: clockOf(2), limits, nowMs: at('09:00') });
  const silence = { grants: [], expired: [], full: [], settled: [] };
  const problems = events.map((event, index) => {
    const step = { ...silence, ...(index === events.length - 1 && said) };
    return checkStep(books, event, step, at('09:20') + index);
  });
  return problems.at(-1)!.join('; ');
}

const grants = (...ids: string[]) => ({ grants: ids.map((id) => ({ id, credits: 1, total: 1 })) });
const three: BudgetEvent = { kind: 'request', requests: mails('a', 3, { priority: 9 }) };

describe('the checker', () => {
  const cases: [string, Limits, BudgetEvent[], Partial<BudgetStep>, string][] = [
    ['a grant beyond the day', { perDay: 2 }, [three], grants('a1', 'a2', 'a3'), 'granted beyond a limit'],
    [
      'a grant beyond the hour',
      { perDay: 9, perHour: 2 },
      [three],
      grants('a1', 'a2', 'a3'),
      'beyond a limit',
    ],
    ['a grant beyond the provider', { provider: 2 }, [three], grants('a1', 'a2', 'a3'), 'beyond a limit'],
    ['a credit kept back', { perDay: 2 }, [three], grants('a1'), 'a2 waits though'],
    ['a credit lost on return', { perDay: 1 }, [three], {}, 'a1 waits though'],
    ['an invented grant', {}, [{ kind: 'tick' }], grants('ghost'), 'ghost was granted 1 and never asked'],
    ['a grant told twice', {}, [three], grants('a1', 'a2', 'a3', 'a3'), 'a3 wants 0 and was granted 1'],
    ['arrival passed over', { perDay: 1 }, [three], grants('a2'), 'a2 (9) was served before a1 (9)'],
    ['a grant in a pause', {}, [{ kind: 'pause' }, three], grants('a1', 'a2', 'a3'), 'nothing may go'],
    [
      'a grant after expiry',
      {},
      [{ kind: 'request', requests: [mail('late', { expiresMs: at('09:00') })] }],
      grants('late'),
      'late had expired',
    ],
    ['an expiry too early', { perDay: 0 }, [three], { expired: ['a1'] }, 'a1 expired before its time'],
    [
      'a reserve that bulk mail took',
      { perDay: 1, reserve: 1 },
      [{ kind: 'request', requests: [mail('bulk', { transactional: false })] }],
      grants('bulk'),
      'took what is reserved',
    ],
    [
      'a shortfall not told',
      { perDay: 0 },
      [{ kind: 'request', requests: [mail('due', { priority: 200 })] }],
      {},
      'nobody was told',
    ],
  ];
  for (const [name, limits, events, said, expected] of cases)
    it(`notices ${name}`, () => expect(verdict(limits, events, said)).toContain(expected));

  it('has nothing against what is right', () => {
    expect(verdict({ perDay: 2 }, [three], grants('a1', 'a2'))).toBe('');
  });
});
