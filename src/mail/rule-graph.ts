/**
 * Where the mail of each recipient ends up. Rules form a graph: a forward to an address of ours leads to that
 * address's rule, and is never mailed to our own servers again (rule 10). Promise: ends on every graph, names every
 * destination once, and loses nothing: where all forwards lead nowhere, the recipient's own mailbox gets the mail.
 */
import { addressKey, isServed, parseAddress, sameMailbox } from './address.ts';
import type { BlockedSender } from './blocklist.ts';
import { blockFor, type Known, ruleFor, unaskedKeys } from './directory.ts';
import type { Block } from './plan.ts';
import type { Rule } from './rule.ts';

/** Rules followed one after the other. The mailbox of the address that would come next gets the mail. */
const DEPTH_MAX = 10;

/** The mailbox of an address of ours, or an address outside; `key` is the form in which it is compared. */
export type Target = { to: string; key: string; because: string };

export type ResolvedRecipient = {
  recipient: string;
  rule?: Rule;
  /** Then there are no destinations. */
  blocked?: Block;
  /** Whether the recipient's own mailbox gets it. */
  mailbox: boolean;
  targets: readonly Target[];
  /** Sentences for people: what was decided, and what was odd. */
  notes: string[];
};

export type RecipientsQuestion = {
  recipients: string[];
  /** Envelope sender. */
  sender: string;
  /** Addresses of the From field, for blocked patterns. */
  from: string[];
  domains: readonly string[];
  known: Known;
};

/** `missing`: keys to ask for; until there are none, `resolved` is not the answer. */
export type Resolution = { resolved: ResolvedRecipient[]; missing: string[] };

/** All that a rule leads to; `keys` are those of its targets. */
type Reach = {
  targets: readonly Target[];
  keys: ReadonlySet<string>;
  blocked: BlockedSender | undefined;
  notes: string[];
};

type Walk = {
  question: RecipientsQuestion;
  missing: Set<string>;
  targets: Map<string, Target>;
  followed: Set<string>;
  /** Rules to follow in the next step. */
  next: Rule[];
  blocked: BlockedSender | undefined;
  notes: string[];
};

/** The name of a rule in sentences for people. */
export const ruleName = (rule: Rule): string => `rule ${rule.address} (version ${rule.version})`;

/** Resolves all recipients of a mail. Recipients that differ in case only are one. */
export function resolveRecipients(question: RecipientsQuestion): Resolution {
  const missing = new Set<string>();
  // Recipients of a whole-domain rule share one walk: thousands of them cost no more than one.
  const reached = new Map<Rule, Reach>();
  const reach = (rule: Rule): Reach => {
    const known = reached.get(rule) ?? reachOf(rule, question, missing);
    reached.set(rule, known);
    return known;
  };
  const recipients = new Map(question.recipients.toReversed().map((text) => [addressKey(text), text]));
  const resolved = [...recipients.values()].toReversed().map((recipient) => {
    for (const key of unaskedKeys(question.known, recipient)) missing.add(key);
    return resolveRecipient(recipient, question, reach);
  });
  return { resolved, missing: [...missing] };
}

function resolveRecipient(
  recipient: string,
  question: RecipientsQuestion,
  reach: (rule: Rule) => Reach,
): ResolvedRecipient {
  const block = blockFor(question.known, recipient, question);
  if (block !== undefined) return blockedRecipient(recipient, block);
  const rule = ruleFor(question.known, recipient);
  if (rule === undefined) {
    return { recipient, mailbox: true, targets: [], notes: [`${recipient} has no rule: mailbox`] };
  }
  const { targets, keys, blocked, notes } = reach(rule);
  const own = addressKey(recipient);
  const namesItself = keys.has(own);
  const others = namesItself ? targets.filter(({ key }) => key !== own) : targets;
  const mailbox = rule.keepCopy || namesItself;
  if (mailbox || others.length > 0) {
    const decision = `${recipient}: ${destinations(mailbox, others)}, by ${ruleName(rule)}`;
    return { recipient, rule, mailbox, targets: others, notes: [decision, ...notes] };
  }
  if (blocked !== undefined) return blockedRecipient(recipient, blocked);
  const decision = `${recipient}: mailbox, since ${ruleName(rule)} leads nowhere else`;
  return { recipient, rule, mailbox: true, targets: [], notes: [decision, ...notes] };
}

