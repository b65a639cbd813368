/** The words of a plan: subject and sender for lists and search, and the sentences that explain it to people. */
import type { Delivery, DeliveryKind } from './delivery.ts';
import type { ResolvedRecipient } from './rule-graph.ts';

/** Characters of subject and From kept for search and for people. */
const LABEL_MAX = 200;
/** Characters of a field that are decoded for a label: encoding makes text longer, not this much. */
const LABEL_RAW_MAX = 4000;
/** Sentences recorded: they are for people, who read no more. */
const NOTES_MAX = 100;
/** Names in one sentence. */
const NAMES_MAX = 3;

const KINDS: DeliveryKind[] = ['mailbox', 'forward', 'bounce', 'away'];

/** A field as people read it: decoded, on one line, cut. */
export function labelOf(value: string | undefined, decodeWords: (value: string) => string): string {
  const text = decodeWords((value ?? '').slice(0, LABEL_RAW_MAX)).replace(/[\x00-\x1f\x7f]+/g, ' ');
  return [...text.trim()].slice(0, LABEL_MAX).join('');
}

/** What was decided for each recipient, same sentences once. Those without a rule, where they are many, share one. */
export function notesOf(resolved: readonly ResolvedRecipient[]): string[] {
  const hasRule = ({ rule, blocked }: ResolvedRecipient): boolean => (rule ?? blocked) !== undefined;
  const told = resolved.length > NOTES_MAX ? resolved.filter(hasRule) : resolved;
  const rest = resolved.length - told.length;
  const notes = told.flatMap((recipient) => recipient.notes);
  return [...new Set(rest === 0 ? notes : [`${rest} recipients have no rule: mailbox`, ...notes])];
}

/** As many sentences as people read, and how many more there were. */
export function shortened(notes: readonly string[]): string[] {
  const rest = notes.length - NOTES_MAX;
  return rest > 0 ? [...notes.slice(0, NOTES_MAX), `and ${rest} more`] : [...notes];
}

/** The first few names of a list. */
export function namesOf(names: readonly string[]): string {
  const rest = names.length - NAMES_MAX;
  return names.slice(0, NAMES_MAX).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** How many deliveries of each kind there are, such as `deliver: 2 mailbox, 1 forward, 1 blocked`. */
export function summaryOf(deliveries: readonly Delivery[], blocked: number): string {
  const counts = KINDS.map((kind) => ({ kind, count: deliveries.filter((one) => one.kind === kind).length }));
  const parts = [...counts, { kind: 'blocked', count: blocked }].filter(({ count }) => count > 0);
  return `deliver: ${parts.map(({ kind, count }) => `${count} ${kind}`).join(', ')}`;
}
