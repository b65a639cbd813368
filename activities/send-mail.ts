/**
 * `sendMail`: one attempt at one recipient of an outbound mail. What waited is checked against the suppression list
 * once more, right before it is sent (rule 68); an address that is refused for good is put on that list (rule 56).
 */
import type { DeliveryJob } from '../src/mail/delivery.ts';
import type { Outcome } from '../src/mail/mail.ts';
import { isHardRefusal } from '../src/mail/suppression.ts';
import type { SendActivityParts } from './send-parts.ts';

/** What was composed this recently was checked then. */
const FRESH_MS = 60_000;

/** Makes `sendMail` over the attempt that all deliveries share. */
export const createSendMail =
  (parts: SendActivityParts, attempt: (job: DeliveryJob) => Promise<Outcome>) =>
  async (job: DeliveryJob): Promise<Outcome> => {
    const { delivery, stamp, account = 'default', ledgerName = '' } = job;
    const isOutside = delivery.route === 'external';
    if (isOutside && Date.now() - Date.parse(stamp) > FRESH_MS) {
      const found = await parts.suppressions.lookUp({ addresses: [delivery.to], account, now: new Date() });
      const entry = found[delivery.to];
      if (entry !== undefined) {
        const text = `suppressed since it was accepted (${entry.reason}, from ${entry.source})`;
        return { kind: 'refused', known: true, reply: { code: 550, enhanced: '5.7.1', text, stage: 'rcpt' } };
      }
    }
    const outcome = await attempt(job);
    if (isOutside && isHardRefusal(outcome)) await suppress(parts, job, account, ledgerName);
    return outcome;
  };

/** The list is a help, not a duty: where it cannot be written, the outcome stands all the same. */
async function suppress(
  parts: SendActivityParts,
  job: DeliveryJob,
  account: string,
  source: string,
): Promise<void> {
  const createdAt = new Date().toISOString();
  try {
    await parts.suppressions.suppress({
      address: job.delivery.to,
      account,
      reason: 'hard-bounce',
      source,
      createdAt,
    });
  } catch (error) {
    parts.log.warn({ event: 'suppression.unwritten', source, error: String(error) });
  }
}
