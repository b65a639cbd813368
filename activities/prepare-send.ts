/**
 * `prepareSend`: renders, leaves out who must get nothing, composes and stores the mail, and says to whom it goes.
 * What is wrong with the request itself is an answer and not an error: it is rejected, with the reason for each.
 */
import { addressKey, isServed } from '../src/mail/address.ts';
import { unsubscribeFields } from '../src/mail/bulk-fields.ts';
import type { Delivery, HeaderEdit } from '../src/mail/delivery.ts';
import type { SendNotice } from '../src/mail/send.ts';
import { signUnsubscribeToken } from '../src/mail/unsubscribe-token.ts';
import { isLimited } from '../src/stores/account-store.ts';
import { ObjectGone } from '../src/stores/mail-store.ts';
import type { StoredRequest } from '../src/stores/send-store.ts';
import { renderTemplate, type TemplateContent } from '../src/stores/template-engine.ts';
import type { Rejection } from '../workflows/send-messages.ts';
import { composeMail } from './compose.ts';
import type { PreparedSend } from './send-activities.ts';
import type { SendActivityParts } from './send-parts.ts';

type Content = { subject: string; text?: string | undefined; html?: string | undefined };

/** Makes `prepareSend`. */
export const createPrepareSend =
  (parts: SendActivityParts) =>
  async ({ notice, stamp }: { notice: SendNotice; stamp: string }): Promise<PreparedSend> => {
    const account = await parts.accounts.find(notice.account);
    const reject = (reason: string): PreparedSend => ({
      kind: 'rejected',
      limited: false,
      rejected: notice.recipients.map((recipient) => ({ recipient, reason })),
    });
    if (account === undefined) return reject(`there is no account ${notice.account}`);
    try {
      const request = await parts.sends.get(notice.content);
      const content = await contentOf(parts, notice, request);
      if (typeof content === 'string') return reject(content);
      const rejected = await suppressed(parts, notice);
      const open = notice.recipients.filter(
        (recipient) => !rejected.some((one) => one.recipient === recipient),
      );
      if (open.length === 0) return { kind: 'rejected', limited: false, rejected };
      const composed = await compose(parts, notice, stamp, request, content);
      const deliveries = open.map((recipient) => deliveryTo(parts, notice, recipient));
      parts.count.payload(templateOf(request)?.name, notice.priority);
      // A pause holds the mails of an account that has no limits, too.
      const limited = account.paused || isLimited(account.limits);
      return { kind: 'ready', ...composed, deliveries, rejected, limited };
    } catch (error) {
      if (error instanceof ObjectGone) return reject(error.message);
      throw error;
    }
  };

type Wanted = { name: string; version?: number | undefined };

const templateOf = ({ template }: StoredRequest): Wanted | undefined =>
  typeof template === 'string' ? { name: template } : template;

/** The rendered texts, or the reason why there are none. */
async function contentOf(
  parts: SendActivityParts,
  notice: SendNotice,
  request: StoredRequest,
): Promise<Content | string> {
  const { params = {}, subject = '', text, html } = request;
  const wanted = templateOf(request);
  if (wanted === undefined) return { subject, text, html };
  const { name, version } = wanted;
  const found = await parts.templates.get({
    account: notice.account,
    name,
    ...(version === undefined ? {} : { version }),
  });
  if (found === undefined) return `there is no template ${wanted.name}`;
  const rendering = renderTemplate(found.content, params);
  if (rendering.kind === 'rendered')
    return { ...rendering.content, subject: subject || rendering.content.subject };
  const { missing, problems } = rendering;
  if (missing.length > 0) return `template ${wanted.name} lacks the parameters ${missing.join(', ')}`;
  return `template ${wanted.name}: ${problems.map((problem) => problem.detail).join('; ')}`;
}

/** Recipients outside who are on the suppression list (rule 68). */
async function suppressed(parts: SendActivityParts, notice: SendNotice): Promise<Rejection[]> {
  const addresses = notice.recipients.filter((recipient) => !isServed(recipient, parts.config.domains));
  const found = await parts.suppressions.lookUp({ addresses, account: notice.account, now: new Date() });
  return addresses.flatMap((recipient) => {
    const entry = found[recipient];
    return entry === undefined
      ? []
      : [{ recipient, reason: `suppressed (${entry.reason}, from ${entry.source})` }];
  });
}

async function compose(
  { sends }: SendActivityParts,
  notice: SendNotice,
  stamp: string,
  request: StoredRequest,
  content: TemplateContent | Content,
) {
  const attachments = await Promise.all(
    request.attachments.map(async ({ stored, ...attachment }) => ({
      ...attachment,
      content: await sends.attachment(stored),
    })),
  );
  const { id, account, category } = notice;
  const { bytes, messageId } = await composeMail({
    id,
    account,
    stamp,
    category,
    request,
    ...content,
    attachments,
  });
  return { mail: await sends.putMime(id, bytes), messageId };
}

/** Bulk carries a one-click link of its own for each recipient (rule 64). */
function deliveryTo({ config, sign }: SendActivityParts, notice: SendNotice, to: string): Delivery {
  const claim = { account: notice.account, address: to, source: `send:${notice.id}` };
  const url = `${config.api.publicUrl}/u/${signUnsubscribeToken(claim, sign)}`;
  const fields = notice.category === 'bulk' ? unsubscribeFields(url) : [];
  return {
    id: `send:${addressKey(to)}`,
    kind: 'send',
    route: isServed(to, config.domains) ? 'internal' : 'external',
    from: notice.from,
    to,
    recipients: [to],
    because: notice.categoryBecause,
    edits: fields.map((field): HeaderEdit => ({ edit: 'prepend', ...field })),
  };
}
