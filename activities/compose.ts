/**
 * Composes an outbound mail. The same send composes to the same bytes, whenever and however often: Message-ID and
 * boundaries follow from its id, the date from the recorded stamp. Nobody in Bcc is in it (rule 66).
 */
import MailComposer from 'nodemailer/lib/mail-composer';
import type Mail from 'nodemailer/lib/mailer';
import { domainOf } from '../src/mail/address.ts';
import { bulkFields, type Field, unsubscribeFields } from '../src/mail/bulk-fields.ts';
import type { SendCategory } from '../src/mail/send.ts';
import type { StoredRequest } from '../src/stores/send-store.ts';

/** What a mail is composed of; texts are rendered, attachments read. */
export type Composition = {
  id: string;
  account: string;
  /** ISO 8601, recorded when the send was prepared. */
  stamp: string;
  category: SendCategory;
  request: Pick<StoredRequest, 'from' | 'to' | 'cc' | 'replyTo' | 'headers'>;
  subject: string;
  text?: string | undefined;
  html?: string | undefined;
  attachments: {
    filename: string;
    contentType?: string | undefined;
    contentId?: string | undefined;
    content: Uint8Array;
  }[];
  /** Of the one recipient that these bytes are for; for several it is added to each delivery. */
  unsubscribeUrl?: string | undefined;
};

/** The options that its types leave out: where boundaries come from, and CRLF whatever the texts have. */
type Options = Mail.Options & { baseBoundary: string; newline: string };

/** The Message-ID of a send: its id, at the domain that it is from. */
export const messageIdOf = (id: string, from: string): string => `<${id}@${domainOf(from) ?? 'localhost'}>`;

/** Fields beside those of every mail. What the request sets itself stays as it is, each name once. */
function extraFields({ account, category, request, unsubscribeUrl }: Composition): Field[] {
  const asked = Object.entries(request.headers).map(([name, value]) => ({ name, value }));
  const ours =
    category === 'bulk'
      ? [
          ...bulkFields(account, domainOf(request.from.address) ?? 'localhost'),
          ...(unsubscribeUrl === undefined ? [] : unsubscribeFields(unsubscribeUrl)),
        ]
      : // RFC 3834 §5.2: a program wrote it, and nobody's away reply should answer.
        [{ name: 'Auto-Submitted', value: 'auto-generated' }];
  const set = new Set(asked.map(({ name }) => name.toLowerCase()));
  // One-click belongs to the address beside it: a customer's own address keeps its own habits.
  if (set.has('list-unsubscribe')) set.add('list-unsubscribe-post');
  return [...asked, ...ours.filter(({ name }) => !set.has(name.toLowerCase()))];
}

const mailbox = ({ address, name }: StoredRequest['from']): Mail.Address => ({ address, name: name ?? '' });

/** A part of its own kind could not be base64 (RFC 2046 §5.2.1) and would open boundaries of its own. */
const contentTypeOf = (contentType: string | undefined): { contentType?: string } => {
  if (contentType === undefined) return {};
  return {
    contentType: /^(?:message|multipart)\//i.test(contentType) ? 'application/octet-stream' : contentType,
  };
};

/** Line ends of any kind as one kind: a bare CR must not reach a mail (rule 29). */
const linesOf = (text: string): string => text.replace(/\r\n?/g, '\n');

/** Composes the mail; nothing but ASCII comes out, save for addresses beyond it (RFC 6531). */
export async function composeMail(input: Composition): Promise<{ bytes: Buffer; messageId: string }> {
  const { id, stamp, request, subject, text, html } = input;
  const messageId = messageIdOf(id, request.from.address);
  const { to, cc, replyTo } = request;
  const options: Options = {
    from: mailbox(request.from),
    // A mail without To is allowed, but some receivers take it for spam.
    to: to.length > 0 || cc.length > 0 ? to.map(mailbox) : 'undisclosed-recipients:;',
    cc: cc.map(mailbox),
    replyTo: replyTo.map(mailbox),
    subject,
    messageId,
    date: new Date(stamp),
    headers: extraFields(input).map(({ name, value }) => ({ key: name, value })),
    attachments: input.attachments.map(({ filename, contentType, contentId, content }) => ({
      filename,
      content: Buffer.from(content),
      ...contentTypeOf(contentType),
      ...(contentId === undefined ? {} : { cid: contentId }),
    })),
    ...(text === undefined ? {} : { text: linesOf(text) }),
    ...(html === undefined ? {} : { html: linesOf(html) }),
    // Nothing in a request may make us read a file or call an address.
    disableFileAccess: true,
    disableUrlAccess: true,
    baseBoundary: id,
    newline: 'windows',
  };
  return { bytes: await new MailComposer(options).compile().build(), messageId };
}
