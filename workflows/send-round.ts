/** What a delivery round does for an outbound mail: attempts on the queue of its category, and its shown state. */
import { TemporalFailure, workflowInfo } from '@temporalio/workflow';
import { type DeliveryCourse, isHeldBack, isSettled } from '../src/mail/course.ts';
import type { Outcome } from '../src/mail/mail.ts';
import type { Round } from './deliver-round.ts';
import { attemptSend } from './send-activities.ts';
import { isSendHeld, type Sending, sendStateOf, showSendState, tellAttempt } from './send-journey.ts';

/** The round of one send; it works on the journey itself. */
export function sendRound(send: Sending): Round {
  const { journey } = send;
  return {
    get courses() {
      return journey.courses;
    },
    get changes() {
      return send.changes;
    },
    set changes(count) {
      send.changes = count;
    },
    isHeld: () => isSendHeld(journey),
    isClosed: () => journey.ended !== undefined,
    follow: () => undefined,
    needsShow: () => sendStateOf(journey) !== journey.shown,
    show: async () => showSendState(send),
    hasWork: () => journey.courses.some((one) => !isSettled(one) && !isHeldBack(one, isSendHeld(journey))),
    attempt: (one) => attempt(send, one),
    remember: (one, outcome) => tellAttempt(send, one, outcome),
  };
}

async function attempt({ input, journey }: Sending, one: DeliveryCourse): Promise<Outcome> {
  const job = {
    mail: journey.mail!,
    ledgerName: workflowInfo().workflowId,
    account: input.notice.account,
    delivery: one.delivery,
    generation: one.generation,
    stamp: journey.stamp,
  };
  try {
    return await attemptSend(job, one.attempts === 0 && journey.courses.length === 1, input.notice);
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const text = error.cause?.message ?? error.message;
    return { kind: 'deferred', reply: { code: 0, text, stage: 'connect' }, alert: text };
  }
}
