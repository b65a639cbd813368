/**
 * Writes one header field: nothing in a value can end it or begin another, text beyond ASCII becomes encoded words,
 * lines are folded at 76 characters where spaces allow it and never longer than 998 octets (RFC 5322 §2.1.1).
 */
import { parseAddressList } from './address-list.ts';
import { encodeWords } from './encoded-word.ts';

/** RFC 2047 §2 wants 76 for lines with encoded words; RFC 5322 would take 78. */
const LINE_CHARS_MAX = 76;
/** RFC 5322 §2.1.1 allows 998 octets; one is the space of a folded line. */
const PIECE_BYTES_MAX = 997;

/** Fields of mailboxes: only names may be encoded there, and quotes must go first (RFC 2047 §5). */
const mailboxFields = /^(?:resent-|x-original-)?(?:from|sender|to|cc|bcc|reply-to)$/i;

const beyondAscii = /[^\u0000-\u007f]/;

/** Encodes the words of free text that need it; what stands between two of them belongs to them. */
function encodedText(text: string): string {
  const parts = text.split(/([ \t]+)/);
  const isPlain = (part: string): boolean => !beyondAscii.test(part);
  const first = parts.findIndex((part) => !isPlain(part));
  const last = parts.findLastIndex((part) => !isPlain(part));
  const middle = encodeWords(parts.slice(first, last + 1).join('')).join(' ');
  return parts.slice(0, first).join('') + middle + parts.slice(last + 1).join('');
}

/** A display name as a phrase (RFC 5322 §3.2.5); one made of encoded words stays as it is. */
function phraseOf(name: string): string {
  if (beyondAscii.test(name)) return encodeWords(name).join(' ');
  if (/^[\w !#$%&'*+/=?^`{|}~-]*$/.test(name)) return name;
  return `"${name.replace(/["\\]/g, '\\$&')}"`;
}

/** Mailboxes with their names encoded; addresses beyond ASCII are UTF-8, for which RFC 6531 has no other form. */
function encodedMailboxes(value: string): string | undefined {
  const list = parseAddressList(value);
  if (list.length === 0) return undefined;
  return list
    .map(({ name, address }) => (name === '' ? address : `${phraseOf(name)} <${address}>`))
    .join(', ');
}

/** Cuts what no space lets fold. This adds a space, which is better than a line that no server takes. */
function* cutLong(piece: string): Generator<string> {
  const encoder = new TextEncoder();
  let part = '';
  let bytes = 0;
  // A unit of UTF-16 is at most three octets.
  if (piece.length * 3 <= PIECE_BYTES_MAX) yield piece;
  else {
    for (const char of piece) {
      const size = encoder.encode(char).length;
      if (bytes + size > PIECE_BYTES_MAX) {
        yield part;
        part = ' ';
        bytes = 1;
      }
      part += char;
      bytes += size;
    }
    yield part;
  }
}

/** Folds before white space that is there, so that unfolding gives the value back (RFC 5322 §2.2.3). */
function folded(name: string, value: string): string {
  const lines = [];
  let line = `${name}:`;
  for (const piece of ` ${value}`.match(/[ \t]+[^ \t]+/g) ?? []) {
    for (const part of cutLong(piece)) {
      if (line.length + part.length > LINE_CHARS_MAX) {
        lines.push(line);
        line = part;
      } else line += part;
    }
  }
  return [...lines, line, ''].join('\r\n');
}

/**
 * A complete header field with its line end, from a plain Unicode value. Controls in the value become spaces; a
 * name keeps only what RFC 5322 §2.2 allows in one, and without any the field is empty text.
 */
export function formatField(name: string, value: string): string {
  const plainName = name.replace(/[^\u0021-\u0039\u003b-\u007e]/g, '').slice(0, LINE_CHARS_MAX);
  if (plainName === '') return '';
  const plain = value
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000a-\u001f\u007f]+/g, ' ')
    // Longer runs could only fold into lines of nothing but spaces, which some take for the end of the header.
    .replace(/[ \t]{60,}/g, ' ')
    .trim();
  if (!beyondAscii.test(plain)) return folded(plainName, plain);
  const mailboxes = mailboxFields.test(plainName) ? encodedMailboxes(plain) : undefined;
  return folded(plainName, mailboxes ?? encodedText(plain));
}
