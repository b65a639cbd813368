/**
 * Reads the header block of a stored mail by byte offset, so that a change of one field touches no other byte
 * (rules 24, 25). Takes every input, in linear time: CRLF, bare LF and CR, obsolete folding, NUL, 8-bit text,
 * an mbox line on top, no header at all.
 */

/** `start` to `end` are the bytes of the field with its line end. `value` is unfolded and trimmed. */
export type HeaderField = { name: string; key: string; start: number; end: number; value: string };

export type HeaderBlock = {
  fields: HeaderField[];
  /** Where the first field starts: behind an mbox `From ` line, else 0. */
  fieldsStart: number;
  /** Where the body starts: behind the empty line, or at the first line that is no field. */
  bodyStart: number;
  /** Whether the end of the block was in these bytes. */
  complete: boolean;
  /** False where the first line is no field: then all bytes are the body. */
  wellFormed: boolean;
};

const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;
const COLON = 58;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Headers are ASCII or UTF-8 (RFC 6532); what is neither is read as Latin-1, which takes every byte. A replacement
 * character tells them apart: a decoder that throws is so slow that a header of many short fields would tell.
 */
function textOf(bytes: Uint8Array): string {
  const text = utf8.decode(bytes);
  if (!text.includes('\ufffd')) return text;
  const parts: string[] = [];
  // Thousands of arguments at once, since a field can be a megabyte and the stack cannot.
  for (let at = 0; at < bytes.length; at += 8192) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  }
  return parts.join('');
}

/** Offset behind the line end; the length of `bytes` where there is none. A bare CR is sent as CRLF, so it counts. */
function lineEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR) at += 1;
  if (bytes[at] === CR && bytes[at + 1] === LF) return at + 2;
  return Math.min(at + 1, bytes.length);
}

const isBlank = (byte: number | undefined): boolean => byte === SPACE || byte === TAB;
const isLineEnd = (byte: number | undefined): boolean => byte === CR || byte === LF;

/** Offset of the colon of the field that starts here, or what stands here instead. */
function colonAt(bytes: Uint8Array, start: number): number | 'cut' | 'none' {
  let at = start;
  // RFC 5322 §2.2: names are printable ASCII. White space before the colon is obsolete, but read (§4.5).
  while (at < bytes.length && bytes[at]! > SPACE && bytes[at]! < 127 && bytes[at] !== COLON) at += 1;
  const nameEnd = at;
  while (isBlank(bytes[at])) at += 1;
  if (nameEnd === start) return at === bytes.length ? 'cut' : 'none';
  if (bytes[at] === COLON) return at;
  return at === bytes.length ? 'cut' : 'none';
}

/** The field whose colon is known, with all its folded lines. */
function fieldAt(bytes: Uint8Array, start: number, colon: number): HeaderField {
  let end = lineEnd(bytes, colon);
  while (isBlank(bytes[end])) end = lineEnd(bytes, end);
  const name = textOf(bytes.subarray(start, colon)).trimEnd();
  const value = textOf(bytes.subarray(colon + 1, end)).replace(/[\r\n]/g, '');
  return { name, key: name.toLowerCase(), start, end, value: value.trim() };
}

/** The first bytes of an mbox file (RFC 4155), sometimes left in stored mail. */
function mboxLineEnd(bytes: Uint8Array): number {
  return /^>?From /.test(textOf(bytes.subarray(0, 6))) ? lineEnd(bytes, 0) : 0;
}

/** A block without its empty line. Without a single field it is none, and all is the body. */
function unended(
  block: Pick<HeaderBlock, 'fields' | 'fieldsStart' | 'bodyStart'>,
  complete: boolean,
): HeaderBlock {
  if (block.fields.length > 0) return { ...block, complete, wellFormed: true };
  return { fields: [], fieldsStart: 0, bodyStart: 0, complete, wellFormed: false };
}

/**
 * Reads the header block at the start of `bytes`: a whole mail, or as much of its beginning as was fetched. Where
 * `complete` is false and `bytes` is not the whole mail, more has to be fetched: the last field may be cut.
 */
export function readHeaderBlock(bytes: Uint8Array): HeaderBlock {
  const fieldsStart = mboxLineEnd(bytes);
  const fields: HeaderField[] = [];
  for (let at = fieldsStart; at < bytes.length; ) {
    const colon = isLineEnd(bytes[at]) ? 'empty' : colonAt(bytes, at);
    if (colon === 'empty') {
      const bodyStart = lineEnd(bytes, at);
      // A CR as the very last byte may have lost its LF.
      const complete = bytes[bodyStart - 1] === LF || bodyStart < bytes.length;
      return { fields, fieldsStart, bodyStart, complete, wellFormed: true };
    }
    if (typeof colon === 'string') return unended({ fields, fieldsStart, bodyStart: at }, colon === 'none');
    const field = fieldAt(bytes, at, colon);
    fields.push(field);
    at = field.end;
  }
  return unended({ fields, fieldsStart, bodyStart: bytes.length }, false);
}

/** Values of all fields of that name, top first, upper or lower case. */
export function fieldsNamed(block: HeaderBlock, name: string): string[] {
  const key = name.toLowerCase();
  return block.fields.filter((field) => field.key === key).map((field) => field.value);
}

/** Value of the topmost field of that name. */
export const firstField = (block: HeaderBlock, name: string): string | undefined =>
  fieldsNamed(block, name)[0];
