/**
 * What is to happen to a mail, and why. Pure: the same mail, rules and time always give the same plan. Where the
 * answer depends on rules that nobody has looked up yet, it asks for them instead, and is called again.
 */
import { parseAddressList } from './address-list.ts';
import { bounceMessageIds } from './bounce.ts';
import { type Known, type Question, unaskedKeys } from './directory.ts';
import { fieldsNamed, firstField, type HeaderBlock } from './header.ts';
import type { Envelope } from './mail.ts';
import { DELIVERIES_MAX, type Plan } from './plan.ts';
import { planAway } from './plan-away.ts';
import { type Bounce, bounceDelivery, bounceOf } from './plan-bounce.ts';
import { type DeliveryFacts, deliveryTo, destinationsOf } from './plan-deliveries.ts';
import { labelOf, namesOf, notesOf, shortened, summaryOf } from './plan-notes.ts';
import { type ResolvedRecipient, resolveRecipients } from './rule-graph.ts';
import { findLoop } from './trace.ts';

export type PlanFacts = DeliveryFacts & {
  /** Undefined where nothing told the recipients. */
  envelope: Envelope | undefined;
  block: HeaderBlock;
  /** What was fetched of the body. */
  bodyPrefix: Uint8Array;
  known: Known;
  /** Metadata of the stored object, names in lower case. */
  existingMetadata: Record<string, string>;
  /** `Received` fields from which a mail loops. */
  receivedMax: number;
  /** ISO 8601. */
  now: string;
  /** Name of the mail in the ledger. */
  mailName: string;
  /** SHA-256 as hex. */
  digest: (text: string) => string;
  /** Whether one of our secrets made this HMAC. */
  verify: (text: string, mac: string) => boolean;
  /** Encoded words of a header value as text. */
  decodeWords: (value: string) => string;
};

/** From addresses tested against blocked patterns. A field with more belongs to no person. */
const FROM_MAX = 20;
/** Pairs of recipient and destination. More are not even built. */
const PAIRS_MAX = 20_000;
/** Bytes of a plan as JSON: with what is remembered of each delivery it stays below the 2 MB of one piece of history. */
const PLAN_BYTES_MAX = 1_300_000;

/** What is known of a plan before its decision. */
type Draft = Omit<Plan, 'decision' | 'reason'>;

/** The plan, or the question that must be answered first: look it up, `learn` the answer, and call again. */
export function planMail(facts: PlanFacts): Plan | { ask: Question } {
  const draft = draftOf(facts);
  const early = planWithoutRules(facts, draft);
  if (early !== undefined) return early;
  const messageIds = bounceMessageIds(facts.block, facts.bodyPrefix, senderOf(facts));
  const unasked = messageIds.filter((id) => !facts.known.askedMessages.has(id));
  if (unasked.length > 0) return { ask: { keys: recipientKeys(facts, draft), messageIds: unasked } };
  const bounce = bounceOf(messageIds, facts.known);
  return bounce === undefined
    ? planByRules(facts, draft)
    : planByRules(facts, bounceDraft(draft, bounce), bounce);
}

const senderOf = ({ envelope }: PlanFacts): string => envelope?.sender ?? '';

const draftOf = ({ envelope, notice, block, decodeWords }: PlanFacts): Draft => ({
  kind: 'mail',
  recipients: envelope?.recipients ?? [],
  deliveries: [],
  blocked: [],
  subject: labelOf(firstField(block, 'subject') ?? notice.subject, decodeWords),
  from: labelOf(firstField(block, 'from') ?? notice.from, decodeWords),
  notes: [],
});

/** The decisions that need no rule: not ours to touch, nobody to deliver to, going round in circles. */
function planWithoutRules(facts: PlanFacts, draft: Draft): Plan | undefined {
  const { existingMetadata, block, receivedMax, host, verify } = facts;
  if (existingMetadata.processed_at !== undefined && existingMetadata.workflow_id === undefined) {
    const reason = `the worker that Everpost replaced processed it at ${existingMetadata.processed_at}`;
    return { ...draft, decision: 'leave', reason };
  }
  if (draft.recipients.length === 0) {
    return { ...draft, decision: 'hold', reason: 'neither the notice nor the header names a recipient' };
  }
  const loop = findLoop(block, { recipients: draft.recipients, receivedMax, host, verify });
  return loop === undefined ? undefined : { ...draft, decision: 'loop', reason: `5.4.6 mail loop: ${loop}` };
}

