/**
 * Delivers side by side until nothing more happens by itself: starts what is due, sleeps until the next attempt,
 * follows what people ask for, and keeps audit and search attributes true. One recipient's trouble never delays
 * another's.
 */
import { ActivityFailure, sleep, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import {
  afterAttempt,
  cancelOpen,
  chosenForResend,
  type DeliveryCourse,
  isDue,
  newCourse,
  nextDueInMs,
  resend,
} from '../src/mail/course.ts';
import type { Outcome } from '../src/mail/mail.ts';
import { cutKeyword, cutKeywordList } from '../src/mail/search.ts';
import { attemptDelivery, isQuick, quickly } from './activities.ts';
import type { MailJourney } from './journey.ts';
import {
  mailDomainKey,
  mailFromKey,
  mailKindKey,
  mailStatusKey,
  mailTextKey,
  mailToKey,
  taskQueues,
} from './messages.ts';

/** Deliveries of one mail under way at once (design §4.3). */
const SIDE_BY_SIDE_MAX = 50;

/** Well before the server's own limits: a signal must never find a history that cannot grow. */
export function isLong(): boolean {
  const info = workflowInfo();
  return info.continueAsNewSuggested || info.historyLength > 4_000;
}

/** `ended`: nothing more happens by itself. `too-long`: the history should start anew before going on. */
export async function deliverRound(mail: MailJourney): Promise<'ended' | 'too-long'> {
  const { journey } = mail;
  let underWay = 0;
  let auditing = false;
  let alarmMs = Number.POSITIVE_INFINITY;

  const attempt = async (one: DeliveryCourse): Promise<void> => {
    underWay += 1;
    one.standing = 'trying';
    const outcome = await tryOnce(mail, one);
    afterAttempt(one, outcome, Date.now(), Math.random());
    // A person may have cancelled meanwhile: what was under way still tells its outcome, but is not tried again.
    if (journey.closed) cancelOpen([one]);
    underWay -= 1;
    mail.noteAttempt(one, outcome);
  };
  const audit = async (): Promise<void> => {
    auditing = true;
    await tag(mail);
    auditing = false;
  };
  const setAlarm = (): void => {
    const dueInMs = nextDueInMs(journey.courses, mail.isHeld(), Date.now());
    if (dueInMs === undefined || Date.now() + dueInMs >= alarmMs) return;
    alarmMs = Date.now() + dueInMs;
    void sleep(dueInMs).then(() => {
      alarmMs = Number.POSITIVE_INFINITY;
      mail.wakeUp();
    });
  };

  for (;;) {
    const seen = mail.changes();
    const isFull = isLong();
    if (!isFull) await follow(mail);
    if (!isFull) {
      const due = journey.courses.filter((one) => isDue(one, mail.isHeld(), Date.now()));
      for (const one of due.slice(0, SIDE_BY_SIDE_MAX - underWay)) void attempt(one);
    }
    if (mail.needsAudit() && !auditing && !isFull) void audit();
    if (underWay === 0 && !auditing) {
      if (isFull) return 'too-long';
      if (!mail.hasWork()) return 'ended';
    }
    setAlarm();
    await mail.changed(seen);
  }
}

async function tryOnce(mail: MailJourney, one: DeliveryCourse): Promise<Outcome> {
  const { journey } = mail;
  const queues = { ...taskQueues(workflowInfo().taskQueue), paced: journey.paced };
  const job = {
    mail: journey.mail!,
    delivery: one.delivery,
    generation: one.generation,
    stamp: journey.stamp,
  };
  const quick = one.attempts === 0 && one.generation === 0 && isQuick(job, journey.courses.length, queues);
  try {
    return await attemptDelivery(job, quick, queues);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const text = error.cause?.message ?? error.message;
    return { kind: 'deferred', reply: { code: 0, text, stage: 'connect' }, alert: text };
  }
}

/** Carries out the resends that people asked for. */
async function follow(mail: MailJourney): Promise<void> {
  const { journey } = mail;
  for (let order = journey.orders.shift(); order !== undefined; order = journey.orders.shift()) {
    const chosen =
      order.to.length > 0 && order.recipients === undefined && !order.all
        ? []
        : chosenForResend(journey.courses, order);
    if (order.to.length > 0 && journey.mail !== undefined) {
      const extra = await quickly('planResend', {
        notice: mail.input.notice,
        to: order.to,
        stamp: journey.stamp,
        sender: (journey.envelope ?? mail.input.notice.envelope)?.sender ?? '',
      });
      for (const delivery of extra) {
        const known = journey.courses.find((one) => one.delivery.id === delivery.id);
        if (known !== undefined) chosen.push(known);
        else journey.courses.push({ ...newCourse(delivery, ++journey.generation, Date.now()), asked: true });
      }
    }
    const generation = journey.generation + 1;
    const used = chosen.map((one) => resend(one, generation, Date.now()));
    if (used.includes(true)) journey.generation = generation;
    if (chosen.length === 0 && order.to.length === 0)
      mail.note('ignored', `resend: no delivery fits ${order.text}`);
    delete journey.endedAtMs;
    mail.note('status', `${used.filter(Boolean).length} deliveries begin anew`);
  }
}

async function tag(mail: MailJourney): Promise<void> {
  const { journey, input } = mail;
  const status = mail.status();
  const settled = mail.isSettled();
  const { text } = await quickly('tagAudit', {
    notice: input.notice,
    ...(journey.mail === undefined ? {} : { mail: journey.mail }),
    status,
    workflowId: workflowInfo().workflowId,
    invalidInboxes: mail.invalidInboxes(),
    blocked: journey.plan?.blocked ?? [],
    count: settled && !journey.counted,
    remove: status === 'blocked' && journey.shown === undefined,
  });
  if (journey.shown !== status) upsertSearchAttributes(changedAttributes(mail, status));
  journey.shown = status;
  journey.counted ||= settled;
  mail.note('audit', text);
  mail.describe();
}

/** The status; and what the notice did not tell at start, such as an inferred envelope. */
function changedAttributes(mail: MailJourney, status: string) {
  const { journey, input } = mail;
  const plan = journey.plan;
  const more = journey.shown === undefined && plan !== undefined;
  return [
    { key: mailStatusKey, value: status },
    ...(more && plan.kind !== 'mail' ? [{ key: mailKindKey, value: plan.kind }] : []),
    ...(more && input.notice.envelope === undefined
      ? [
          { key: mailDomainKey, value: input.notice.domain },
          { key: mailFromKey, value: cutKeyword(journey.envelope?.sender ?? '') },
          { key: mailToKey, value: cutKeywordList(plan.recipients) },
          {
            key: mailTextKey,
            value: `${plan.subject} ${plan.from} ${plan.recipients.slice(0, 20).join(' ')}`,
          },
        ]
      : []),
  ];
}
