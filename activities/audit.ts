/**
 * `tagAudit`: writes what became of a mail into the metadata of its object, counts it once, and removes a mail
 * that was blocked for all its recipients, after the ledger has a row that says so.
 */

import type { MailNotice, MailReference } from '../src/mail/mail.ts';
import { auditMetadata } from '../src/mail/metadata.ts';
import type { Block } from '../src/mail/plan.ts';
import type { MailStatus } from '../src/mail/status.ts';
import type { MailActivityParts } from './parts.ts';

export type AuditInput = {
  notice: MailNotice;
  /** Absent where there is no object. */
  mail?: MailReference;
  status: MailStatus;
  workflowId: string;
  invalidInboxes: string[];
  blocked: Block[];
  /** Whether this is the status after the last delivery: counted once a mail. */
  count: boolean;
  /** Blocked for all: removed once nobody else needs it. */
  remove: boolean;
};

/** One sentence for the timeline. */
export type AuditResult = { text: string };

/** Makes `tagAudit`. */
export const createTagAudit =
  (parts: MailActivityParts) =>
  async (input: AuditInput): Promise<AuditResult> => {
    const text = await audit(parts, input);
    if (input.count) parts.count.mail(input.notice.domain, input.status);
    return { text };
  };

async function audit(parts: MailActivityParts, input: AuditInput): Promise<string> {
  const { mail, status, notice } = input;
  if (mail === undefined) return `${status}; there is no object to tag`;
  const tagged = await parts.mailStore.tag(mail, (existing) =>
    auditMetadata({
      existing,
      status,
      processedAt: new Date().toISOString(),
      processedBy: parts.config.name,
      invalidInboxes: input.invalidInboxes,
      blockedRecipients: input.blocked.map((block) => block.recipient),
      blockedSender: input.blocked[0]?.sender ?? '',
      workflowId: input.workflowId,
    }),
  );
  if (tagged === undefined) return `${status}; the object is gone, so it could not be tagged`;
  if (!input.remove) return `${status}; the object is tagged`;
  return removeBlocked(parts, input, mail, notice);
}

/** Another notice of the same object may still need it (rule 2): then it is only tagged. */
async function removeBlocked(
  parts: MailActivityParts,
  input: AuditInput,
  mail: MailReference,
  notice: MailNotice,
): Promise<string> {
  const name = `${mail.bucket}/${mail.key}`;
  await parts.ledger.blockedRow({
    mail: name,
    now: new Date(),
    workflowId: input.workflowId,
    sender: input.blocked[0]?.sender ?? '',
  });
  const told = new Set(notice.envelope?.recipients.map((recipient) => recipient.toLowerCase()));
  const others = (notice.destination ?? []).filter((recipient) => {
    const domain = recipient.slice(recipient.lastIndexOf('@') + 1).toLowerCase();
    return parts.config.domains.includes(domain) && !told.has(recipient.toLowerCase());
  });
  const rows = await parts.ledger.rows(name);
  if (others.length > 0 || rows.some((row) => row.delivery !== 'blocked')) {
    return 'blocked for all; tagged and kept, since another notice of the same object may need it';
  }
  await parts.mailStore.remove(mail);
  return 'blocked for all; tagged, then removed';
}
