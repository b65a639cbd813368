/**
 * `planMail`: one batched look-up for all recipients, then the pure decision of src/mail. What it returns is
 * recorded, so a later rule, code or ICU change cannot rewrite a mail in flight.
 */
import { isServed } from '../src/mail/address.ts';
import { decodeWords } from '../src/mail/charset.ts';
import type { Delivery } from '../src/mail/delivery.ts';
import { learn, NOTHING_KNOWN } from '../src/mail/directory.ts';
import { readHeaderBlock } from '../src/mail/header.ts';
import type { Envelope, MailNotice, MailReference } from '../src/mail/mail.ts';
import type { Plan } from '../src/mail/plan.ts';
import { deliveryTo } from '../src/mail/plan-deliveries.ts';
import { type PlanFacts, planMail } from '../src/mail/plan-mail.ts';
import type { MailActivityParts } from './parts.ts';

export type PlanInput = { notice: MailNotice; mail: MailReference; envelope?: Envelope; stamp: string };

/** The plan, and whether the relay for the outside has a rate, so that deliveries to it must be paced. */
export type Planned = Plan & { paced: boolean };

export type ResendPlanInput = { notice: MailNotice; to: string[]; sender: string; stamp: string };

/** Look-ups of forward targets that are addresses of ours: each goes one step deeper into the rule graph. */
const LOOK_UPS_MAX = 13;

/** What of a deployment decides plans. */
function setting(parts: MailActivityParts, domain: string) {
  const { config } = parts;
  return {
    domains: config.domains,
    receivedMax: config.receivedMax,
    host: `${config.name}.${domain}`,
    nullSenderVia: config.smtp.nullSenderVia,
    digest: parts.digest,
    sign: parts.sign,
    verify: parts.verify,
    decodeWords,
  };
}

/** Makes `planMail`. */
export const createPlanMail =
  (parts: MailActivityParts) =>
  async ({ notice, mail, envelope, stamp }: PlanInput): Promise<Planned> => {
    const head = await parts.mailStore.head(mail.bucket, mail.key);
    if (head === undefined)
      throw new Error(`${mail.bucket}/${mail.key} went away between fetchMime and planMail`);
    const block = readHeaderBlock(head.prefix);
    const facts: Omit<PlanFacts, 'known'> = {
      ...setting(parts, notice.domain),
      notice,
      envelope: envelope ?? notice.envelope,
      block,
      bodyPrefix: head.prefix.subarray(block.bodyStart),
      stamp,
      now: stamp,
      mailName: `${mail.bucket}/${mail.key}`,
      existingMetadata: head.metadata,
    };
    let known = NOTHING_KNOWN;
    for (let round = 0; round < LOOK_UPS_MAX; round += 1) {
      const step = planMail({ ...facts, known });
      if (!('ask' in step)) {
        for (const problem of known.answer.problems)
          parts.log.warn({ event: 'rule.problem', mail: facts.mailName, problem });
        return { ...step, paced: parts.config.smtp.ratePerSecond !== undefined };
      }
      known = learn(known, step.ask, await parts.ruleStore.lookUp(step.ask));
    }
    throw new Error(`the rules of ${facts.mailName} still ask for more after ${LOOK_UPS_MAX} look-ups`);
  };

/** Deliveries to addresses a person named: inside by the internal port, outside as a forward. */
export const createPlanResend =
  (parts: MailActivityParts) =>
  async ({ notice, to, sender, stamp }: ResendPlanInput): Promise<Delivery[]> =>
    to.map((address) =>
      deliveryTo({
        ...setting(parts, notice.domain),
        notice,
        stamp,
        kind: isServed(address, parts.config.domains) ? 'mailbox' : 'forward',
        from: sender,
        to: address,
        recipients: [address],
        because: 'a person resent it there',
      }),
    );
