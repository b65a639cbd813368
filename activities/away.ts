/**
 * `replyAway`: one reply a sender and interval (rules 39, 45). The claim is atomic, is taken before anything is
 * sent, and is kept after a refusal, so that a mailbox that refuses us is not hammered.
 */
import type { AwayReply, DeliveryJob } from '../src/mail/delivery.ts';
import type { Outcome } from '../src/mail/mail.ts';
import type { MailActivityParts } from './parts.ts';

/** A reply that could not go out for this long would only confuse (rule 45). */
const STALE_MS = 24 * 3_600_000;

const skipped = (text: string): Outcome => ({ kind: 'skipped', reply: { code: 0, text, stage: 'done' } });

/** Makes `replyAway` over the attempt that all deliveries share. */
export const createReplyAway =
  (parts: MailActivityParts, attempt: (job: DeliveryJob) => Promise<Outcome>) =>
  async (job: DeliveryJob): Promise<Outcome> => {
    const { reply } = job.delivery;
    if (reply === undefined) throw new Error(`the delivery ${job.delivery.id} has no away reply to send`);
    const now = new Date();
    // The token is the mail itself: its own later attempts hold the same claim.
    const token = `${job.mail.bucket}/${job.mail.key}`;
    if (now.getTime() - Date.parse(job.stamp) > STALE_MS) {
      await parts.autoReplies.release(reply.pair, { token });
      return skipped('older than a day, so no longer sent (rule 45)');
    }
    if (!(await parts.autoReplies.claim(reply.pair, { token, now, intervalDays: reply.intervalDays }))) {
      return skipped(`this sender had a reply within ${reply.intervalDays} days (rule 39)`);
    }
    const outcome = await attempt(job);
    if (outcome.kind === 'delivered') await confirm(parts, reply, token);
    return outcome;
  };

/** The reply is out: a claim that cannot be confirmed still stands, so nothing is thrown. */
async function confirm(parts: MailActivityParts, reply: AwayReply, token: string): Promise<void> {
  try {
    await parts.autoReplies.confirm(reply.pair, { token, now: new Date() });
  } catch (error) {
    parts.log.warn({ event: 'autoreply.unconfirmed', mail: token, error: String(error) });
  }
}
