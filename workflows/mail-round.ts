/** What a delivery round does for an inbound mail: attempts, orders of people, audits. */
import { TemporalFailure, workflowInfo } from '@temporalio/workflow';
import type { DeliveryCourse } from '../src/mail/course.ts';
import type { Outcome } from '../src/mail/mail.ts';
import { attemptDelivery, isQuick } from './activities.ts';
import type { Round } from './deliver-round.ts';
import { followOrders } from './follow-orders.ts';
import { hasWork, isHeld, type MailJourney, needsAudit, noteAttempt, shortened } from './journey.ts';
import { taskQueues } from './messages.ts';
import { showStatus } from './show-status.ts';

/** The round of one mail; it works on the journey itself. */
export function mailRound(mail: MailJourney): Round {
  const { journey } = mail;
  return {
    get courses() {
      return journey.courses;
    },
    get changes() {
      return mail.changes;
    },
    set changes(count) {
      mail.changes = count;
    },
    isHeld: () => isHeld(journey),
    isClosed: () => journey.closed,
    follow: () => (journey.orders.length > 0 ? followOrders(mail) : undefined),
    needsShow: () => needsAudit(journey),
    show: () => showStatus(mail),
    hasWork: () => hasWork(journey),
    attempt: (one) => attempt(mail, one),
    remember(one, outcome) {
      // After a reset the ledger may know later generations than this run has given out.
      journey.generation = Math.max(journey.generation, one.generation);
      noteAttempt(mail, one, outcome);
      one.reply = shortened(mail, one.reply ?? '');
    },
  };
}

async function attempt({ journey }: MailJourney, one: DeliveryCourse): Promise<Outcome> {
  const queues = { ...taskQueues(workflowInfo().taskQueue), paced: journey.paced };
  const { delivery, generation } = one;
  const job = { mail: journey.mail!, delivery, generation, stamp: journey.stamp };
  const isFirst = one.attempts === 0 && generation === 0;
  try {
    return await attemptDelivery(job, isFirst && isQuick(job, journey.courses.length, queues), queues);
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const text = error.cause?.message ?? error.message;
    return { kind: 'deferred', reply: { code: 0, text, stage: 'connect' }, alert: text };
  }
}
