/** The bill of materials of the mail activities. */
import type { MailActivities } from './activities.ts';
import { createTagAudit } from './audit.ts';
import { createReplyAway } from './away.ts';
import { createAttempt } from './deliver.ts';
import { createFetchMime } from './fetch.ts';
import type { MailActivityParts } from './parts.ts';
import { createPlanMail, createPlanResend } from './plan.ts';
import { createRecallDeliveries } from './recall.ts';

/** Makes all activities of the mail workflow from what they need. */
export function createMailActivities(parts: MailActivityParts): MailActivities {
  const attempt = createAttempt(parts);
  return {
    fetchMime: createFetchMime(parts),
    planMail: createPlanMail(parts),
    planResend: createPlanResend(parts),
    recallDeliveries: createRecallDeliveries(parts),
    tagAudit: createTagAudit(parts),
    deliverToMailbox: attempt,
    forwardMail: attempt,
    returnBounce: attempt,
    replyAway: createReplyAway(parts, attempt),
  };
}
