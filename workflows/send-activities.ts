/**
 * How the send workflow calls its activities. Each category delivers on a queue of its own, fairly among accounts,
 * so that a million bulk mails do not delay a password reset.
 */
import {
  ActivityCancellationType,
  proxyActivities,
  proxyLocalActivities,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { SendActivities } from '../activities/send-activities.ts';
import type { DeliveryJob } from '../src/mail/delivery.ts';
import type { Outcome } from '../src/mail/mail.ts';
import type { SendNotice } from '../src/mail/send.ts';
import { taskQueues } from './messages.ts';

const patient = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1 minute' } as const;
const local = proxyLocalActivities<SendActivities>({
  startToCloseTimeout: '8s',
  retry: { maximumAttempts: 3, initialInterval: '200ms' },
});
const regular = proxyActivities<SendActivities>({ startToCloseTimeout: '2 minutes', retry: patient });
/** A customer's webhook is tried for a day; then only lists and queries tell how it ended. */
const toCustomer = proxyActivities<SendActivities>({
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '1 day',
  retry: { initialInterval: '5s', backoffCoefficient: 3, maximumInterval: '2 hours' },
});
const localDelivery = proxyLocalActivities<SendActivities>({
  startToCloseTimeout: '45 minutes',
  retry: { maximumAttempts: 1 },
});
const regularDelivery = proxyActivities<SendActivities>({
  startToCloseTimeout: '60 minutes',
  heartbeatTimeout: '1 minute',
  retry: patient,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

/** What a quick first attempt may take to reach DATA, before it yields its place as deferred. */
const REACH_DATA_WITHIN_MS = 3_000;
const QUICK_BYTES_MAX = 1024 * 1024;
/** Longest fairness key that the server takes, in bytes. */
const FAIRNESS_KEY_MAX = 60;

type QuickName = 'prepareSend' | 'askCredits' | 'withdrawCredits' | 'settleCredits' | 'publishRejected';

/** Runs what is quick and idempotent as a local activity, then patiently. */
export async function outbound<N extends QuickName>(
  name: N,
  input: Parameters<SendActivities[N]>[0],
): Promise<Awaited<ReturnType<SendActivities[N]>>> {
  type Call = (input: unknown) => Promise<Awaited<ReturnType<SendActivities[N]>>>;
  try {
    return await (local[name] as Call)(input);
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    return (regular[name] as Call)(input);
  }
}

/** Tells the customer. False where they could not be reached within a day. */
export async function tellCustomer(input: Parameters<SendActivities['tellCustomer']>[0]): Promise<boolean> {
  try {
    await toCustomer.tellCustomer(input);
    return true;
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    return false;
  }
}

/** Temporal's five levels from our 256: 1 is served first. */
const priorityKeyOf = (priority: number): number => 5 - Math.min(4, Math.floor(priority / 52));

/** One attempt. A transactional mail to one person may go at once; all else is paced on its queue. */
export async function attemptSend(job: DeliveryJob, isFirst: boolean, notice: SendNotice): Promise<Outcome> {
  const isQuick = isFirst && notice.category === 'transactional' && job.mail.sizeBytes <= QUICK_BYTES_MAX;
  if (isQuick) {
    try {
      return await localDelivery.sendMail({ ...job, reachDataWithinMs: REACH_DATA_WITHIN_MS });
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
    }
  }
  const queues = taskQueues(workflowInfo().taskQueue);
  const priority = {
    priorityKey: priorityKeyOf(notice.priority ?? 0),
    fairnessKey: notice.account.slice(0, FAIRNESS_KEY_MAX),
  };
  const options = { taskQueue: queues[notice.category], summary: job.delivery.to, priority };
  return regularDelivery.sendMail.executeWithOptions(options, [job]);
}