function blockedRecipient(recipient: string, block: BlockedSender): ResolvedRecipient {
  const note = `${recipient}: ${block.sender} is blocked by pattern ${block.pattern} of ${block.rule}`;
  return { recipient, blocked: { recipient, ...block }, mailbox: false, targets: [], notes: [note] };
}

function destinations(mailbox: boolean, targets: readonly Target[]): string {
  const forwards = targets.length === 1 ? 'one forward' : `${targets.length} forwards`;
  if (targets.length === 0) return 'mailbox';
  return mailbox ? `mailbox and ${forwards}` : forwards;
}

/** Walks the graph in breadth, so that every rule is followed on its shortest way. */
function reachOf(root: Rule, question: RecipientsQuestion, missing: Set<string>): Reach {
  const walk: Walk = {
    question,
    missing,
    targets: new Map(),
    followed: new Set([root.address]),
    next: [root],
    blocked: undefined,
    notes: [],
  };
  for (let depth = 1; walk.next.length > 0; depth += 1) {
    const level = walk.next;
    walk.next = [];
    for (const rule of level) for (const to of rule.forwards) follow(walk, rule, to, depth);
  }
  const { targets, blocked, notes } = walk;
  return { targets: [...targets.values()], keys: new Set(targets.keys()), blocked, notes };
}

/** What a forward asks for. `ask`: first these keys must be looked up. `rule`: goes on with that rule. */
type Step =
  | { kind: 'skip'; why: string; blocked?: BlockedSender }
  | { kind: 'ask'; keys: string[] }
  | { kind: 'reach' }
  | { kind: 'rule'; next: Rule };

function stepOf({ sender, from, domains, known }: RecipientsQuestion, rule: Rule, to: string): Step {
  if (parseAddress(to) === undefined) return { kind: 'skip', why: 'it is no mail address' };
  if (sameMailbox(to, sender)) return { kind: 'skip', why: 'it is the sender of this mail' };
  if (!isServed(to, domains)) return { kind: 'reach' };
  const keys = unaskedKeys(known, to);
  if (keys.length > 0) return { kind: 'ask', keys };
  const blocked = blockFor(known, to, { sender, from });
  if (blocked !== undefined) {
    const why = `${blocked.sender} is blocked by pattern ${blocked.pattern} of ${blocked.rule}`;
    return { kind: 'skip', why, blocked };
  }
  const next = ruleFor(known, to);
  // An address whose own rule names it wants its mailbox filled.
  if (next === undefined || next.address === rule.address) return { kind: 'reach' };
  return { kind: 'rule', next };
}

function follow(walk: Walk, rule: Rule, to: string, depth: number): void {
  const step = stepOf(walk.question, rule, to);
  if (step.kind === 'skip') {
    walk.blocked ??= step.blocked;
    walk.notes.push(`${to} in ${ruleName(rule)} is skipped: ${step.why}`);
  } else if (step.kind === 'ask') {
    for (const key of step.keys) walk.missing.add(key);
  } else if (step.kind === 'reach') {
    reachTarget(walk, rule, to);
  } else {
    followRule(walk, rule, to, step.next, depth);
  }
}

function followRule(walk: Walk, rule: Rule, to: string, next: Rule, depth: number): void {
  const isNew = !walk.followed.has(next.address);
  const tooDeep = isNew && depth >= DEPTH_MAX;
  if (next.keepCopy || tooDeep) reachTarget(walk, rule, to);
  if (tooDeep) walk.notes.push(`${to}: mailbox, since ${ruleName(next)} comes after ${DEPTH_MAX} others`);
  if (!isNew || tooDeep) return;
  walk.followed.add(next.address);
  walk.next.push(next);
}

function reachTarget(walk: Walk, rule: Rule, to: string): void {
  const key = addressKey(to);
  if (!walk.targets.has(key)) walk.targets.set(key, { to, key, because: `forward, ${ruleName(rule)}` });
}
