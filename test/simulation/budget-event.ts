/** What can happen to a budget, as data: so that it can be recorded, repeated after a crash, and shown to the checker. */
import * as budget from '../../src/mail/budget.ts';
import type { Budget, BudgetStep, CreditRequest, DayClock, Limits } from '../../src/mail/budget-state.ts';

export type BudgetEvent =
  | { kind: 'request'; requests: CreditRequest[] }
  | { kind: 'settle'; id: string; spent: number; returned: number }
  | { kind: 'withdraw'; id: string }
  | { kind: 'reprioritise'; id: string; priority?: number; deadlineMs?: number; expiresMs?: number }
  | { kind: 'tick' }
  | { kind: 'startDay'; clock: DayClock }
  | { kind: 'setLimits'; limits: Limits }
  | { kind: 'pause' }
  | { kind: 'resume' };

/** Hands the event to the machine. */
export function apply(b: Budget, event: BudgetEvent, nowMs: number): BudgetStep {
  switch (event.kind) {
    case 'request':
      return budget.request(b, event.requests, nowMs);
    case 'settle':
      return budget.settle(b, event, nowMs);
    case 'withdraw':
      return budget.withdraw(b, event, nowMs);
    case 'reprioritise':
      return budget.reprioritise(b, event, nowMs);
    case 'startDay':
      return budget.startDay(b, event.clock, nowMs);
    case 'setLimits':
      return budget.setLimits(b, event.limits, nowMs);
    case 'pause':
      return budget.pause(b, nowMs);
    case 'resume':
      return budget.resume(b, nowMs);
    case 'tick':
      return budget.tick(b, nowMs);
  }
}
