/** Shows the world where a mail stands: object metadata and metric by the audit, search attributes for lists. */
import { TemporalFailure, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { AuditInput } from '../activities/audit.ts';
import { cutKeyword, cutKeywordList, mailText } from '../src/mail/search.ts';
import { quickly } from './activities.ts';
import { describe, isSettled, type MailJourney, note, refusedInboxes, statusOf } from './journey.ts';
import {
  type MailStatus,
  mailFromKey,
  mailKindKey,
  mailStatusKey,
  mailTextKey,
  mailToKey,
} from './messages.ts';

/** Recipients that the text search finds. */
const TEXT_RECIPIENTS_MAX = 20;

/** Tags, counts and lists the mail under the status that it has now. */
export async function showStatus(mail: MailJourney): Promise<void> {
  const { journey, input } = mail;
  const status = statusOf(journey);
  const settled = isSettled(journey);
  const text = await audit({
    notice: input.notice,
    ...(journey.mail === undefined ? {} : { mail: journey.mail }),
    status,
    workflowId: workflowInfo().workflowId,
    invalidInboxes: refusedInboxes(journey),
    blocked: journey.plan?.blocked ?? [],
    count: settled && !journey.counted,
    remove: status === 'blocked' && journey.shown === undefined,
  });
  if (journey.shown !== status) upsertSearchAttributes(changedAttributes(mail, status));
  journey.shown = status;
  journey.counted ||= settled;
  note(mail, 'audit', text);
  describe(mail);
}

/** Tags the object. Where that cannot be done for long, the mail says so and goes on. */
async function audit(input: AuditInput): Promise<string> {
  try {
    return (await quickly('tagAudit', input)).text;
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    return `${input.status}; the object could not be tagged: ${error.cause?.message ?? error.message}`;
  }
}

/** The status; the first time also what the notice did not tell, such as an inferred envelope. */
function changedAttributes({ journey, input }: MailJourney, status: MailStatus) {
  const { plan } = journey;
  const statusNow = { key: mailStatusKey, value: status };
  if (journey.shown !== undefined || plan === undefined) return [statusNow];
  const kind = plan.kind === 'mail' ? [] : [{ key: mailKindKey, value: plan.kind }];
  if (input.notice.envelope !== undefined) return [statusNow, ...kind];
  const people = [plan.from, ...plan.recipients.slice(0, TEXT_RECIPIENTS_MAX)];
  return [
    statusNow,
    ...kind,
    { key: mailFromKey, value: cutKeyword(journey.envelope?.sender ?? '') },
    { key: mailToKey, value: cutKeywordList(plan.recipients) },
    { key: mailTextKey, value: mailText(plan.subject, people) },
  ];
}
