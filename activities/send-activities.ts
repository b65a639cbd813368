/** The activities of outbound mail, by the names that histories and the Web UI know. Workflows import types only. */
import type { DayClock, Grant, Limits, Shortfall } from '../src/mail/budget-state.ts';
import type { Delivery, DeliveryJob } from '../src/mail/delivery.ts';
import type { MailReference, Outcome } from '../src/mail/mail.ts';
import type { SendNotice } from '../src/mail/send.ts';
import type { Rejection, SendView } from '../workflows/send-messages.ts';

/** What decides a budget, besides who waits. */
export type BudgetSetting = { limits: Limits; clock: DayClock; paused: boolean };

/** `limited`: the account has a budget, and each recipient needs a credit of it. */
export type PreparedSend =
  | {
      kind: 'ready';
      mail: MailReference;
      messageId: string;
      deliveries: Delivery[];
      rejected: Rejection[];
      limited: boolean;
    }
  | { kind: 'rejected'; rejected: Rejection[]; limited: boolean };

export type CreditQuestion = {
  notice: SendNotice;
  credits: number;
  priority?: number;
  deadline?: string;
  expiresAt?: string;
};

export type SendActivities = {
  /** Renders, checks recipients against the suppression list, composes and stores the mail. */
  prepareSend(input: { notice: SendNotice; stamp: string }): Promise<PreparedSend>;
  /** Asks the budget of the account; the same question twice counts once. */
  askCredits(input: CreditQuestion): Promise<void>;
  /** Takes a held mail out of those that wait; what it was granted stays granted. */
  withdrawCredits(input: { account: string; id: string }): Promise<void>;
  /** Tells the budget how many of the granted credits were used; the rest goes back. */
  settleCredits(input: { account: string; id: string; granted: number; spent: number }): Promise<void>;
  /** Tells the customer once how it ended, where that was asked for or something went wrong. */
  tellCustomer(input: { notice: SendNotice; view: SendView }): Promise<void>;
  /** Puts `everpost.rejected/v1` on the rejected queue. */
  publishRejected(input: { notice: SendNotice; view: SendView }): Promise<void>;
  /** Limits of an account and the instants of its day at `nowMs`; recorded, since zones and ICU data change. */
  readBudgetSetting(input: { account: string; nowMs: number }): Promise<BudgetSetting>;
  /** Tells waiting mails what they were granted, that they expired or found no room. Returns those that are not there any more. */
  deliverGrants(input: { grants: Grant[]; expired: string[]; full: string[] }): Promise<{ gone: string[] }>;
  /** Tells somebody, once a day, that more is due today than is left of the day. */
  tellShortfall(input: { account: string; shortfall: Shortfall }): Promise<void>;
  /** One attempt at one recipient. */
  sendMail(job: DeliveryJob): Promise<Outcome>;
};
