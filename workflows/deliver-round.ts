/**
 * Delivers side by side until nothing more happens by itself: starts what is due, sleeps until the next attempt,
 * follows what people ask for, and keeps what the world is shown true. One recipient's trouble never delays another's.
 */
import { condition, sleep, workflowInfo } from '@temporalio/workflow';
import { afterAttempt, cancelOpen, type DeliveryCourse, isDue, nextDueInMs } from '../src/mail/course.ts';
import type { Outcome } from '../src/mail/mail.ts';

/** What a round works on: the deliveries of one mail, in or out, and what its workflow does around them. */
export type Round = {
  courses: DeliveryCourse[];
  /** Grows whenever something changed; the round looks again then. */
  changes: number;
  isHeld(): boolean;
  /** A person ended it: what comes back deferred is not tried again. */
  isClosed(): boolean;
  /** Does what people asked for meanwhile; undefined where they asked for nothing. */
  follow(): Promise<void> | undefined;
  /** Whether what the world is shown is behind, and brings it up to date. */
  needsShow(): boolean;
  show(): Promise<void>;
  /** Whether anything is to be done, now or later, without a person. */
  hasWork(): boolean;
  attempt(one: DeliveryCourse): Promise<Outcome>;
  /** Remembers an outcome; must count as a change. */
  remember(one: DeliveryCourse, outcome: Outcome): void;
};

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
export async function deliverRound(round: Round): Promise<'ended' | 'too-long'> {
  const alarm = newAlarm(round);
  let underWay = 0;
  let showing = false;

  const attempt = async (one: DeliveryCourse): Promise<void> => {
    underWay += 1;
    one.standing = 'trying';
    const outcome = await round.attempt(one);
    afterAttempt(one, outcome, Date.now(), Math.random());
    if (round.isClosed()) cancelOpen([one]);
    round.remember(one, outcome);
    underWay -= 1;
  };
  const show = async (): Promise<void> => {
    showing = true;
    await round.show();
    showing = false;
  };

  for (;;) {
    const seen = round.changes;
    const isFull = isLong();
    if (!isFull) {
      const asked = round.follow();
      if (asked !== undefined) await asked;
      const due = round.courses.filter((one) => isDue(one, round.isHeld(), Date.now()));
      for (const one of due.slice(0, SIDE_BY_SIDE_MAX - underWay)) void attempt(one);
      if (round.needsShow() && !showing) void show();
    }
    if (underWay === 0 && !showing) {
      if (isFull) return 'too-long';
      if (!round.hasWork()) return 'ended';
    }
    // With all places taken, or a history that must start anew, an attempt that ends wakes the round anyway.
    if (!isFull && underWay < SIDE_BY_SIDE_MAX) alarm();
    await condition(() => round.changes !== seen);
  }
}

/** Wakes the round when the next deferred delivery is due. One timer at a time, and none where nobody waits. */
function newAlarm(round: Round): () => void {
  let ringsAtMs = Number.POSITIVE_INFINITY;
  return () => {
    const dueInMs = nextDueInMs(round.courses, round.isHeld(), Date.now());
    if (dueInMs === undefined || Date.now() + dueInMs >= ringsAtMs) return;
    ringsAtMs = Date.now() + dueInMs;
    void sleep(dueInMs).then(() => {
      ringsAtMs = Number.POSITIVE_INFINITY;
      round.changes += 1;
    });
  };
}
