/**
 * What is known of rules, blocked patterns and sent messages while a mail is planned: what was asked for, and what
 * was found. What was asked for and not found is known to be absent; everything else must be asked for first.
 */
import { lookUpKeys } from './address.ts';
import { type BlockedSender, type BlockPattern, blockedBy } from './blocklist.ts';
import type { DirectoryAnswer, Rule } from './rule.ts';

/** What one batched look-up is to find: rules and blocked patterns by key, sent messages by id. */
export type Question = { keys: string[]; messageIds: string[] };

export type Known = {
  askedKeys: ReadonlySet<string>;
  askedMessages: ReadonlySet<string>;
  answer: DirectoryAnswer;
};

/** Before the first look-up. */
export const NOTHING_KNOWN: Known = {
  askedKeys: new Set(),
  askedMessages: new Set(),
  answer: { rules: {}, blocked: {}, messages: {}, problems: [] },
};

/** What is known once `question` has been answered. */
export const learn = (known: Known, question: Question, answer: DirectoryAnswer): Known => ({
  askedKeys: new Set([...known.askedKeys, ...question.keys]),
  askedMessages: new Set([...known.askedMessages, ...question.messageIds]),
  answer: {
    rules: { ...known.answer.rules, ...answer.rules },
    blocked: { ...known.answer.blocked, ...answer.blocked },
    messages: { ...known.answer.messages, ...answer.messages },
    problems: [...known.answer.problems, ...answer.problems],
  },
});

/** Keys of an address that nobody has asked for yet. */
export const unaskedKeys = (known: Known, address: string): string[] =>
  lookUpKeys(address).filter((key) => !known.askedKeys.has(key));

/** The rule of an address: the first that exists of exact, without `+tag`, `@domain`. */
export function ruleFor({ answer }: Known, address: string): Rule | undefined {
  const key = lookUpKeys(address).find((candidate) => Object.hasOwn(answer.rules, candidate));
  return key === undefined ? undefined : answer.rules[key];
}

/** The pattern that keeps a mail from an address. Patterns of exact, without `+tag` and `@domain` add up. */
export function blockFor(
  { answer }: Known,
  address: string,
  mail: { sender: string; from: string[] },
): BlockedSender | undefined {
  const patterns = lookUpKeys(address).flatMap((rule): BlockPattern[] =>
    Object.hasOwn(answer.blocked, rule)
      ? (answer.blocked[rule] ?? []).map((pattern) => ({ rule, pattern }))
      : [],
  );
  return blockedBy({ ...mail, patterns });
}
