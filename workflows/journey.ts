/**
 * What one mail workflow remembers, as plain JSON that is carried across continue-as-new, and what can be read off
 * it: status, work that is left, and the views that people see. Decides nothing about time or rules.
 */
import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import * as course from '../src/mail/course.ts';
import type { Envelope, MailReference, Outcome } from '../src/mail/mail.ts';
import { describeReply } from '../src/mail/outcome.ts';
import type { Plan } from '../src/mail/plan.ts';
import { invalidInboxes, mailStatus, type StatusFacts } from '../src/mail/status.ts';
import type { DeliveryView, MailInput, MailState, MailStatus, TimelineEntry } from './messages.ts';
import type { ResendOrder } from './resend-request.ts';

/** Lines of a timeline: the first ones and the newest. The ledger and the event history know every attempt. */
const TIMELINE_MAX = 500;
const TIMELINE_FIRST = 100;
/** Deliveries from which replies are cut: what is carried across continue-as-new must stay below 2 MB. */
const MANY_DELIVERIES = 200;
const CUT_REPLY_MAX = 100;
/** Deliveries named in the Web UI's details of an execution. */
const DETAILS_MAX = 20;
const DAY_MS = 86_400_000;

/** Everything a mail workflow must remember. Arrays and records only. */
export type Journey = {
  /** ISO 8601; every header field we add bears this date, so that all attempts send the same bytes. */
  stamp: string;
  mail?: MailReference;
  /** Only where the notice had none. */
  envelope?: Envelope;
  /** The plan without its deliveries, which stand in `courses`. */
  plan?: Omit<Plan, 'deliveries'>;
  /** Whether the relay for the outside has a rate. */
  paced: boolean;
  courses: course.DeliveryCourse[];
  heldSinceMs?: number;
  /** A person ended it: it does not stay open. */
  closed: boolean;
  /** The highest ledger generation in use. */
  generation: number;
  orders: ResendOrder[];
  /** Ids of resends, so that the same request twice counts once. */
  seen: string[];
  timeline: TimelineEntry[];
  /** Lines that the timeline had no room for. */
  omitted: number;
  /** The status that metadata, ledger and search attributes show. */
  shown?: MailStatus;
  counted: boolean;
  /** When nothing more happened by itself: from then on it stays open for a person. */
  endedAtMs?: number;
};

/** A journey under way: what it was started with, what it remembers, and how often something changed in this run. */
export type MailJourney = { readonly input: MailInput; readonly journey: Journey; changes: number };

/** The journey of a mail that has just been started. */
export function newJourney(input: MailInput): Journey {
  return {
    stamp: workflowInfo().startTime.toISOString(),
    paced: false,
    courses: [],
    closed: false,
    generation: (input.reopenedAt ?? 1) - 1,
    orders: [],
    seen: [],
    timeline: [],
    omitted: 0,
    // A mail that is opened again was counted when it first ended.
    counted: input.reopenedAt !== undefined,
  };
}

/** Writes one line of the story, and thereby wakes whoever waits for a change. */
export function note(
  mail: MailJourney,
  event: TimelineEntry['event'],
  text: string,
  more: Partial<TimelineEntry> = {},
): void {
  mail.changes += 1;
  const { journey } = mail;
  journey.timeline.push({
    at: new Date(Date.now()).toISOString(),
    event,
    text: shortened(mail, text),
    ...more,
  });
  if (journey.timeline.length <= TIMELINE_MAX) return;
  journey.timeline.splice(TIMELINE_FIRST, 1);
  journey.omitted += 1;
}

/** What is remembered of a text: all of it, but where a mail has very many deliveries. */
export const shortened = ({ journey }: MailJourney, text: string): string =>
  journey.courses.length > MANY_DELIVERIES ? text.slice(0, CUT_REPLY_MAX) : text;

/** One line for an attempt that has ended. */
export function noteAttempt(mail: MailJourney, one: course.DeliveryCourse, outcome: Outcome): void {
  const said = describeReply(outcome.reply);
  const text = outcome.known
    ? `the ledger had the answer: ${said}`
    : outcome.repeated
      ? `sent once more, an earlier try may have arrived: ${said}`
      : said;
  note(mail, 'attempt', text, {
    delivery: one.delivery.id,
    generation: one.generation,
    attempt: one.attempts,
    outcome: outcome.kind,
  });
}

/** Whether somebody, or the plan, keeps it waiting. */
export const isHeld = ({ heldSinceMs }: Journey): boolean => heldSinceMs !== undefined;
/** Whether no delivery will change by itself. */
export const isSettled = ({ courses }: Journey): boolean => courses.every(course.isSettled);

