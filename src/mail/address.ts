/**
 * One mail address as an SMTP path carries it: taken apart, put together, compared and looked up.
 * Domains compare as lower-cased A-labels; the local part keeps its case in output (RFC 5321 §2.4, rule 5).
 */

/** `local` as written, quotes included. `domain` lower-cased, international names as A-labels. */
export type Address = { local: string; domain: string };

/** Octets, RFC 5321 §4.5.3.1.1 to 3. A path of 256 has two angle brackets around the address. */
const LOCAL_BYTES_MAX = 64;
const DOMAIN_BYTES_MAX = 255;
const ADDRESS_BYTES_MAX = 254;

/** Underscores are no host name letters, but mail is sent to such names. */
const hostName = /^(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*$/;
const literal = /^\[[a-z0-9.:-]{1,250}\]$/;
/** What must never reach an SMTP command line: controls, spaces and the specials of RFC 5322 §3.2.3. */
const plainLocal = /^[^\u0000-\u0020\u007f-\u00a0\u2028\u2029()<>[\]:;@\\,"]+$/;
const quotedLocal = /^"(?:[^\u0000-\u001f\u007f"\\]|\\[\u0020-\u007e])*"$/;

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** The A-label form of a domain, or undefined if no host can have that name. */
function domainForm(text: string): string | undefined {
  if (text.length > DOMAIN_BYTES_MAX) return undefined;
  const lower = text.toLowerCase();
  if (hostName.test(lower) || literal.test(lower)) return lower;
  // Nothing else may reach the URL parser, which would take it for a port, a path or an escape.
  if (!/^[a-z0-9._\-\u0080-\uffff]+$/.test(lower) || !URL.canParse(`http://${lower}`)) return undefined;
  const { hostname } = new URL(`http://${lower}`);
  // A numeric last label means that the URL parser took the name for an IPv4 address.
  const usable = hostname.length <= DOMAIN_BYTES_MAX && hostName.test(hostname);
  return usable && !/(?:^|\.)\d+$/.test(hostname) ? hostname : undefined;
}

/**
 * Reads `local@domain`; undefined for everything that is not one deliverable path, the null sender included.
 * Outer white space is ignored; angle brackets and display names are for `parseAddressList`.
 */
export function parseAddress(text: string): Address | undefined {
  const path = text.trim();
  const at = path.lastIndexOf('@');
  if (at < 1 || path.length > ADDRESS_BYTES_MAX) return undefined;
  const local = path.slice(0, at);
  if (bytesOf(local) > LOCAL_BYTES_MAX || !(plainLocal.test(local) || quotedLocal.test(local))) {
    return undefined;
  }
  const domain = domainForm(path.slice(at + 1));
  if (domain === undefined || bytesOf(local) + 1 + domain.length > ADDRESS_BYTES_MAX) return undefined;
  return { local, domain };
}

/** The address as it is written into an envelope. */
export const formatAddress = (address: Address): string => `${address.local}@${address.domain}`;

/**
 * The form in which addresses are compared, stored and named in ids: all lower case, domain as A-labels.
 * What is no address is only trimmed and lower-cased, so that every text has a key.
 */
export function addressKey(text: string): string {
  const address = parseAddress(text);
  return (address ? formatAddress(address) : text.trim()).toLowerCase();
}

/** Keys under which rules and blocked patterns may stand: exact, without `+tag`, `@domain` (rule 5). */
export function lookUpKeys(text: string): string[] {
  const address = parseAddress(text);
  if (!address) return [addressKey(text)];
  const plus = address.local.startsWith('"') ? -1 : address.local.indexOf('+');
  const untagged = plus > 0 ? [`${address.local.slice(0, plus)}@${address.domain}`.toLowerCase()] : [];
  return [formatAddress(address).toLowerCase(), ...untagged, `@${address.domain}`];
}

/** Whether two addresses mean one mailbox, upper or lower case. The null sender is no mailbox. */
export const sameMailbox = (a: string, b: string): boolean =>
  addressKey(a) === addressKey(b) && a.trim() !== '';

/** The domain of an address, also where its local part is longer than SMTP allows (VERP senders often are). */
export function domainOf(text: string): string | undefined {
  const at = text.lastIndexOf('@');
  return at < 0 ? undefined : domainForm(text.slice(at + 1).trim());
}

/** Whether an address belongs to one of the served domains (lower-cased A-labels). */
export function isServed(text: string, domains: readonly string[]): boolean {
  const domain = domainOf(text);
  return domain !== undefined && domains.includes(domain);
}
