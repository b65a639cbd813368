/**
 * Bounces that come back for mail we sent: recognised, matched with the sent message by the ids in them, and
 * rewritten so that the original sender sees who failed. Recognition is generous, since only an id that stands in
 * `ses-outbound-messages` decides.
 */
import { parseAddressList } from './address-list.ts';
import type { HeaderEdit } from './delivery.ts';
import { fieldsNamed, firstField, type HeaderBlock } from './header.ts';

/** Ids looked up for one bounce: they share one batched call with the rules. */
const IDS_MAX = 20;
/** Longest id in characters; those of SES have 60. */
const ID_MAX = 255;
/** Failed recipients named in the header. */
const FAILED_MAX = 50;

const DAEMON = /^(?:mailer-daemon|postmaster)@/i;
/** Fields of a returned mail, or of the report on it, that name the message. */
const IDS_IN_BODY =
  /^(?:original-envelope-id|original-message-id|x-original-message-id|message-id|x-ses-message-id)[ \t]{0,8}:[ \t]{0,8}(?:\r?\n[ \t]{1,8})?<?([^\s<>]{1,255})(?=[\s>]|$)/gim;

/**
 * Ids under which the message that came back may be known, most telling first: with and without angle brackets,
 * and without the domain that SES appends. None for a mail that does not look like a bounce. `bodyPrefix` is what
 * was fetched of the body; text in it that is encoded is not searched.
 */
export function bounceMessageIds(
  block: HeaderBlock,
  bodyPrefix: Uint8Array,
  envelopeSender: string,
): string[] {
  if (!looksLikeBounce(block, envelopeSender)) return [];
  const body = new TextDecoder('latin1').decode(bodyPrefix);
  const inBody = [...body.matchAll(IDS_IN_BODY)].map((match) => match[1] ?? '');
  const inReplyTo = fieldsNamed(block, 'in-reply-to').flatMap(idsIn);
  const references = fieldsNamed(block, 'references').flatMap(idsIn).toReversed();
  const forms = [...inReplyTo, ...inBody, ...references].flatMap(formsOf);
  return [...new Set(forms)].slice(0, IDS_MAX);
}

function looksLikeBounce(block: HeaderBlock, envelopeSender: string): boolean {
  if (envelopeSender === '') return true;
  if (/^\s*multipart\s*\/\s*report\b/i.test(firstField(block, 'content-type') ?? '')) return true;
  return parseAddressList(firstField(block, 'from') ?? '').some(({ address }) => DAEMON.test(address));
}

/** Message ids of a header field, without angle brackets. */
const idsIn = (value: string): string[] => [...value.matchAll(/[^\s<>,]+/g)].map(([id]) => id);

function formsOf(id: string): string[] {
  if (id.length > ID_MAX) return [];
  const bare = id.replace(/@(?:[a-z0-9-]+\.)*amazonses\.com$/i, '');
  return bare === id ? [id, `<${id}>`] : [bare, id, `<${id}>`];
}

/**
 * Edits that make a bounce come from the failed recipient, its From kept beside it. `originalFrom` is the field as
 * it stood. Without a failed recipient nothing is changed.
 */
export function bounceEdits(bounce: { failedRecipients: string[]; originalFrom?: string }): HeaderEdit[] {
  const { failedRecipients, originalFrom } = bounce;
  const [first] = failedRecipients;
  if (first === undefined) return [];
  const edits: HeaderEdit[] = [{ edit: 'replace', name: 'From', value: first }];
  if (originalFrom !== undefined) {
    edits.push({ edit: 'prepend', name: 'X-Original-From', value: originalFrom });
  }
  if (failedRecipients.length > 1) {
    const named = failedRecipients.slice(0, FAILED_MAX).join(', ');
    edits.push({ edit: 'prepend', name: 'X-Failed-Recipients', value: named });
  }
  return edits;
}
