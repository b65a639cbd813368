/**
 * The status of a mail, from where its deliveries stand: one word for people, metadata, metrics and search.
 * Away replies never count, since nobody who wrote or receives mail misses them.
 */
import type { Standing } from './course.ts';
import type { DeliveryKind } from './delivery.ts';
import type { Plan } from './plan.ts';

/**
 * `processing`: some deliveries have not ended. `delivered`: all arrived. `partial`: some did. `bounced`: all were
 * refused. `failed`: it ended for another reason, such as a loop, a cancellation or an unknown outcome.
 */
export type MailStatus = 'processing' | 'delivered' | 'partial' | 'bounced' | 'blocked' | 'held' | 'failed';

export type StatusFacts = {
  decision: Plan['decision'];
  /** A person, or the plan, keeps the mail waiting. */
  held: boolean;
  /** Empty before the plan is known. */
  recipients: string[];
  blocked: { recipient: string }[];
  deliveries: { kind: DeliveryKind; recipients: string[]; standing: Standing }[];
};

const open: readonly Standing[] = ['pending', 'trying', 'deferred'];

/** Deliveries that decide the status: a refused mailbox is no failure where a forward of its recipients arrived. */
function counted(deliveries: StatusFacts['deliveries']): StatusFacts['deliveries'] {
  const forwarded = new Set(
    deliveries
      .filter((one) => one.kind === 'forward' && one.standing === 'delivered')
      .flatMap((one) => one.recipients),
  );
  return deliveries.filter((one) => {
    if (one.kind === 'away' || one.standing === 'skipped') return false;
    const excused = one.kind === 'mailbox' && one.standing === 'refused';
    return !(excused && one.recipients.every((recipient) => forwarded.has(recipient)));
  });
}

function withoutDeliveries({ recipients, blocked }: StatusFacts): MailStatus {
  if (recipients.length === 0) return 'processing';
  const stopped = new Set(blocked.map((block) => block.recipient));
  // Else the rules ask for nothing at all, and nothing is what was done.
  return recipients.every((recipient) => stopped.has(recipient)) ? 'blocked' : 'delivered';
}

/** The status of a mail whose plan and deliveries stand like this. */
export function mailStatus(facts: StatusFacts): MailStatus {
  // A person may have sent it on all the same: then its deliveries decide.
  const isStopped = facts.decision === 'fail' || facts.decision === 'loop';
  if (isStopped && facts.deliveries.length === 0) return 'failed';
  if (facts.decision === 'blocked') return 'blocked';
  // The worker that Everpost replaced had delivered it before.
  if (facts.decision === 'leave') return 'delivered';
  if (facts.held) return 'held';
  if (facts.decision === 'hold' && facts.deliveries.length === 0) return 'held';
  const deliveries = counted(facts.deliveries);
  if (deliveries.length === 0) return withoutDeliveries(facts);
  const all = (standing: Standing): boolean => deliveries.every((one) => one.standing === standing);
  if (deliveries.some((one) => open.includes(one.standing))) return 'processing';
  if (all('delivered')) return 'delivered';
  if (deliveries.some((one) => one.standing === 'delivered')) return 'partial';
  const refused = deliveries.every((one) => one.standing === 'refused' || one.standing === 'expired');
  return refused ? 'bounced' : 'failed';
}

/** Recipients whose own mailbox was refused, each once, for the audit. */
export function invalidInboxes({ deliveries }: Pick<StatusFacts, 'deliveries'>): string[] {
  const refused = deliveries.filter((one) => one.kind === 'mailbox' && one.standing === 'refused');
  return [...new Set(refused.flatMap((one) => one.recipients))];
}
