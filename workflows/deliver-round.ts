/**
 * Delivers side by side until nothing more happens by itself: starts what is due, sleeps until the next attempt,
 * follows what people ask for, and keeps what the world is shown true. One recipient's trouble never delays another's.
 */
import { condition, sleep, TemporalFailure, workflowInfo } from '@temporalio/workflow';
import { afterAttempt, cancelOpen, type DeliveryCourse, isDue, nextDueInMs } from '../src/mail/course.ts';
import type { Outcome } from '../src/mail/mail.ts';
import { attemptDelivery, isQuick } from './activities.ts';
import { followOrders } from './follow-orders.ts';
import { hasWork, isHeld, type MailJourney, needsAudit, noteAttempt } from './journey.ts';
import { taskQueues } from './messages.ts';
import { showStatus } from './show-status.ts';

/** Deliveries of one mail under way at once (design §4.3). */
const SIDE_BY_SIDE_MAX = 50;
/** Well before the server's limits: a signal must never find a history that cannot grow. */
const HISTORY_EVENTS_MAX = 4_000;

/** Whether the history should start anew. */
export function isLong(): boolean {
  const info = workflowInfo();
  return info.continueAsNewSuggested || info.historyLength > HISTORY_EVENTS_MAX;
}

/** `ended`: nothing more happens by itself. `too-long`: the history should start anew before it goes on. */
export async function deliverRound(mail: MailJourney): Promise<'ended' | 'too-long'> {
  const { journey } = mail;
  const alarm = newAlarm(mail);
  let underWay = 0;
  let showing = false;

  const attempt = async (one: DeliveryCourse): Promise<void> => {
    underWay += 1;
    await attemptOnce(mail, one);
    underWay -= 1;
  };
  const show = async (): Promise<void> => {
    showing = true;
    await showStatus(mail);
    showing = false;
  };

  for (;;) {
    const seen = mail.changes;
    const isFull = isLong();
    if (!isFull) {
      await followOrders(mail);
      const due = journey.courses.filter((one) => isDue(one, isHeld(journey), Date.now()));
      for (const one of due.slice(0, SIDE_BY_SIDE_MAX - underWay)) void attempt(one);
      if (needsAudit(journey) && !showing) void show();
    }
    if (underWay === 0 && !showing) {
      if (isFull) return 'too-long';
      if (!hasWork(journey)) return 'ended';
    }
    alarm();
    await condition(() => mail.changes !== seen);
  }
}

/** Wakes the round when the next deferred delivery is due. One timer at a time, and none where nobody waits. */
function newAlarm(mail: MailJourney): () => void {
  let ringsAtMs = Number.POSITIVE_INFINITY;
  return () => {
    const dueInMs = nextDueInMs(mail.journey.courses, isHeld(mail.journey), Date.now());
    if (dueInMs === undefined || Date.now() + dueInMs >= ringsAtMs) return;
    ringsAtMs = Date.now() + dueInMs;
    void sleep(dueInMs).then(() => {
      ringsAtMs = Number.POSITIVE_INFINITY;
      mail.changes += 1;
    });
  };
}

async function attemptOnce(mail: MailJourney, one: DeliveryCourse): Promise<void> {
  const { journey } = mail;
  one.standing = 'trying';
  const outcome = await outcomeOfAttempt(mail, one);
  afterAttempt(one, outcome, Date.now(), Math.random());
  // After a reset the ledger may know later generations than this run has given out.
  journey.generation = Math.max(journey.generation, one.generation);
  // A person may have cancelled meanwhile: what was under way tells its outcome, and is not tried again.
  if (journey.closed) cancelOpen([one]);
  noteAttempt(mail, one, outcome);
}

async function outcomeOfAttempt({ journey }: MailJourney, one: DeliveryCourse): Promise<Outcome> {
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
