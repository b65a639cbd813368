/**
 * Reads what SES says about a mail that it received: the envelope and the verdicts, which only SES knows (rule 1).
 * Strict where a mistake would misroute a mail (recipients, sender, place), lenient about everything else.
 */
import { type JsonRecord, recordAt, textAt, textsAt } from './json.ts';
import type { Envelope, MailNotice, Verdicts } from './mail.ts';
import { admit, type MailQueue, type RecordReading, receivedAt, unreadable } from './notice-reading.ts';

/** Longest subject or From kept in a notice, in characters: it is for people, and recorded with every start. */
const LABEL_MAX = 500;

/** Whether this is a notification of a received mail (and not, say, of a bounce of one that was sent). */
export const isSesNotification = (json: JsonRecord): boolean =>
  recordAt(json, 'receipt') !== undefined && recordAt(json, 'mail') !== undefined;

/** Reads a notification that `isSesNotification`. */
export function readSesNotification(json: JsonRecord, queue: MailQueue): RecordReading {
  const mail = recordAt(json, 'mail');
  const receipt = recordAt(json, 'receipt');
  const messageId = textAt(mail, 'messageId');
  if (messageId === undefined) return unreadable('SES notification without mail.messageId');
  const envelope = readEnvelope(mail, receipt);
  if (typeof envelope === 'string') return unreadable(envelope);
  const headers = recordAt(mail, 'commonHeaders');
  const destination = textsAt(mail, 'destination');
  const subject = textAt(headers, 'subject')?.slice(0, LABEL_MAX);
  const from = textsAt(headers, 'from')?.join(', ').slice(0, LABEL_MAX);
  const notice: MailNotice = {
    source: 'ses',
    domain: queue.domain,
    ...storedAt(receipt, messageId, queue),
    messageId,
    receivedAt: receivedAt(textAt(mail, 'timestamp') ?? textAt(receipt, 'timestamp'), queue),
    envelope,
    ...(destination && { destination }),
    verdicts: readVerdicts(receipt),
    ...(subject && { subject }),
    ...(from && { from }),
  };
  return admit(notice, queue);
}

/** Bucket and key as the receipt rule's S3 action names them, else where SES puts it by the names of this deployment. */
function storedAt(receipt: JsonRecord | undefined, messageId: string, queue: MailQueue) {
  const action = recordAt(receipt, 'action');
  return {
    bucket: textAt(action, 'bucketName') ?? queue.bucketOf(queue.domain),
    key: textAt(action, 'objectKey') ?? messageId,
  };
}

/** The envelope, or the sentence that says why there is none. */
function readEnvelope(mail: JsonRecord | undefined, receipt: JsonRecord | undefined): Envelope | string {
  const recipients = textsAt(receipt, 'recipients');
  if (recipients === undefined) return 'receipt.recipients is no list of addresses';
  const source = mail?.source ?? '';
  if (typeof source !== 'string') return 'mail.source is no address';
  const odd = [source, ...recipients].find((address) => /[<>\x00-\x1f\x7f]/.test(bare(address)));
  if (odd !== undefined) return `${JSON.stringify(odd.slice(0, 80))} in the envelope is no address`;
  return { sender: bare(source), recipients: recipients.map(bare).filter((address) => address !== '') };
}

/** The address without the angle brackets that an SMTP path has; the null sender is the empty string. */
const bare = (path: string): string => path.trim().replace(/^<(.*)>$/s, '$1');

function readVerdicts(receipt: JsonRecord | undefined): Verdicts {
  const status = (name: string) => textAt(recordAt(receipt, name), 'status')?.toUpperCase();
  const found = {
    spam: status('spamVerdict'),
    virus: status('virusVerdict'),
    spf: status('spfVerdict'),
    dkim: status('dkimVerdict'),
    dmarc: status('dmarcVerdict'),
    dmarcPolicy: textAt(receipt, 'dmarcPolicy')?.toUpperCase(),
  };
  return Object.fromEntries(Object.entries(found).filter(([, verdict]) => verdict !== undefined));
}
