/**
 * Encoded words (RFC 2047): how a header says what ASCII cannot. Decodes what is well formed and leaves the rest as
 * it stands; encodes as UTF-8 in words of at most 75 characters that never split a character.
 */

/** Turns bytes of a named charset into text; undefined where the charset is unknown. Handed in, since it needs ICU. */
export type CharsetDecoder = (charset: string, bytes: Uint8Array) => string | undefined;

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Bytes of one word: 52 base64 characters, 64 in all, so that one fits behind most names (RFC 2047 §2: at most 75). */
const WORD_BYTES_MAX = 39;

/** Spaces inside are not allowed, but common. Every run ends at the next `?`, so this is linear. */
const words = /=\?([^?\s]{1,80})\?([bq])\?([^?]*)\?=(\s+(?==\?[^?\s]{1,80}\?[bq]\?))?/gi;

function bytesOfBase64(text: string): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const char of text) {
    const six = BASE64.indexOf(char);
    if (six < 0) continue;
    held = ((held << 6) | six) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 0xff);
    }
  }
  return Uint8Array.from(bytes);
}

function bytesOfQ(text: string): Uint8Array {
  const spaced = text.replaceAll('_', ' ');
  const bytes: number[] = [];
  for (let at = 0; at < spaced.length; at += 1) {
    const escaped = /^=([0-9a-f]{2})/i.exec(spaced.slice(at, at + 3))?.[1];
    bytes.push(escaped ? Number.parseInt(escaped, 16) : spaced.charCodeAt(at) & 0xff);
    if (escaped) at += 2;
  }
  return Uint8Array.from(bytes);
}

function joined(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * A header value as people read it. Words next to each other lose the space between them, and are decoded together
 * where they share a charset, since some senders split characters. Words of an unknown charset stay as they are.
 */
export function decodeWords(value: string, decode: CharsetDecoder): string {
  const out: string[] = [];
  let pending: { charset: string; bytes: Uint8Array[]; raw: string } | undefined;
  const flush = (): void => {
    if (pending) out.push(decode(pending.charset, joined(pending.bytes)) ?? pending.raw);
    pending = undefined;
  };
  let end = 0;
  for (const match of value.matchAll(words)) {
    const [raw, label = '', encoding = '', text = ''] = match;
    // RFC 2231 §5 lets a language follow the charset.
    const charset = label.toLowerCase().replace(/\*.*$/, '');
    if (match.index > end || charset !== pending?.charset) flush();
    out.push(value.slice(end, match.index));
    pending ??= { charset, bytes: [], raw: '' };
    pending.bytes.push(encoding.toLowerCase() === 'b' ? bytesOfBase64(text) : bytesOfQ(text));
    pending.raw += raw;
    end = match.index + raw.length;
  }
  flush();
  out.push(value.slice(end));
  return out.join('');
}

function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const all = (a << 16) | (b << 8) | c;
    const digits = [all >> 18, (all >> 12) & 63, (all >> 6) & 63, all & 63]
      .map((six) => BASE64[six])
      .join('');
    text += digits.slice(0, Math.min(4, bytes.length - at + 1)).padEnd(4, '=');
  }
  return text;
}

/** Text as UTF-8 encoded words, one in each entry; a header field joins them with folded white space. */
export function encodeWords(text: string): string[] {
  const encoder = new TextEncoder();
  const chunks: Uint8Array[][] = [];
  let size = WORD_BYTES_MAX;
  for (const char of text) {
    const bytes = encoder.encode(char);
    if (size + bytes.length > WORD_BYTES_MAX) {
      chunks.push([]);
      size = 0;
    }
    chunks.at(-1)!.push(bytes);
    size += bytes.length;
  }
  return chunks.map((chunk) => `=?utf-8?B?${base64Of(joined(chunk))}?=`);
}
