/**
 * Trace fields: what Everpost writes on top of each mail it passes on, and how it knows a mail that comes round
 * again (rules 7 to 9). Only signed hops are believed: else anybody could block a mail with a forged one.
 */
import { addressKey } from './address.ts';
import type { HeaderEdit } from './delivery.ts';
import { fieldsNamed, type HeaderBlock } from './header.ts';

/** Field that marks a forward of ours, so that it is known when it returns. */
const HOP = 'X-Everpost-Hop';

/** Passages through our own host from which a mail loops. One or two are a chain of aliases. */
const OWN_PASSAGES_MAX = 5;

/** Hop fields looked at. Our own are on top, and a mail with more is stopped by its `Received` fields. */
const HOPS_READ_MAX = 100;

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const twoDigits = (count: number): string => String(count).padStart(2, '0');

/**
 * An ISO 8601 instant as RFC 5322 §3.3 writes it, with a numeric zone, `offsetMinutes` east of Greenwich.
 * Throws RangeError where `iso` is no date: it comes from the recorded plan, never from a mail.
 */
export function rfc5322Date(iso: string, offsetMinutes = 0): string {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) throw new RangeError(`Expected an ISO 8601 date for a header field, read "${iso}"`);
  const local = new Date(ms + offsetMinutes * 60_000);
  const day = `${DAYS[local.getUTCDay()]}, ${twoDigits(local.getUTCDate())} ${MONTHS[local.getUTCMonth()]}`;
  const time = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(twoDigits).join(':');
  const east = Math.abs(offsetMinutes);
  const zone = `${offsetMinutes < 0 ? '-' : '+'}${twoDigits(Math.floor(east / 60))}${twoDigits(east % 60)}`;
  return `${day} ${local.getUTCFullYear()} ${time} ${zone}`;
}

/** A word of a `Received` field: what would end it, or open a comment, is replaced. */
const word = (text: string): string => text.replace(/[^\u0021-\u007e]|[()<>;,"\\]/g, '_');

/**
 * The one `Received` field of this hop (RFC 5321 §4.4). `recipient` only where the copy has a single one (§7.2);
 * an address beyond ASCII is left out. `date`: ISO 8601.
 */
export function receivedField(hop: {
  host: string;
  id: string;
  recipient?: string;
  date: string;
}): HeaderEdit {
  const plain = hop.recipient !== undefined && /^[\u0021-\u007e]+$/.test(hop.recipient);
  const reader = plain ? ` for <${hop.recipient}>` : '';
  const value = `by ${word(hop.host)} (Everpost) id ${word(hop.id)}${reader}; ${rfc5322Date(hop.date)}`;
  return { edit: 'prepend', name: 'Received', value };
}

/** FNV-1a of a recipient, 8 hex digits: finds the recipient a hop may mean before any signature is computed. */
function recipientTag(recipient: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(addressKey(recipient))) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

const signed = (id: string, recipient: string): string => `hop\n${id}\n${addressKey(recipient)}`;

/** Marks a forward made for `recipient`: mail id, tag of the recipient, HMAC over both by `sign` (hex). */
export function hopField(hop: { id: string; recipient: string; sign: (text: string) => string }): HeaderEdit {
  const id = word(hop.id);
  const mac = hop.sign(signed(id, hop.recipient));
  return { edit: 'prepend', name: HOP, value: `${id}; ${recipientTag(hop.recipient)}; ${mac}` };
}

/** The recipient for whom this very mail was forwarded before, and under which id. */
function returned(
  block: HeaderBlock,
  recipients: string[],
  verify: (text: string, mac: string) => boolean,
): { id: string; recipient: string } | undefined {
  const hops = fieldsNamed(block, HOP).slice(0, HOPS_READ_MAX);
  if (hops.length === 0) return undefined;
  const byTag = new Map(recipients.map((recipient) => [recipientTag(recipient), recipient]));
  for (const hop of hops) {
    const [id = '', tag = '', mac = ''] = hop.slice(0, 1000).split(/;\s*/, 3);
    const recipient = byTag.get(tag);
    if (recipient !== undefined && verify(signed(id, recipient), mac)) return { id, recipient };
  }
  return undefined;
}

/** The host that wrote a `Received` field. Fields of more than 1,000 characters are nobody's. */
const byHost = (received: string): string | undefined =>
  /(?:^|\s)by\s+([^\s;()]+)/i.exec(received.slice(0, 1000))?.[1]?.toLowerCase();

/**
 * Why a mail loops, for people; undefined if it does not. `receivedMax`: number of `Received` fields from which it
 * does. `verify` says whether a hop's HMAC is one of ours, whichever secret made it.
 */
export function findLoop(
  block: HeaderBlock,
  facts: {
    recipients: string[];
    receivedMax: number;
    host: string;
    verify: (text: string, mac: string) => boolean;
  },
): string | undefined {
  const hop = returned(block, facts.recipients, facts.verify);
  if (hop) return `it was forwarded for ${hop.recipient} before, as ${hop.id}, and came back`;
  const received = fieldsNamed(block, 'Received');
  if (received.length >= facts.receivedMax) {
    return `it has ${received.length} Received fields, ${facts.receivedMax} or more are a loop`;
  }
  const host = word(facts.host).toLowerCase();
  const passages = received.filter((field) => byHost(field) === host).length;
  if (passages < OWN_PASSAGES_MAX) return undefined;
  return `it passed ${facts.host} ${passages} times, ${OWN_PASSAGES_MAX} or more are a loop`;
}
