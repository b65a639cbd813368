/**
 * `tellCustomer` and `publishRejected`: how a send ended, told once to whoever asked to know, by signed webhook or by
 * mail; and rejected ones put on the rejected queue as `everpost.rejected/v1`.
 */
import type { SendNotice } from '../src/mail/send.ts';
import { type SendView, sendWorkflowId } from '../workflows/send-messages.ts';
import { callWebhook } from './call-webhook.ts';
import { plainMail } from './plain-mail.ts';
import type { SendActivities } from './send-activities.ts';
import type { SendActivityParts } from './send-parts.ts';

type Told = { notice: SendNotice; view: SendView };

/** What both say: nothing of the mail's content. */
const eventOf = ({ notice, view }: Told) => ({
  id: sendWorkflowId(view.id),
  account: view.account,
  state: view.state,
  reason: view.reason,
  subject: notice.subject,
  tags: notice.tags,
  recipients: view.recipients.map(({ to, state, ...more }) => ({
    to,
    state,
    ...('reason' in more ? { reason: more.reason } : {}),
    ...('reply' in more ? { reply: more.reply } : {}),
  })),
  acceptedAt: notice.acceptedAt,
});

/** Makes the two activities. */
export function createTellCustomer(
  parts: SendActivityParts,
): Pick<SendActivities, 'tellCustomer' | 'publishRejected'> {
  return {
    async tellCustomer(told) {
      const { notify } = told.notice;
      if (notify === undefined) return;
      if ('webhook' in notify) return notifyWebhook(parts, notify.webhook, told);
      const { id, state, reason } = told.view;
      await plainMail(parts, {
        to: notify.address,
        subject: `Your mail ${JSON.stringify(told.notice.subject)}: ${state}`,
        text: `Your mail ${id} ended as ${state}.\n${reason}\n`,
        id: `notify:${id}`,
        date: told.notice.acceptedAt,
      });
    },
    async publishRejected(told) {
      await parts.rejectedQueue.send(JSON.stringify({ schema: 'everpost.rejected/v1', ...eventOf(told) }));
      parts.count.alert('rejected');
    },
  };
}

/**
 * POSTs the event, signed: `Everpost-Signature: v1=<HMAC-SHA256 of id, state and body as hex>`. The same send always
 * has the same `Everpost-Event` id, so that a receiver can tell a repetition. Throws for anything but 2xx.
 */
async function notifyWebhook(parts: SendActivityParts, url: string, told: Told): Promise<void> {
  const body = JSON.stringify({ schema: 'everpost.event/v1', ...eventOf(told) });
  const event = `${sendWorkflowId(told.view.id)}:${told.view.state}`;
  const signature = `v1=${parts.sign(`${event}\n${body}`)}`;
  const headers = {
    'content-type': 'application/json',
    'everpost-event': event,
    'everpost-signature': signature,
  };
  const status = await callWebhook(url, body, headers, { mayBeInner: parts.config.mode === 'development' });
  if (status < 200 || status > 299) {
    throw new Error(`the webhook of send ${told.view.id} answered ${status}; it is tried for a day`);
  }
}
