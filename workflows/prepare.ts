/** First part of a mail's story: fetch what is stored, decide what is to happen, and remember it. */
import { upsertSearchAttributes } from '@temporalio/workflow';
import { cancelOpen, newCourse, recall } from '../src/mail/course.ts';
import type { Plan } from '../src/mail/plan.ts';
import { quickly } from './activities.ts';
import { type MailJourney, note, resume, statusOf } from './journey.ts';
import { mailStatusKey } from './messages.ts';

/** Name of the mail in the ledger. */
const ledgerName = (notice: { bucket: string; key: string }): string => `${notice.bucket}/${notice.key}`;

const withoutMail = (decision: 'fail' | 'blocked', reason: string, recipients: string[]): Plan => ({
  decision,
  reason,
  kind: 'mail',
  recipients,
  deliveries: [],
  blocked: [],
  subject: '',
  from: '',
  notes: [],
});

/** Fetches and plans. What was settled before, by an earlier run or the replaced worker, is taken over. */
export async function preparePlan(mail: MailJourney): Promise<void> {
  const { input, journey } = mail;
  const fetched = await quickly('fetchMime', { notice: input.notice });
  if (fetched.kind === 'mail') {
    journey.mail = fetched.mail;
    if (fetched.envelope !== undefined) journey.envelope = fetched.envelope;
    const { paced, ...plan } = await quickly('planMail', {
      notice: input.notice,
      mail: fetched.mail,
      ...(fetched.envelope === undefined ? {} : { envelope: fetched.envelope }),
      stamp: journey.stamp,
    });
    journey.paced = paced;
    adopt(mail, plan);
  } else {
    const rows = await quickly('recallDeliveries', { mail: ledgerName(input.notice) });
    const wasBlocked = rows.some((row) => row.id === 'blocked');
    const recipients = input.notice.envelope?.recipients ?? [];
    adopt(
      mail,
      wasBlocked
        ? withoutMail('blocked', 'blocked for all recipients earlier, and removed', recipients)
        : withoutMail('fail', fetched.reason, recipients),
    );
  }
  if (input.reopenedAt !== undefined) await takeOver(mail);
}

function adopt(mail: MailJourney, { deliveries, ...plan }: Plan): void {
  mail.journey.plan = plan;
  mail.journey.courses = deliveries.map((delivery) => newCourse(delivery, 0, Date.now()));
  // A mail held by its plan waits like one held by a person: release lets it go.
  if (plan.decision === 'hold') mail.journey.heldSinceMs ??= Date.now();
  // What is left alone is not tagged, but must not be listed as under way for ever.
  if (plan.decision === 'leave') {
    upsertSearchAttributes([{ key: mailStatusKey, value: statusOf(mail.journey) }]);
  }
  // Somebody may have ended it while it was being planned.
  if (mail.journey.closed) cancelOpen(mail.journey.courses);
  note(mail, 'planned', plan.reason);
}

/** A mail that is opened again starts from the ledger: nothing goes out but what a person asks for. */
async function takeOver(mail: MailJourney): Promise<void> {
  const rows = await quickly('recallDeliveries', { mail: ledgerName(mail.input.notice) });
  const known = new Map(rows.map((row) => [row.id, row]));
  for (const one of mail.journey.courses) recall(one, known.get(one.delivery.id));
  const wasReleased = mail.journey.timeline.some((entry) => entry.event === 'released');
  if (wasReleased) resume(mail.journey);
}
