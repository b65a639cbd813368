/**
 * The story of one inbound mail: fetch, plan, deliver side by side, audit, and wait for a person where it did not
 * wholly arrive. Bytes never come here; what depends on rules or clocks of the world was decided in activities.
 */
import { CancellationScope, condition, continueAsNew } from '@temporalio/workflow';
import { openJourney } from './conversation.ts';
import { deliverRound, isLong } from './deliver-round.ts';
import {
  cancel,
  describe,
  hasWork,
  type Journey,
  type MailJourney,
  openForMs,
  stateOf,
  timelineOf,
} from './journey.ts';
import { mailRound } from './mail-round.ts';
import type { MailInput, MailSummary } from './messages.ts';
import { preparePlan } from './prepare.ts';

/**
 * Carries one mail to its end. `carried` is the journey so far, handed on when a long history starts anew.
 * Temporal's own cancellation equals the signal `cancel`.
 */
export async function mailWorkflow(input: MailInput, carried?: Journey): Promise<MailSummary> {
  const outside = CancellationScope.current();
  return CancellationScope.nonCancellable(async () => {
    const mail = openJourney(input, carried);
    outside.cancelRequested.catch(() => cancel(mail, 'Temporal asked the workflow to cancel'));
    if (mail.journey.plan === undefined) await preparePlan(mail);
    while ((await deliverRound(mailRound(mail))) === 'too-long' || (await waitForPerson(mail))) {
      if (isLong()) await continueAsNew<typeof mailWorkflow>(input, mail.journey);
    }
    return { ...stateOf(mail), timeline: timelineOf(mail.journey) };
  });
}

/** Waits while the mail is open for a person. True when somebody asked for more. */
async function waitForPerson(mail: MailJourney): Promise<boolean> {
  const openMs = openForMs(mail);
  if (openMs <= 0) return false;
  describe(mail);
  await condition(() => hasWork(mail.journey) || mail.journey.closed || isLong(), openMs);
  return hasWork(mail.journey) || (isLong() && !mail.journey.closed);
}
