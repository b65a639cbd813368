/** The bill of materials of the activities of outbound mail. */
import { createCreditActivities } from './credits.ts';
import { createAttempt } from './deliver.ts';
import { createPrepareSend } from './prepare-send.ts';
import type { SendActivities } from './send-activities.ts';
import { createSendMail } from './send-mail.ts';
import type { SendActivityParts } from './send-parts.ts';
import { createTellCustomer } from './tell-customer.ts';

/** Makes all activities of sends and budgets from what they need. */
export function createSendActivities(parts: SendActivityParts): SendActivities {
  return {
    prepareSend: createPrepareSend(parts),
    ...createCreditActivities(parts),
    ...createTellCustomer(parts),
    sendMail: createSendMail(parts, createAttempt(parts)),
  };
}