function statusFacts(journey: Journey): StatusFacts {
  const { plan, courses } = journey;
  return {
    decision: plan?.decision ?? 'deliver',
    held: isHeld(journey) && (courses.length === 0 || courses.some(course.isWaiting)),
    recipients: plan?.recipients ?? [],
    blocked: plan?.blocked ?? [],
    deliveries: courses.map(({ delivery: { kind, recipients }, standing }) => ({
      kind,
      recipients,
      standing,
    })),
  };
}

/** The one word for where the mail stands. */
export const statusOf = (journey: Journey): MailStatus => mailStatus(statusFacts(journey));

/** Recipients whose mailbox server refused them, for the audit. */
export const refusedInboxes = (journey: Journey): string[] => invalidInboxes(statusFacts(journey));

/** Whether what the world is shown is behind: from the end of the first round on. */
export function needsAudit(journey: Journey): boolean {
  const { plan, courses } = journey;
  if (plan === undefined || plan.decision === 'leave') return false;
  const firstRoundEnded = courses.every((one) => one.attempts > 0 || course.isSettled(one));
  if (!firstRoundEnded && !isHeld(journey)) return false;
  return journey.shown !== statusOf(journey) || (isSettled(journey) && !journey.counted);
}

/** Whether anything is to be done now or later without a person. */
export function hasWork(journey: Journey): boolean {
  if (journey.orders.length > 0 || needsAudit(journey)) return true;
  return journey.courses.some((one) => !course.isSettled(one) && !course.isHeldBack(one, isHeld(journey)));
}

/** Lets a held mail go on, and what slept be tried now. */
export function resume(journey: Journey): void {
  const nowMs = Date.now();
  if (journey.heldSinceMs !== undefined) course.discountHeld(journey.courses, nowMs - journey.heldSinceMs);
  delete journey.heldSinceMs;
  delete journey.endedAtMs;
  course.wake(journey.courses, nowMs);
  course.unpark(journey.courses, nowMs);
}

/** Ends what had not been delivered. What is under way still tells its outcome. */
export function cancel(mail: MailJourney, why: string): void {
  course.cancelOpen(mail.journey.courses);
  delete mail.journey.heldSinceMs;
  mail.journey.closed = true;
  note(mail, 'cancelled', why);
}

/** Milliseconds this mail still stays open for a person; 0 when there is nothing to look at. */
export function openForMs({ input, journey }: MailJourney): number {
  const status = statusOf(journey);
  const isDone = status === 'delivered' || status === 'blocked' || journey.plan?.decision === 'leave';
  if (isDone || journey.closed) return 0;
  journey.endedAtMs ??= Date.now();
  return journey.endedAtMs + input.attentionDays * DAY_MS - Date.now();
}

/** Where one delivery stands, for people. */
export function viewOf(one: course.DeliveryCourse): DeliveryView {
  const { id, kind, to, route, because } = one.delivery;
  return {
    id,
    kind,
    to,
    route,
    because,
    generation: one.generation,
    state: one.standing === 'trying' ? 'pending' : one.standing,
    attempts: one.attempts,
    ...(one.reply === undefined ? {} : { reply: one.reply }),
    ...(one.dueMs === undefined ? {} : { nextAttemptAt: new Date(one.dueMs).toISOString() }),
  };
}

/** What the query `state` answers. */
export function stateOf({ input, journey }: MailJourney): MailState {
  const { plan } = journey;
  return {
    status: statusOf(journey),
    reason: plan?.reason ?? 'not planned yet',
    held: isHeld(journey),
    recipients: plan?.recipients ?? input.notice.envelope?.recipients ?? [],
    subject: plan?.subject ?? input.notice.subject ?? '',
    from: plan?.from ?? input.notice.from ?? '',
    notes: plan?.notes ?? [],
    deliveries: journey.courses.map(viewOf),
  };
}

/** What the query `timeline` answers. */
export function timelineOf({ timeline, omitted, stamp }: Journey): TimelineEntry[] {
  if (omitted === 0) return timeline;
  const text = `${omitted} lines are left out here; the event history has every attempt`;
  const at = timeline[TIMELINE_FIRST - 1]?.at ?? stamp;
  return [
    ...timeline.slice(0, TIMELINE_FIRST),
    { at, event: 'ignored', text },
    ...timeline.slice(TIMELINE_FIRST),
  ];
}

/** Writes beside the execution, in the Web UI, where the mail stands. Costs no event. */
export function describe(mail: MailJourney): void {
  const { status, reason, deliveries } = stateOf(mail);
  const lines = deliveries.slice(0, DETAILS_MAX).map((one) => `- ${one.id}: ${one.state} ${one.reply ?? ''}`);
  setCurrentDetails(`**${status}** ${reason}\n${lines.join('\n')}`);
}
