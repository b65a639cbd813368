/**
 * Which header fields a customer may set: none that says who sent a mail, whom it is for, how it is built or what
 * it passed (rules 65, 66), and no value that could end its field.
 */

/** Field names, RFC 5322 §2.2: printable ASCII without the colon. */
const NAME = /^[\u0021-\u0039\u003b-\u007e]{1,76}$/;
/** Ours to write, from other members of the request or from nothing. */
const OURS = new Set(
  (
    'from sender to cc bcc reply-to subject date message-id mime-version return-path received return-receipt-to ' +
    'auto-submitted delivered-to envelope-to apparently-to errors-to authentication-results received-spf ' +
    'original-recipient domainkey-signature feedback-id x-original-from x-original-to x-forwarded-to ' +
    'x-auto-response-suppress'
  ).split(' '),
);
const OURS_BY_PREFIX = /^(?:content-|dkim-|arc-|resent-|x-ses-|x-everpost-|x-original-dkim-|x-google-dkim-)/;

/** Controls beside the tab: CR and LF end a field, NUL ends a line for some. Line separators are Unicode's. */
const ENDS_VALUE = /[\u0000-\u0008\u000a-\u001f\u007f\u0085\u2028\u2029]/;

/** Whether a text can stand in a header field without ending it. */
export const isOneLine = (text: string): boolean => !ENDS_VALUE.test(text);

/** Why a customer may not set the field `name`; undefined where he may. */
export function refuseFieldName(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (!NAME.test(name)) return 'is no header field name (printable ASCII without spaces and colons)';
  if (OURS.has(lower) || OURS_BY_PREFIX.test(lower)) return 'may not be set by a request';
  return undefined;
}
