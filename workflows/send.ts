/**
 * The story of one outbound mail: compose it, wait for its time and its credits, deliver to each recipient, and tell
 * the customer how it ended. Bytes never come here.
 */
import { CancellationScope, condition, continueAsNew } from '@temporalio/workflow';
import { newCourse, unpark } from '../src/mail/course.ts';
import { deliverRound, isLong } from './deliver-round.ts';
import { outbound, tellCustomer } from './send-activities.ts';
import { endSend, openSend } from './send-conversation.ts';
import {
  isOver,
  isSendHeld,
  type Sending,
  type SendJourney,
  sendViewOf,
  showSendState,
  startsInMs,
  tell,
} from './send-journey.ts';
import type { SendInput, SendView } from './send-messages.ts';
import { sendRound } from './send-round.ts';

/** Carries one outbound mail to its end. `carried` is the journey so far, where a long history starts anew. */
export async function sendWorkflow(input: SendInput, carried?: SendJourney): Promise<SendView> {
  const outside = CancellationScope.current();
  return CancellationScope.nonCancellable(async () => {
    const send = openSend(input, carried);
    outside.cancelRequested.catch(() => endSend(send, 'cancelled', 'Temporal asked the workflow to cancel'));
    if (send.journey.mail === undefined) await compose(send);
    setExpiry(send);
    while (!isOver(send.journey)) {
      await waitForTurn(send);
      const ended = await deliverRound(sendRound(send));
      if (ended === 'too-long' || isLong()) await continueAsNew<typeof sendWorkflow>(input, send.journey);
      if (!isOver(send.journey)) await waitForChange(send);
    }
    return finish(send);
  });
}

/** Composes and stores the mail, and parks one delivery for each recipient who may have it. */
async function compose(send: Sending): Promise<void> {
  const { journey, input } = send;
  const prepared = await outbound('prepareSend', { notice: input.notice, stamp: journey.stamp });
  journey.rejected = prepared.rejected;
  journey.limited = prepared.limited;
  if (prepared.kind === 'rejected') {
    tell(send, 'planned', 'rejected before anything was sent');
    return;
  }
  journey.mail = prepared.mail;
  journey.messageId = prepared.messageId;
  journey.courses = prepared.deliveries.map((delivery) => ({
    ...newCourse(delivery, 0, Date.now()),
    standing: 'parked' as const,
  }));
  tell(send, 'planned', `composed for ${prepared.deliveries.length} recipients as ${input.notice.category}`);
}

/** Waits for `sendAt`, then asks for credits where the account has a budget, or lets all deliveries go. */
async function waitForTurn(send: Sending): Promise<void> {
  const { journey } = send;
  for (let waitMs = startsInMs(journey); waitMs > 0 && !isOver(journey); waitMs = startsInMs(journey)) {
    showSendState(send);
    const seen = send.changes;
    await condition(() => send.changes !== seen, waitMs);
  }
  if (isOver(journey)) return;
  if (isSendHeld(journey)) return stepAside(send);
  if (!journey.limited) unpark(journey.courses, Date.now());
  else if (!journey.asked && (journey.askAfterMs ?? 0) <= Date.now()) {
    await outbound('askCredits', {
      notice: send.input.notice,
      ...changedOf(journey),
      credits: journey.courses.length,
    });
    journey.asked = true;
    showSendState(send);
  }
}

/** A held mail keeps nobody waiting: it leaves the budget, and asks again when it is released. */
async function stepAside({ input, journey }: Sending): Promise<void> {
  if (!journey.asked) return;
  await outbound('withdrawCredits', { account: input.notice.account, id: input.notice.id });
  journey.asked = false;
}

const changedOf = ({ priority, deadline, expiresAt }: SendJourney) => ({
  ...(priority === undefined ? {} : { priority }),
  ...(deadline === undefined ? {} : { deadline }),
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

/** Held, or waiting for credit: nothing more happens by itself. */
async function waitForChange(send: Sending): Promise<void> {
  showSendState(send);
  const seen = send.changes;
  const { askAfterMs, asked } = send.journey;
  const isChanged = (): boolean => send.changes !== seen;
  if (askAfterMs === undefined || asked) await condition(isChanged);
  else await condition(isChanged, Math.max(1, askAfterMs - Date.now()));
}

/** Only a send with an expiry of its own has a timer for it. */
function setExpiry(send: Sending): void {
  const { expiresAt } = send.journey;
  if (expiresAt === undefined || isOver(send.journey)) return;
  const leftMs = Date.parse(expiresAt) - Date.now();
  void condition(() => send.journey.expiresAt !== expiresAt, Math.max(leftMs, 1)).then((wasChanged) => {
    if (wasChanged) setExpiry(send);
    else if (!isOver(send.journey)) endSend(send, 'expired', `it expired at ${expiresAt}`);
  });
}

/** Gives back what was not spent, and tells the customer where that was asked for or something went wrong. */
async function finish(send: Sending): Promise<SendView> {
  const { journey, input } = send;
  if (journey.asked || journey.granted > 0) {
    const spent = journey.courses.filter(
      (one) => one.standing === 'delivered' || one.standing === 'unknown',
    ).length;
    await outbound('settleCredits', {
      account: input.notice.account,
      id: input.notice.id,
      granted: journey.granted,
      spent,
    });
  }
  showSendState(send);
  const view = sendViewOf(send);
  if (view.state === 'rejected') await outbound('publishRejected', { notice: input.notice, view });
  if (!(await tellCustomer({ notice: input.notice, view }))) {
    tell(send, 'ignored', 'the customer could not be told within a day');
  }
  return sendViewOf(send);
}
