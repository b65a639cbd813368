/**
 * Decides about the away replies of a mail: who is away, who may be answered, and what the answer says. One reply a
 * person, sender and text is the most there can be; the ledger of replies sees to it across mails (rule 39).
 */
import { addressKey } from './address.ts';
import { type Away, awayActive, awaySubject, unreadableBounds } from './autoreply.ts';
import { type ReplyGate, replyGate } from './away-gate.ts';
import { canonicalSender } from './canonical-sender.ts';
import type { AwayReply, Delivery } from './delivery.ts';
import { fieldsNamed, type HeaderBlock } from './header.ts';
import type { Envelope } from './mail.ts';
import { type DeliveryFacts, deliveryTo } from './plan-deliveries.ts';
import type { Rule } from './rule.ts';
import { type ResolvedRecipient, ruleName } from './rule-graph.ts';

export type AwayFacts = DeliveryFacts & {
  envelope: Envelope;
  block: HeaderBlock;
  /** Decoded subject of the mail. */
  subject: string;
  /** ISO 8601. */
  now: string;
  /** Name of the mail, the same whenever it is planned again. */
  mailName: string;
  /** SHA-256 as hex. */
  digest: (text: string) => string;
};

export type AwayPlan = { deliveries: Delivery[]; notes: string[] };

/** Message ids kept in References: the first and the latest, as RFC 5322 §3.6.4 wants a long list cut. */
const REFERENCES_MAX = 20;
const MESSAGE_ID = /<[^<>\s]{1,250}>/g;

/** The away replies to one mail, and a sentence for each person who is away. */
export function planAway(facts: AwayFacts, resolved: readonly ResolvedRecipient[]): AwayPlan {
  const plan: AwayPlan = { deliveries: [], notes: [] };
  const pairs = new Set<string>();
  let gate: ReplyGate | undefined;
  for (const { recipient, rule, blocked } of resolved) {
    if (rule?.away === undefined || blocked !== undefined) continue;
    for (const bound of unreadableBounds(rule.away)) {
      plan.notes.push(`${JSON.stringify(bound)} in ${ruleName(rule)} is no ISO 8601 date and is ignored`);
    }
    if (!awayActive(rule.away, facts.now)) continue;
    gate ??= replyGate({ ...facts, ...gateNotice(facts) });
    const { would, reason, rule: number } = gate(ownAddresses(recipient, rule));
    const by = `${ruleName(rule)}; ${reason} (mail rule ${number})`;
    plan.notes.push(`${recipient} is away: ${would ? 'a reply' : 'no reply'}, by ${by}`);
    const reply = would ? awayReply(facts, recipient, rule, rule.away) : undefined;
    if (reply === undefined || pairs.has(reply.pair)) continue;
    pairs.add(reply.pair);
    plan.deliveries.push(awayDelivery(facts, reply, rule));
  }
  return plan;
}

const gateNotice = ({ notice: { source, verdicts } }: AwayFacts) => ({
  source,
  ...(verdicts && { verdicts }),
});

/** The address written to, and the one that the rule stands under: sub-addresses are the same person. */
const ownAddresses = (recipient: string, rule: Rule): string[] =>
  rule.address.startsWith('@') ? [recipient] : [recipient, rule.address];

function awayReply(facts: AwayFacts, owner: string, rule: Rule, away: Away): AwayReply {
  const { digest, envelope, block, mailName } = facts;
  const person = rule.address.startsWith('@') ? addressKey(owner) : rule.address;
  // The text is part of the pair: who changed it has something new to say (RFC 5230 §4.2).
  const version = digest(`${away.subject ?? ''}\n${away.text}`);
  const pair = digest(`${canonicalSender(envelope.sender)}\n${person}\n${version}`);
  const id = digest(`away\n${mailName}\n${pair}`).slice(0, 32);
  return {
    owner,
    subject: awaySubject(away, facts.subject),
    text: away.text,
    messageId: `<${id}@${owner.slice(owner.lastIndexOf('@') + 1).toLowerCase()}>`,
    ...threadOf(block),
    pair,
    intervalDays: away.intervalDays,
  };
}

/** Fields that keep the reply in the sender's thread (RFC 5322 §3.6.4). */
function threadOf(block: HeaderBlock): Pick<AwayReply, 'inReplyTo' | 'references'> {
  const idsOf = (name: string): string[] => fieldsNamed(block, name).join(' ').match(MESSAGE_ID) ?? [];
  const inReplyTo = idsOf('message-id')[0];
  if (inReplyTo === undefined) return {};
  const before = [idsOf('references'), idsOf('in-reply-to')].find((ids) => ids.length > 0) ?? [];
  const ids = [...before.slice(0, 1), ...before.slice(1).slice(2 - REFERENCES_MAX), inReplyTo];
  return { inReplyTo, references: ids.join(' ') };
}

/** To the envelope sender and nobody else (rule 43), from the null sender (rule 44). Named after the person. */
function awayDelivery(facts: AwayFacts, reply: AwayReply, rule: Rule): Delivery {
  const delivery = deliveryTo({
    ...facts,
    kind: 'away',
    from: '',
    to: facts.envelope.sender,
    recipients: [reply.owner],
    because: `away reply, ${ruleName(rule)}`,
  });
  return { ...delivery, id: `away:${addressKey(reply.owner)}`, reply };
}
