/**
 * What one mail workflow remembers and what may be said to it: the journey (plain JSON, carried across
 * continue-as-new), the signal and query handlers over it, and the views that people see.
 */
import { condition, log, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import * as course from '../src/mail/course.ts';
import type { Envelope, MailReference, Outcome } from '../src/mail/mail.ts';
import { describeReply } from '../src/mail/outcome.ts';
import type { Plan } from '../src/mail/plan.ts';
import { invalidInboxes, mailStatus } from '../src/mail/status.ts';
import {
  cancelSignal,
  type DeliveryView,
  holdSignal,
  type MailInput,
  type MailState,
  type MailStatus,
  type MailSummary,
  releaseSignal,
  resendSignal,
  stateQuery,
  type TimelineEntry,
  timelineQuery,
} from './messages.ts';
import { type ResendOrder, readResend } from './resend-request.ts';

/** Lines of a timeline. Beyond it the ledger and the event history still know every attempt. */
const TIMELINE_MAX = 500;
/** Resend ids remembered, so that the same request twice counts once. */
const SEEN_MAX = 200;
const DAY_MS = 86_400_000;

/** Everything a mail workflow must remember. Arrays and records only. */
export type Journey = {
  /** ISO 8601; every header field we add bears this date (design §1, last invariant). */
  stamp: string;
  mail?: MailReference;
  envelope?: Envelope;
  /** The plan without its deliveries, which stand in `courses`. */
  plan?: Omit<Plan, 'deliveries'>;
  paced: boolean;
  courses: course.DeliveryCourse[];
  heldSinceMs?: number;
  /** A person ended it: it does not stay open. */
  closed: boolean;
  /** The highest generation in use. */
  generation: number;
  orders: ResendOrder[];
  seen: string[];
  timeline: TimelineEntry[];
  left: number;
  /** The status that metadata, ledger and search attributes show. */
  shown?: MailStatus;
  counted: boolean;
  endedAtMs?: number;
};

export type MailJourney = ReturnType<typeof openJourney>;

function newJourney(input: MailInput): Journey {
  return {
    stamp: workflowInfo().startTime.toISOString(),
    paced: false,
    courses: [],
    closed: false,
    generation: (input.reopenedAt ?? 1) - 1,
    orders: [],
    seen: [],
    timeline: [],
    left: 0,
    counted: false,
  };
}

function viewOf(one: course.DeliveryCourse): DeliveryView {
  const { delivery, standing } = one;
  return {
    id: delivery.id,
    kind: delivery.kind,
    to: delivery.to,
    route: delivery.route,
    because: delivery.because,
    generation: one.generation,
    state: standing === 'trying' ? 'pending' : standing,
    attempts: one.attempts,
    ...(one.reply === undefined ? {} : { reply: one.reply }),
    ...(one.dueMs === undefined ? {} : { nextAttemptAt: new Date(one.dueMs).toISOString() }),
  };
}

/** Opens a journey, new or carried, and answers signals and queries over it from the first moment. */
export function openJourney(input: MailInput, carried: Journey | undefined) {
  const journey = carried ?? newJourney(input);
  let changes = 0;

  const note = (event: TimelineEntry['event'], text: string, more: Partial<TimelineEntry> = {}): void => {
    changes += 1;
    if (journey.timeline.length >= TIMELINE_MAX) journey.left += 1;
    else journey.timeline.push({ at: new Date(Date.now()).toISOString(), event, text, ...more });
  };

  const isSettled = (): boolean => journey.courses.every(course.isSettled);
  const isHeld = (): boolean => journey.heldSinceMs !== undefined;
  const statusFacts = () => ({
    decision: journey.plan?.decision ?? ('deliver' as const),
    held: isHeld() && (journey.courses.length === 0 || journey.courses.some(course.isWaiting)),
    recipients: journey.plan?.recipients ?? [],
    blocked: journey.plan?.blocked ?? [],
    deliveries: journey.courses.map(({ delivery, standing }) => ({
      kind: delivery.kind,
      recipients: delivery.recipients,
      standing,
    })),
  });
  const status = (): MailStatus => mailStatus(statusFacts());

  const firstRoundEnded = (): boolean =>
    isHeld() || journey.courses.every((one) => one.attempts > 0 || course.isSettled(one));
  const needsAudit = (): boolean =>
    journey.plan !== undefined &&
    journey.plan.decision !== 'leave' &&
    firstRoundEnded() &&
    (journey.shown !== status() || (isSettled() && !journey.counted));
  const hasWork = (): boolean =>
    journey.orders.length > 0 ||
    needsAudit() ||
    journey.courses.some((one) => !course.isSettled(one) && !course.isHeldBack(one, isHeld()));

  const state = (): MailState => ({
    status: status(),
    reason: journey.plan?.reason ?? 'not planned yet',
    held: isHeld(),
    recipients: journey.plan?.recipients ?? input.notice.envelope?.recipients ?? [],
    subject: journey.plan?.subject ?? input.notice.subject ?? '',
    from: journey.plan?.from ?? input.notice.from ?? '',
    notes: journey.plan?.notes ?? [],
    deliveries: journey.courses.map(viewOf),
  });

  const timeline = (): TimelineEntry[] => {
    if (journey.left === 0) return journey.timeline;
    const text = `${journey.left} later lines are left out; the event history has every attempt`;
    return [...journey.timeline, { at: journey.stamp, event: 'ignored', text }];
  };

  const resume = (): void => {
    const nowMs = Date.now();
    if (journey.heldSinceMs !== undefined) course.discountHeld(journey.courses, nowMs - journey.heldSinceMs);
    delete journey.heldSinceMs;
    course.wake(journey.courses, nowMs);
    course.unpark(journey.courses, nowMs);
  };

  const cancel = (why: string): void => {
    course.cancelOpen(journey.courses);
    journey.closed = true;
    note('cancelled', why);
  };

  setHandler(stateQuery, state);
  setHandler(timelineQuery, timeline);
  setHandler(holdSignal, () => {
    journey.heldSinceMs ??= Date.now();
    course.holdBack(journey.courses);
    note('held', 'a person holds this mail');
  });
  setHandler(releaseSignal, () => {
    resume();
    note('released', 'a person let this mail go on; what was waiting is tried now');
  });
  setHandler(cancelSignal, () => cancel('a person ended what had not been delivered'));
  setHandler(resendSignal, (request) => {
    const order = readResend(request);
    if (typeof order === 'string') {
      log.warn('a resend was ignored', { because: order });
      note('ignored', `resend: ${order}`);
      return;
    }
    if (order.id !== undefined && journey.seen.includes(order.id)) {
      note('ignored', `resend ${order.id} was already asked for`);
      return;
    }
    if (order.id !== undefined) journey.seen = [...journey.seen, order.id].slice(-SEEN_MAX);
    journey.closed = false;
    journey.orders.push(order);
    note('resend', order.text);
  });

  return {
    input,
    journey,
    note,
    status,
    needsAudit,
    hasWork,
    isSettled,
    isHeld,
    cancel,
    resume,
    state,
    /** Resolves at the next change after `since`, which `changes` gave. */
    changed: (since: number) => condition(() => changes !== since),
    changes: () => changes,
    /** Says that something may be due, such as a timer that fired. */
    wakeUp(): void {
      changes += 1;
    },
    /** Recipients whose mailbox server refused them, for the audit. */
    invalidInboxes: (): string[] => invalidInboxes(statusFacts()),
    noteAttempt(one: course.DeliveryCourse, outcome: Outcome): void {
      note('attempt', describeReply(outcome.reply), {
        delivery: one.delivery.id,
        generation: one.generation,
        attempt: one.attempts,
        outcome: outcome.kind,
        ...(outcome.known ? { text: `the ledger had the answer: ${describeReply(outcome.reply)}` } : {}),
        ...(outcome.repeated
          ? { text: `sent once more, an earlier try may have arrived: ${describeReply(outcome.reply)}` }
          : {}),
      });
    },
    /** Milliseconds this mail still stays open for a person; 0 when there is nothing to look at. */
    openForMs(): number {
      const now = status();
      if (now === 'delivered' || now === 'blocked' || journey.closed || journey.plan?.decision === 'leave')
        return 0;
      journey.endedAtMs ??= Date.now();
      return journey.endedAtMs + input.attentionDays * DAY_MS - Date.now();
    },
    /** What the Web UI shows beside the execution. */
    describe(): void {
      const { deliveries, reason } = state();
      const lines = deliveries.slice(0, 20).map((one) => `- ${one.id}: ${one.state} ${one.reply ?? ''}`);
      setCurrentDetails(`**${status()}** ${reason}\n${lines.join('\n')}`);
    },
    summary: (): MailSummary => ({ ...state(), timeline: timeline() }),
  };
}
