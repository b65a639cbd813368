/**
 * Whether a sender is blocked. Promise: linear in pattern and text whatever they are, since both come from people;
 * and the null sender is never blocked, since blocking it would lose the bounces of one's own mail.
 */
import { canonicalSender } from './canonical-sender.ts';

/** A pattern and the key (address or `@domain`) under which it stands. */
export type BlockPattern = { rule: string; pattern: string };

/** Which address a pattern met. */
export type BlockedSender = { sender: string; pattern: string; rule: string };

/** Whether the whole text is what the pattern says. `*` is any run of characters; case does not matter. */
export function wildcardMatches(pattern: string, text: string): boolean {
  const [head = '', ...rest] = pattern.toLowerCase().split('*');
  const subject = text.toLowerCase();
  const tail = rest.pop();
  if (tail === undefined) return subject === head;
  if (!subject.startsWith(head) || !subject.endsWith(tail)) return false;
  const end = subject.length - tail.length;
  let position = head.length;
  // The leftmost place of each piece leaves the most room for those after it, so nothing is ever tried twice.
  for (const piece of rest) {
    position = endOfPiece(piece, subject, position, end);
    if (position < 0) return false;
  }
  return position <= end;
}

/** Where the leftmost `piece` within [start, end) ends, or -1 (Knuth, Morris, Pratt: `indexOf` may be quadratic). */
function endOfPiece(piece: string, subject: string, start: number, end: number): number {
  if (piece === '') return start;
  const fallback = borders(piece);
  let matched = 0;
  for (let i = start; i < end; i++) {
    while (matched > 0 && subject[i] !== piece[matched]) matched = fallback[matched - 1]!;
    if (subject[i] === piece[matched]) matched++;
    if (matched === piece.length) return i + 1;
  }
  return -1;
}

/** For each prefix, the length of its longest proper part that both begins and ends it. */
function borders(piece: string): number[] {
  const lengths = [0];
  let matched = 0;
  for (let i = 1; i < piece.length; i++) {
    while (matched > 0 && piece[i] !== piece[matched]) matched = lengths[matched - 1]!;
    if (piece[i] === piece[matched]) matched++;
    lengths.push(matched);
  }
  return lengths;
}

/**
 * The first pattern that meets the envelope sender (as written, or with BATV and SRS undone) or a From address.
 * Undefined where none does, and always for the null sender.
 */
export function blockedBy(mail: {
  sender: string;
  from: string[];
  patterns: BlockPattern[];
}): BlockedSender | undefined {
  if (mail.sender === '') return undefined;
  const senders = [...new Set([mail.sender, canonicalSender(mail.sender), ...mail.from])];
  for (const { rule, pattern } of mail.patterns) {
    const sender = senders.find((address) => address !== '' && wildcardMatches(pattern.trim(), address));
    if (sender !== undefined) return { sender, pattern, rule };
  }
  return undefined;
}
