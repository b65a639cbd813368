/**
 * The course of one mail: where each of its deliveries stands, and what each event makes of it. A pure state
 * machine over plain JSON, so that the workflow can carry it across continue-as-new; times come in as arguments.
 */
import type { Delivery } from './delivery.ts';
import type { Outcome } from './mail.ts';
import { describeReply } from './outcome.ts';
import { GIVE_UP_MS, nextAttemptDelayMs } from './retry.ts';

/** See `DeliveryStanding` in workflows/messages.ts for the meanings. `trying`: an attempt is under way. */
export type Standing =
  | 'pending'
  | 'trying'
  | 'deferred'
  | 'parked'
  | 'delivered'
  | 'skipped'
  | 'refused'
  | 'expired'
  | 'unknown'
  | 'cancelled';

export type DeliveryCourse = {
  delivery: Delivery;
  generation: number;
  standing: Standing;
  /** Attempts of this generation that ended. */
  attempts: number;
  /** When the first attempt of this generation was due, ms since the epoch, moved on by time that does not count. */
  sinceMs: number;
  /** Deferred: when it is due again. */
  dueMs?: number;
  /** A person asked for just this one: it goes even while the mail is held. */
  asked?: true;
  reply?: string;
};

/** Deliveries whose next attempts are less than this apart share one timer. */
const SAME_MOMENT_MS = 30_000;

/** A delivery that has not begun. */
export function newCourse(delivery: Delivery, generation: number, nowMs: number): DeliveryCourse {
  return { delivery, generation, standing: 'pending', attempts: 0, sinceMs: nowMs };
}

/** Whether nothing more will happen to it by itself. */
export function isSettled(course: DeliveryCourse): boolean {
  return course.standing !== 'pending' && course.standing !== 'trying' && course.standing !== 'deferred';
}

/** Whether it would still go out, by itself or when somebody releases it. */
export const isWaiting = (course: DeliveryCourse): boolean =>
  !isSettled(course) || course.standing === 'parked';

/** Whether it stands still until somebody releases the mail. */
export const isHeldBack = (course: DeliveryCourse, held: boolean): boolean => held && course.asked !== true;

/** Whether an attempt should begin now. */
export function isDue(course: DeliveryCourse, held: boolean, nowMs: number): boolean {
  if (isHeldBack(course, held)) return false;
  if (course.standing === 'pending') return true;
  return course.standing === 'deferred' && (course.dueMs ?? 0) <= nowMs + SAME_MOMENT_MS;
}

/** Milliseconds until the next deferred delivery is due; undefined when none waits. */
export function nextDueInMs(courses: DeliveryCourse[], held: boolean, nowMs: number): number | undefined {
  const waiting = courses.filter((course) => course.standing === 'deferred' && !isHeldBack(course, held));
  const due = waiting.map((course) => course.dueMs ?? nowMs);
  return due.length === 0 ? undefined : Math.max(1, Math.min(...due) - nowMs);
}

/** What the attempt that just ended makes of a delivery. `chance` is in [0, 1). */
export function afterAttempt(course: DeliveryCourse, outcome: Outcome, nowMs: number, chance: number): void {
  course.attempts += 1;
  course.reply = describeReply(outcome.reply);
  course.generation = outcome.generation ?? course.generation;
  delete course.dueMs;
  if (outcome.kind !== 'deferred') {
    // The first unknown outcome goes once more, with the same bytes (rule 36); the ledger counts which one it was.
    const onceMore =
      outcome.kind === 'unknown' && outcome.known === undefined && outcome.repeated === undefined;
    if (!onceMore) {
      course.standing = outcome.kind;
      return;
    }
  }
  const delayMs = nextAttemptDelayMs({ attempts: course.attempts, reply: outcome.reply, chance });
  if (nowMs + delayMs - course.sinceMs > GIVE_UP_MS) {
    course.standing = 'expired';
    course.reply = `4.4.7 not accepted within ${GIVE_UP_MS / 86_400_000} days; last: ${course.reply}`;
    return;
  }
  course.standing = 'deferred';
  course.dueMs = nowMs + delayMs;
}

/** Holds everything again, also what a person had asked for one by one. */
export function holdBack(courses: DeliveryCourse[]): void {
  for (const course of courses) delete course.asked;
}

/** Makes every sleeping delivery due now. */
export function wake(courses: DeliveryCourse[], nowMs: number): void {
  for (const course of courses) if (course.standing === 'deferred') course.dueMs = nowMs;
}

/** Lets parked deliveries go, as a release does. */
export function unpark(courses: DeliveryCourse[], nowMs: number): void {
  for (const course of courses) {
    if (course.standing !== 'parked') continue;
    course.standing = 'pending';
    course.sinceMs = nowMs;
  }
}

/** Ends what has not ended. An attempt under way still tells its outcome. */
export function cancelOpen(courses: DeliveryCourse[]): void {
  for (const course of courses) {
    if (course.standing === 'pending' || course.standing === 'deferred' || course.standing === 'parked') {
      course.standing = 'cancelled';
    }
  }
}

/** Time held does not count towards giving up (design §4.3). */
export function discountHeld(courses: DeliveryCourse[], heldMs: number): void {
  for (const course of courses) if (!isSettled(course)) course.sinceMs += heldMs;
}

/** What a resend asks for, already checked. */
export type ResendChoice = { recipients?: string[]; all?: boolean };

/** The deliveries a resend means: those not delivered; those of the named recipients; or all. Never away replies. */
export function chosenForResend(courses: DeliveryCourse[], choice: ResendChoice): DeliveryCourse[] {
  const named = choice.recipients?.map((recipient) => recipient.toLowerCase());
  return courses.filter((course) => {
    if (course.delivery.kind === 'away') return false;
    if (named !== undefined) {
      const serves = [course.delivery.to, ...course.delivery.recipients].map((address) =>
        address.toLowerCase(),
      );
      return serves.some((address) => named.includes(address));
    }
    return choice.all === true || course.standing !== 'delivered';
  });
}

/**
 * Sends a delivery again: one that still waits is tried now; one that has ended begins anew in `generation`,
 * under which the ledger lets it out once more. Returns whether the generation was used.
 */
export function resend(course: DeliveryCourse, generation: number, nowMs: number): boolean {
  if (course.standing === 'trying') return false;
  course.asked = true;
  if (course.standing === 'deferred' || course.standing === 'pending') {
    course.dueMs = nowMs;
    return false;
  }
  delete course.reply;
  Object.assign(course, newCourse(course.delivery, generation, nowMs));
  return true;
}

/** What the ledger says of a delivery, for a mail that is opened again. */
export type Recalled = {
  id: string;
  generation: number;
  state: 'delivered' | 'refused' | 'unknown' | 'open';
  reply?: string;
};

/** Starts a reopened mail from what the ledger says: what is not settled there waits for a person. */
export function recall(course: DeliveryCourse, known: Recalled | undefined): void {
  course.standing = known === undefined || known.state === 'open' ? 'parked' : known.state;
  if (known === undefined) return;
  course.generation = known.generation;
  if (known.reply !== undefined) course.reply = known.reply;
}
