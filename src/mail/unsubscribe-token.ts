/**
 * The token of an unsubscribe link: who stops getting what from whom, signed, so that nobody can unsubscribe others.
 * It needs no login and never ends (RFC 8058 §3.1), and holds nothing but hexadecimal digits, so that no mail program
 * and no proxy breaks it.
 */

/** `source`: what the mail was part of, such as `send:…` or `campaign:…`. */
export type Unsubscription = { account: string; address: string; source: string };

export type Sign = (text: string) => string;
export type Verify = (text: string, mac: string) => boolean;

/** Keeps signatures for other purposes from passing here. */
const PURPOSE = 'unsubscribe ';
/** Hexadecimal digits of an HMAC-SHA-256. */
const MAC_DIGITS = 64;
/** An address of 254 octets, an account and a source, two digits an octet; longer ones are none of ours. */
const TOKEN_CHARS_MAX = 2_000;

const hexOf = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, '0')).join('');

const textOf = (hex: string): string =>
  new TextDecoder().decode(Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));

/** Writes the token. `sign`: HMAC-SHA-256 as hex, under the newest secret. */
export function signUnsubscribeToken({ account, address, source }: Unsubscription, sign: Sign): string {
  const claim = hexOf([account, address, source].join('\n'));
  return claim + sign(PURPOSE + claim);
}

/** Reads what `signUnsubscribeToken` wrote; undefined for anything else. `verify`: under any secret that still counts. */
export function readUnsubscribeToken(token: string, verify: Verify): Unsubscription | undefined {
  if (token.length > TOKEN_CHARS_MAX || token.length % 2 !== 0 || !/^[0-9a-f]+$/.test(token))
    return undefined;
  const claim = token.slice(0, -MAC_DIGITS);
  if (claim === '' || !verify(PURPOSE + claim, token.slice(-MAC_DIGITS))) return undefined;
  const [account, address, source, ...more] = textOf(claim).split('\n');
  if (!account || !address || source === undefined || more.length > 0) return undefined;
  return { account, address, source };
}
