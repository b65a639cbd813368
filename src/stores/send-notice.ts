/** From a request that was read to the notice that a send workflow starts with: what it must know, and no texts. */

import type { ContentReference, Notify, SendNotice } from '../mail/send.ts';
import { decideCategory } from '../mail/send-category.ts';
import { recipientsOf, type SendRequest } from './send-request.ts';

/** What is known of a request beside itself. `acceptedAt`: ISO 8601. */
export type SendFacts = {
  id: string;
  account: string;
  content: ContentReference;
  acceptedAt: string;
  /** Mails like it in the last minute, this one included. */
  alikeInLastMinute: number;
  campaign?: string | undefined;
};

const subjectShown = ({ subject, template }: SendRequest): string =>
  subject ?? `(template ${template?.name})`;

/** The notice. Category and its reason are decided here, once. */
export function sendNoticeOf(request: SendRequest, facts: SendFacts): SendNotice {
  const recipients = recipientsOf(request);
  const { category, because } = decideCategory({
    category: request.category,
    recipients: recipients.length,
    headers: request.headers,
    tags: request.tags,
    campaign: facts.campaign,
    alikeInLastMinute: facts.alikeInLastMinute,
  });
  const { priority, deadline, sendAt, expiresAt, notify } = request;
  return {
    id: facts.id,
    account: facts.account,
    content: facts.content,
    from: request.from.address,
    recipients,
    subject: subjectShown(request),
    category,
    categoryBecause: because,
    ...(priority === undefined ? {} : { priority }),
    ...(deadline === undefined ? {} : { deadline }),
    ...(sendAt === undefined ? {} : { sendAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    acceptedAt: facts.acceptedAt,
    tags: request.tags,
    ...(notify === undefined ? {} : { notify: notify satisfies Notify }),
  };
}
