/**
 * What the workflow of an outbound mail remembers, as plain JSON, and what can be read off it: its state, whether
 * it may go now, and the view that the customer sees.
 */
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import * as course from '../src/mail/course.ts';
import type { MailReference, Outcome } from '../src/mail/mail.ts';
import { describeReply } from '../src/mail/outcome.ts';
import type { SendState } from '../src/mail/send.ts';
import { viewOf } from './journey.ts';
import { mailStatusKey, type TimelineEntry } from './messages.ts';
import type { Rejection, SendInput, SendView } from './send-messages.ts';

const TIMELINE_MAX = 500;

/** Everything that a send must remember. Arrays and records only. */
export type SendJourney = {
  /** ISO 8601; the Date of the mail. */
  stamp: string;
  /** The composed mail, once it is. */
  mail?: MailReference;
  messageId?: string;
  rejected: Rejection[];
  /** Parked until it is their turn. */
  courses: course.DeliveryCourse[];
  /** What was given at acceptance and may be changed while it waits. */
  priority?: number;
  deadline?: string;
  sendAt?: string;
  expiresAt?: string;
  heldSinceMs?: number;
  ended?: 'cancelled' | 'expired';
  /** Whether the account has a budget: then deliveries wait for credits. */
  limited: boolean;
  asked: boolean;
  /** The budget was full: not before then it is asked again. */
  askAfterMs?: number;
  granted: number;
  timeline: TimelineEntry[];
  shown?: SendState;
};

/** A send under way: what it was started with, what it remembers, how often something changed in this run. */
export type Sending = { readonly input: SendInput; readonly journey: SendJourney; changes: number };

/** The journey of a send that was just accepted. */
export function newSendJourney({ notice }: SendInput): SendJourney {
  const { priority, deadline, sendAt, expiresAt } = notice;
  return {
    stamp: workflowInfo().startTime.toISOString(),
    rejected: [],
    courses: [],
    ...(priority === undefined ? {} : { priority }),
    ...(deadline === undefined ? {} : { deadline }),
    ...(sendAt === undefined ? {} : { sendAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    limited: false,
    asked: false,
    granted: 0,
    timeline: [],
  };
}

/** Writes one line of the story, and thereby wakes whoever waits for a change. */
export function tell(
  send: Sending,
  event: TimelineEntry['event'],
  text: string,
  more: Partial<TimelineEntry> = {},
): void {
  send.changes += 1;
  const { timeline } = send.journey;
  if (timeline.length < TIMELINE_MAX)
    timeline.push({ at: new Date(Date.now()).toISOString(), event, text, ...more });
}

/** One line for an attempt that has ended. */
export function tellAttempt(send: Sending, one: course.DeliveryCourse, outcome: Outcome): void {
  const said = describeReply(outcome.reply);
  tell(
    send,
    'attempt',
    outcome.repeated ? `sent once more, an earlier try may have arrived: ${said}` : said,
    {
      delivery: one.delivery.id,
      attempt: one.attempts,
      outcome: outcome.kind,
    },
  );
}

/** Milliseconds until it may go; 0 or less: now. */
export const startsInMs = ({ sendAt }: SendJourney): number =>
  sendAt === undefined ? 0 : Date.parse(sendAt) - Date.now();

/** Whether a person keeps it waiting. */
export const isSendHeld = ({ heldSinceMs }: SendJourney): boolean => heldSinceMs !== undefined;

/** Whether nothing is left to wait for. */
export const isOver = ({ courses, ended }: SendJourney): boolean =>
  ended !== undefined || !courses.some(course.isWaiting);

/** The word for where it stands (design §5). */
export function sendStateOf(journey: SendJourney): SendState {
  const { courses, rejected, mail, ended } = journey;
  if (mail === undefined && rejected.length > 0) return 'rejected';
  const delivered = courses.filter((one) => one.standing === 'delivered').length;
  const begun = courses.some(
    (one) => one.standing === 'trying' || one.standing === 'deferred' || one.standing === 'pending',
  );
  if (begun && !isSendHeld(journey)) return 'sending';
  if (isOver(journey) && (mail !== undefined || ended !== undefined)) {
    if (delivered > 0) return delivered === courses.length && rejected.length === 0 ? 'sent' : 'partial';
    return ended ?? 'failed';
  }
  if (isSendHeld(journey)) return 'held';
  if (mail === undefined) return 'accepted';
  return startsInMs(journey) > 0 ? 'scheduled' : 'waiting';
}

/** What the query `state` answers. */
export function sendViewOf({ input: { notice }, journey }: Sending): SendView {
  const { id, account, category, categoryBecause, acceptedAt } = notice;
  const { sendAt, expiresAt, deadline, messageId, rejected, courses, limited, granted } = journey;
  const refused = rejected.map(({ recipient, reason }) => ({
    recipient,
    reason,
    state: 'rejected' as const,
    to: recipient,
  }));
  return {
    id,
    account,
    state: sendStateOf(journey),
    reason: reasonOf(journey),
    category,
    categoryBecause,
    priority: journey.priority ?? 0,
    acceptedAt,
    ...(sendAt === undefined ? {} : { sendAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(deadline === undefined ? {} : { deadline }),
    ...(messageId === undefined ? {} : { messageId }),
    recipients: [...courses.map(viewOf), ...refused],
    ...(limited ? { granted } : {}),
    timeline: journey.timeline,
  };
}

function reasonOf(journey: SendJourney): string {
  if (journey.rejected.length > 0)
    return journey.rejected.map(({ recipient, reason }) => `${recipient}: ${reason}`).join('; ');
  const refused = journey.courses.find((one) => one.standing === 'refused' || one.standing === 'expired');
  return refused?.reply ?? journey.timeline.at(-1)?.text ?? 'accepted';
}

/** Shows the state where lists and the Web UI look for it, where it changed. */
export function showSendState(send: Sending): void {
  const state = sendStateOf(send.journey);
  if (state === send.journey.shown) return;
  send.journey.shown = state;
  send.changes += 1;
  upsertSearchAttributes([{ key: mailStatusKey, value: state }]);
  setCurrentDetails(`**${state}** ${reasonOf(send.journey)}`);
}