/** Keys of the recipients, which share one call with the message that came back, should it be a bounce. */
const recipientKeys = ({ known }: PlanFacts, draft: Draft): string[] => [
  ...new Set(draft.recipients.flatMap((recipient) => unaskedKeys(known, recipient))),
];

/** A bounce is mail for whoever sent what came back. */
const bounceDraft = (draft: Draft, { message, source }: Bounce): Draft => ({
  ...draft,
  kind: 'bounce',
  recipients: [source],
  notes: [`${namesOf(draft.recipients)}: bounce of ${message.messageId}, goes back to ${source}`],
});

function planByRules(facts: PlanFacts, draft: Draft, bounce?: Bounce): Plan | { ask: Question } {
  const { block, domains, known } = facts;
  const { recipients } = draft;
  const sender = senderOf(facts);
  const from = fromAddresses(block);
  const { resolved, missing } = resolveRecipients({ recipients, sender, from, domains, known });
  if (missing.length > 0) return { ask: { keys: missing, messageIds: [] } };
  const blocked = resolved.flatMap((recipient) => recipient.blocked ?? []);
  const notes = shortened([...draft.notes, ...notesOf(resolved), ...known.answer.problems]);
  const ruled = { ...draft, blocked, notes };
  if (blocked.length === resolved.length) {
    return { ...ruled, decision: 'blocked', reason: `${blocked[0]?.sender} is blocked for all recipients` };
  }
  return planTooMany(ruled, resolved) ?? unlessTooLarge(planDeliveries(facts, ruled, resolved, bounce));
}

const fromAddresses = (block: HeaderBlock): string[] =>
  fieldsNamed(block, 'from')
    .flatMap(parseAddressList)
    .slice(0, FROM_MAX)
    .map(({ address }) => address);

/** Held where a forward list has gone wrong: counted before anything of that size is built. */
function planTooMany(draft: Draft, resolved: readonly ResolvedRecipient[]): Plan | undefined {
  const pairs = resolved.reduce((sum, { mailbox, targets }) => sum + Number(mailbox) + targets.length, 0);
  const places = pairs > PAIRS_MAX ? pairs : destinationsOf(resolved, '').length;
  if (places <= DELIVERIES_MAX) return undefined;
  const reason = `${places} deliveries are more than ${DELIVERIES_MAX}: a forward list may have gone wrong`;
  return { ...draft, decision: 'hold', reason };
}

function planDeliveries(
  facts: PlanFacts,
  draft: Draft,
  resolved: readonly ResolvedRecipient[],
  bounce: Bounce | undefined,
): Plan {
  const sender = senderOf(facts);
  const recipients = facts.envelope?.recipients ?? [];
  const deliveries = destinationsOf(resolved, sender).map((destination) =>
    bounce === undefined
      ? deliveryTo({ ...facts, ...destination })
      : bounceDelivery({ ...facts, recipients }, bounce, destination),
  );
  const envelope = { sender, recipients };
  const mayAnswer = bounce === undefined ? resolved : [];
  const away = planAway({ ...facts, envelope, subject: draft.subject }, mayAnswer);
  const all = [...deliveries, ...away.deliveries];
  const reason = summaryOf(all, draft.blocked.length);
  const notes = shortened([...draft.notes, ...away.notes]);
  return { ...draft, decision: 'deliver', reason, deliveries: all, notes };
}

function unlessTooLarge(plan: Plan): Plan {
  const bytes = new TextEncoder().encode(JSON.stringify(plan)).length;
  if (bytes <= PLAN_BYTES_MAX) return plan;
  const reason = `a plan of ${bytes} bytes is more than ${PLAN_BYTES_MAX}: recipients or a rule must be split`;
  return { ...plan, deliveries: [], decision: 'hold', reason };
}
