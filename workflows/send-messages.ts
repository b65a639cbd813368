/**
 * Names and shapes of everything that is said to the workflow of an outbound mail and to the budget of an account.
 * Like messages.ts it imports nothing but the workflow SDK and types, so that everybody may import it.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { BudgetSnapshot } from '../src/mail/budget-snapshot.ts';
import type { CreditRequest } from '../src/mail/budget-state.ts';
import type { SendNotice, SendState } from '../src/mail/send.ts';
import type { DeliveryView, TimelineEntry } from './messages.ts';

/** Registered name of the workflow that carries one outbound mail. */
export const SEND_WORKFLOW = 'sendWorkflow';
/** Registered name of the workflow that keeps the budget of one account. */
export const BUDGET_WORKFLOW = 'budgetWorkflow';

/** The workflow id of a send, which is its API id too. */
export const sendWorkflowId = (id: string): string => `send:${id}`;
/** One budget an account. */
export const budgetWorkflowId = (account: string): string => `budget:${account}`;

export type SendInput = { notice: SendNotice };

/**
 * Memo of a send workflow. `bodyHash` decides whether an idempotency key came again with another body (rule 69),
 * `account` whose send it is.
 */
export type SendMemo = { bodyHash: string; account: string };

/** What may be changed of a send that has not begun. A null takes the value away. */
export type SendChange = {
  priority?: number | null;
  deadline?: string | null;
  sendAt?: string | null;
  expiresAt?: string | null;
};

/** Why a recipient is not sent to, found after the request was accepted. */
export type Rejection = { recipient: string; reason: string };

/** What a customer sees of a send. */
export type SendView = {
  id: string;
  account: string;
  state: SendState;
  reason: string;
  category: SendNotice['category'];
  categoryBecause: string;
  priority: number;
  acceptedAt: string;
  sendAt?: string;
  expiresAt?: string;
  deadline?: string;
  messageId?: string;
  recipients: (DeliveryView | (Rejection & { state: 'rejected'; to: string }))[];
  /** Credits granted so far, where the account has a budget. */
  granted?: number;
  timeline: TimelineEntry[];
};

/** Credits granted to a send in all so far: a total, so that the same message twice changes nothing. */
export const grantSignal = defineSignal<[{ granted: number }]>('grant');
/** Too many wait in the budget: ask again after its next tick. */
export const fullSignal = defineSignal<[]>('full');
/** The budget dropped the entry: it had expired. */
export const expireSignal = defineSignal<[]>('expire');
export const changeUpdate = defineUpdate<SendView, [SendChange]>('change');
export const sendStateQuery = defineQuery<SendView>('state');

/** What is said to a budget, in the order in which it came. Every one may come twice (src/mail/budget.ts). */
export type CreditMessage =
  | { about: 'request'; request: CreditRequest }
  | { about: 'settle'; id: string; spent: number; returned: number }
  | { about: 'withdraw'; id: string }
  | { about: 'change'; id: string; priority?: number; deadlineMs?: number; expiresMs?: number };

export type BudgetInput = { account: string };

/** Memo of a budget: how many wait, for those who must decide whether to take more work. */
export type BudgetMemo = { waiting: number; full: boolean };

export const creditsSignal = defineSignal<[CreditMessage[]]>('credits');
/** Limits, zone or pause were changed in the account: read them again. */
export const accountChangedSignal = defineSignal<[]>('account-changed');
/** `nowMs`: the asker's clock, since that of a workflow stands still while nothing happens to it. */
export const budgetQuery = defineQuery<BudgetSnapshot, [{ offset: number; count: number; nowMs?: number }?]>(
  'budget',
);
