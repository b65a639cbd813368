/**
 * Reads what came with a resend signal. People type it into the Web UI and command lines, so anything may come;
 * what cannot be understood is told, never guessed.
 */

export type ResendOrder = { id?: string; recipients?: string[]; to: string[]; all: boolean; text: string };

const KNOWN = new Set(['id', 'recipients', 'to', 'all']);
/** Longest accepted list: more is a new mail, not a resend. */
const ADDRESSES_MAX = 100;

/** An address that may stand in an SMTP command: one `@` at least, no spaces, brackets or control characters. */
const PLAIN_ADDRESS = /^[^\s<>"@\x00-\x1f\x7f](?:[^\s<>\x00-\x1f\x7f]{0,252})@[^\s<>@\x00-\x1f\x7f]{1,253}$/;

function addresses(value: unknown, name: string): string[] | string {
  const list = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list)) return `${name} must be an address or a list of addresses`;
  if (list.length > ADDRESSES_MAX) return `${name} names more than ${ADDRESSES_MAX} addresses`;
  const at = list.findIndex((entry) => typeof entry !== 'string' || !PLAIN_ADDRESS.test(entry));
  if (at >= 0) return `${name} holds ${JSON.stringify(list[at])?.slice(0, 80)}, which is no mail address`;
  return list as string[];
}

/** The order that a signal's argument means, or the reason why it means none. Nothing given: all not delivered. */
export function readResend(request: unknown): ResendOrder | string {
  if (request === undefined || request === null) return { to: [], all: false, text: 'what is not delivered' };
  if (typeof request !== 'object' || Array.isArray(request))
    return 'the argument must be an object or absent';
  const given = request as Record<string, unknown>;
  const stranger = Object.keys(given).find((key) => !KNOWN.has(key));
  if (stranger !== undefined) return `unknown field ${JSON.stringify(stranger.slice(0, 40))}`;
  if (given.id !== undefined && (typeof given.id !== 'string' || given.id === '' || given.id.length > 200)) {
    return 'id must be a string of 1 to 200 characters';
  }
  if (given.all !== undefined && typeof given.all !== 'boolean') return 'all must be true or false';
  const recipients = given.recipients === undefined ? undefined : addresses(given.recipients, 'recipients');
  if (typeof recipients === 'string') return recipients;
  const to = given.to === undefined ? [] : addresses(given.to, 'to');
  if (typeof to === 'string') return to;
  const all = given.all === true;
  const asked = [
    ...(recipients ? [`recipients ${recipients.join(', ')}`] : []),
    ...(to.length > 0 ? [`to ${to.join(', ')}`] : []),
    ...(all ? ['all deliveries'] : []),
  ];
  return {
    ...(given.id === undefined ? {} : { id: given.id as string }),
    ...(recipients && recipients.length > 0 ? { recipients } : {}),
    to,
    all,
    text: asked.length > 0 ? asked.join('; ') : 'what is not delivered',
  };
}
