/** Text as quoted-printable UTF-8 (RFC 2045 §6.7): lines of at most 76 characters, ended by CRLF. */

const LINE_MAX = 76;

/** Encodes text whose lines end in CRLF, LF or CR. Characters are split only where their bytes must be. */
export function quotedPrintable(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map(encodedLine)
    .join('\r\n');
}

function encodedLine(line: string): string {
  const bytes = new TextEncoder().encode(line);
  const units = Array.from(bytes, (byte, index) =>
    // Blanks at the end of a line may get lost on the way.
    isPlain(byte) && !(isBlank(byte) && index === bytes.length - 1)
      ? String.fromCharCode(byte)
      : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  );
  const lines: string[] = [];
  let current = '';
  for (const unit of units) {
    // One place stays free for the «=» that says that the line goes on.
    if (current.length + unit.length > LINE_MAX - 1) {
      lines.push(`${current}=`);
      current = '';
    }
    current += unit;
  }
  return [...lines, current].join('\r\n');
}

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x09;
const isPlain = (byte: number): boolean => isBlank(byte) || (byte > 0x20 && byte < 0x7f && byte !== 0x3d);
