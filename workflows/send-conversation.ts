/** What may be said to a send while it waits: hold, release, cancel, change; and the credits that it is granted. */
import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { cancelOpen, discountHeld, holdBack, wake } from '../src/mail/course.ts';
import { cancelSignal, holdSignal, releaseSignal } from './messages.ts';
import {
  newSendJourney,
  type Sending,
  type SendJourney,
  sendStateOf,
  sendViewOf,
  tell,
} from './send-journey.ts';
import {
  changeUpdate,
  expireSignal,
  fullSignal,
  grantSignal,
  type SendChange,
  type SendInput,
  type SendView,
  sendStateQuery,
} from './send-messages.ts';

/** A budget has a tick each full hour. */
const ASK_AGAIN_MS = 3_600_000;

/** Opens a send, new or carried, and answers messages from the first moment. */
export function openSend(input: SendInput, carried: SendJourney | undefined): Sending {
  const send: Sending = { input, journey: carried ?? newSendJourney(input), changes: 0 };
  const { journey } = send;
  setHandler(sendStateQuery, () => sendViewOf(send));
  setHandler(holdSignal, () => {
    journey.heldSinceMs ??= Date.now();
    holdBack(journey.courses);
    tell(send, 'held', 'a person holds this mail');
  });
  setHandler(releaseSignal, () => {
    if (journey.heldSinceMs !== undefined) discountHeld(journey.courses, Date.now() - journey.heldSinceMs);
    delete journey.heldSinceMs;
    wake(journey.courses, Date.now());
    tell(send, 'released', 'a person let this mail go on');
  });
  setHandler(cancelSignal, () => endSend(send, 'cancelled', 'cancelled before it was sent to all'));
  setHandler(expireSignal, () => endSend(send, 'expired', 'it expired while it waited for credit'));
  setHandler(fullSignal, () => {
    journey.asked = false;
    journey.askAfterMs = Date.now() + ASK_AGAIN_MS;
    tell(send, 'status', 'too many wait in the budget; it is asked again in an hour');
  });
  setHandler(grantSignal, ({ granted }) => takeGrant(send, granted));
  setHandler(changeUpdate, (change) => applyChange(send, change), {
    validator: (change) => checkChange(send, change),
  });
  return send;
}

/** Ends what has not gone out. What is under way still tells its outcome. */
export function endSend(send: Sending, ended: 'cancelled' | 'expired', text: string): void {
  if (send.journey.ended !== undefined) return;
  cancelOpen(send.journey.courses);
  send.journey.ended = ended;
  delete send.journey.heldSinceMs;
  tell(send, 'cancelled', text);
}

/** Lets as many recipients go as there are new credits, in their order. */
function takeGrant(send: Sending, granted: number): void {
  const { journey } = send;
  const fresh = Math.max(0, granted - journey.granted);
  journey.granted += fresh;
  const parked = journey.courses.filter((one) => one.standing === 'parked').slice(0, fresh);
  for (const one of parked) Object.assign(one, { standing: 'pending', sinceMs: Date.now() });
  if (fresh > 0) tell(send, 'status', `${fresh} credits were granted`);
}

/** Refuses, before anything is recorded, what cannot be changed or makes no sense. */
function checkChange({ journey }: Sending, change: SendChange): void {
  const state = sendStateOf(journey);
  const refuse = (text: string): never => {
    throw ApplicationFailure.nonRetryable(text, 'CannotChange');
  };
  if (!['accepted', 'scheduled', 'waiting', 'held'].includes(state))
    refuse(`a mail that is ${state} cannot be changed`);
  const { priority, ...times } = change;
  const isPriority =
    priority === undefined ||
    priority === null ||
    (Number.isInteger(priority) && priority >= 0 && priority <= 255);
  if (!isPriority) refuse('priority must be a whole number from 0 to 255');
  for (const [name, value] of Object.entries(times)) {
    if (!['deadline', 'sendAt', 'expiresAt'].includes(name)) refuse(`${name} cannot be changed`);
    if (value !== null && Number.isNaN(Date.parse(String(value))))
      refuse(`${name} must be a time such as 2026-12-01T09:00:00Z`);
  }
}

function applyChange(send: Sending, change: SendChange): SendView {
  const { journey } = send;
  for (const name of ['priority', 'deadline', 'sendAt', 'expiresAt'] as const) {
    const value = change[name];
    if (value === null) delete journey[name];
    else if (value !== undefined) Object.assign(journey, { [name]: value });
  }
  // The budget learns the new urgency by being asked again: the same request, once more.
  journey.asked = false;
  tell(send, 'status', `changed: ${Object.keys(change).join(', ')}`);
  return sendViewOf(send);
}
