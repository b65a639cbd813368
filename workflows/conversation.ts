/** What may be said to a mail workflow and asked of it: the signal and query handlers over its journey. */
import { log, setHandler } from '@temporalio/workflow';
import { holdBack } from '../src/mail/course.ts';
import {
  cancel,
  type Journey,
  type MailJourney,
  newJourney,
  note,
  resume,
  stateOf,
  timelineOf,
} from './journey.ts';
import {
  cancelSignal,
  holdSignal,
  type MailInput,
  releaseSignal,
  resendSignal,
  stateQuery,
  timelineQuery,
} from './messages.ts';
import { readResend } from './resend-request.ts';

/** Resend ids remembered. */
const SEEN_MAX = 200;

/** Opens a journey, new or carried, and answers signals and queries over it from the first moment. */
export function openJourney(input: MailInput, carried: Journey | undefined): MailJourney {
  const mail: MailJourney = { input, journey: carried ?? newJourney(input), changes: 0 };
  const { journey } = mail;
  setHandler(stateQuery, () => stateOf(mail));
  setHandler(timelineQuery, () => timelineOf(journey));
  setHandler(holdSignal, () => {
    journey.heldSinceMs ??= Date.now();
    holdBack(journey.courses);
    note(mail, 'held', 'a person holds this mail');
  });
  setHandler(releaseSignal, () => {
    resume(journey);
    note(mail, 'released', 'a person let this mail go on; what was waiting is tried now');
  });
  setHandler(cancelSignal, () => cancel(mail, 'a person ended what had not been delivered'));
  setHandler(resendSignal, (request) => takeResend(mail, request));
  return mail;
}

/** Remembers what a resend asks for; what makes no sense or came before is told and ignored. */
function takeResend(mail: MailJourney, request: unknown): void {
  const { journey } = mail;
  const order = readResend(request);
  if (typeof order === 'string') {
    log.warn('a resend was ignored', { because: order });
    note(mail, 'ignored', `resend: ${order}`);
  } else if (order.id !== undefined && journey.seen.includes(order.id)) {
    note(mail, 'ignored', `resend ${order.id} was already asked for`);
  } else {
    if (order.id !== undefined) journey.seen = [...journey.seen, order.id].slice(-SEEN_MAX);
    journey.closed = false;
    journey.orders.push(order);
    note(mail, 'resend', order.text);
  }
}
