/**
 * How the mail workflow calls its activities: what is quick runs as a local activity and falls back to a patient
 * regular one; what is slow, large, paced or tried before runs on a queue of its own (engine costs, design §6).
 */
import {
  ActivityCancellationType,
  proxyActivities,
  proxyLocalActivities,
  TemporalFailure,
} from '@temporalio/workflow';
import type { MailActivities } from '../activities/activities.ts';
import type { DeliveryJob, DeliveryKind } from '../src/mail/delivery.ts';
import type { Outcome } from '../src/mail/mail.ts';

/** Largest mail whose first attempt may be a local activity. */
export const QUICK_BYTES_MAX = 1024 * 1024;
/** Most deliveries of one mail whose first attempts may be local activities. */
export const QUICK_DELIVERIES_MAX = 10;
/** Mails above this share a queue that takes few at a time. */
const LARGE_BYTES_MIN = 5 * 1024 * 1024;
/** What a quick first attempt may take to reach DATA, before it yields its place as deferred. */
const REACH_DATA_WITHIN_MS = 3_000;

const local = proxyLocalActivities<MailActivities>({
  startToCloseTimeout: '8s',
  retry: { maximumAttempts: 3, initialInterval: '200ms' },
});

const patient = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1 minute' } as const;
/** Some minutes; then the attempt counts as deferred, where people see it and can hold or cancel it. */
const DELIVERY_TRIES = 8;
/** A quarter of an hour; then the mail goes on untagged, and says so. */
const AUDIT_TRIES = 20;

const regular = proxyActivities<MailActivities>({
  startToCloseTimeout: '2 minutes',
  retry: patient,
});

const regularAudit = proxyActivities<MailActivities>({
  startToCloseTimeout: '2 minutes',
  retry: { ...patient, maximumAttempts: AUDIT_TRIES },
});

/** Rule 34's times hold once DATA has begun: ten minutes for the answer to the final dot alone. */
const localDelivery = proxyLocalActivities<MailActivities>({
  startToCloseTimeout: '45 minutes',
  retry: { maximumAttempts: 1 },
});

const regularDelivery = proxyActivities<MailActivities>({
  startToCloseTimeout: '60 minutes',
  heartbeatTimeout: '1 minute',
  retry: { ...patient, maximumAttempts: DELIVERY_TRIES },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

type QuickName = 'fetchMime' | 'planMail' | 'planResend' | 'recallDeliveries' | 'tagAudit';

/** Runs what is quick and idempotent: local first, then patiently wherever a worker has room. */
export async function quickly<N extends QuickName>(
  name: N,
  input: Parameters<MailActivities[N]>[0],
): Promise<Awaited<ReturnType<MailActivities[N]>>> {
  type Call = (input: unknown) => Promise<Awaited<ReturnType<MailActivities[N]>>>;
  try {
    return await (local[name] as Call)(input);
  } catch (error) {
    // A local activity's failure comes bare, a regular one's inside an ActivityFailure.
    if (!(error instanceof TemporalFailure)) throw error;
    return ((name === 'tagAudit' ? regularAudit : regular)[name] as Call)(input);
  }
}

const ACTIVITY_OF: Record<
  Exclude<DeliveryKind, 'send'>,
  'deliverToMailbox' | 'forwardMail' | 'returnBounce' | 'replyAway'
> = {
  mailbox: 'deliverToMailbox',
  forward: 'forwardMail',
  bounce: 'returnBounce',
  away: 'replyAway',
};

/** Where deliveries run: the deployment's queues, and whether the relay for the outside has a rate. */
export type DeliveryQueues = { delivery: string; large: string; relay: string; paced: boolean };

function queueFor(job: DeliveryJob, queues: DeliveryQueues): string {
  if (queues.paced && job.delivery.route === 'external') return queues.relay;
  return job.mail.sizeBytes >= LARGE_BYTES_MIN ? queues.large : queues.delivery;
}

/** Whether a first attempt may run as a local activity. */
export function isQuick(job: DeliveryJob, deliveries: number, queues: DeliveryQueues): boolean {
  const paced = queues.paced && job.delivery.route === 'external';
  return !paced && job.mail.sizeBytes <= QUICK_BYTES_MAX && deliveries <= QUICK_DELIVERIES_MAX;
}

/** No connection was free in time: the relay said nothing, and a patient attempt may wait its turn. */
const isCrowdedOut = ({ kind, reply }: Outcome): boolean =>
  kind === 'deferred' && reply.code === 0 && reply.stage === 'mail';

/** One attempt. Throws only on cancellation: what an SMTP server or network says is an outcome. */
export async function attemptDelivery(
  job: DeliveryJob,
  quick: boolean,
  queues: DeliveryQueues,
): Promise<Outcome> {
  const { kind } = job.delivery;
  if (kind === 'send') throw new Error(`${job.delivery.id} is no delivery of an inbound mail`);
  const name = ACTIVITY_OF[kind];
  if (quick) {
    try {
      const outcome = await localDelivery[name]({ ...job, reachDataWithinMs: REACH_DATA_WITHIN_MS });
      if (!isCrowdedOut(outcome)) return outcome;
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
    }
  }
  const options = { taskQueue: queueFor(job, queues), summary: job.delivery.id };
  return regularDelivery[name].executeWithOptions(options, [job]);
}
