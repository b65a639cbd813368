/**
 * Turns destinations into deliveries: by which way, from which envelope sender, with which header edits. A
 * destination that several recipients share is delivered once.
 */
import { addressKey, isServed } from './address.ts';
import type { Delivery, DeliveryKind, HeaderEdit, Route } from './delivery.ts';
import type { MailNotice } from './mail.ts';
import type { ResolvedRecipient, Target } from './rule-graph.ts';
import { hopField, receivedField } from './trace.ts';

/** Way and envelope sender, on the way to the outside, of what has the null sender (NULL_SENDER_VIA). */
export type NullSenderVia = { way: 'external' } | { way: 'internal' } | { way: 'address'; address: string };

/** What of a deployment and a mail all its deliveries have in common. */
export type DeliveryFacts = {
  notice: MailNotice;
  domains: readonly string[];
  /** Host name in `Received` fields. */
  host: string;
  /** ISO 8601 date of added fields, the same for all attempts. */
  stamp: string;
  nullSenderVia: NullSenderVia;
  /** HMAC as hex. */
  sign: (text: string) => string;
};

/** One destination. `from` is the envelope sender of the mail; `edits` come on top of the trace fields. */
export type Destination = {
  kind: DeliveryKind;
  from: string;
  to: string;
  recipients: string[];
  because: string;
  edits?: HeaderEdit[];
};

/** Ledger name of a mailbox of ours, however a mail comes to it: it must get each mail once. */
const mailboxId = (to: string): string => `mailbox:${addressKey(to)}`;

/** The delivery to one destination, with its one `Received` field and, where it leaves us, its hop field. */
export function deliveryTo(facts: DeliveryFacts & Destination): Delivery {
  const { kind, to, recipients, because, edits = [], notice, domains, host, stamp } = facts;
  const inside = isServed(to, domains);
  const [recipient] = recipients;
  const readers = kind === 'away' ? [to] : recipients;
  const alone = readers.length === 1 && readers[0] !== undefined ? { recipient: readers[0] } : {};
  const received = receivedField({ host, id: notice.messageId, ...alone, date: stamp });
  const leaves = !inside && recipient !== undefined && kind !== 'away';
  const hop = leaves ? [hopField({ id: notice.messageId, recipient, sign: facts.sign })] : [];
  return {
    id: kind === 'forward' && inside ? mailboxId(to) : `${kind}:${addressKey(to)}`,
    kind,
    ...(inside ? { route: 'internal', from: facts.from } : wayOut(facts)),
    to,
    recipients,
    because,
    edits: [received, ...hop, ...edits],
  };
}

/** The null sender stays null (rule 12), unless the relay for the outside is known to refuse it. */
function wayOut({ from, nullSenderVia }: DeliveryFacts & Destination): { route: Route; from: string } {
  if (from !== '' || nullSenderVia.way === 'external') return { route: 'external', from };
  if (nullSenderVia.way === 'internal') return { route: 'internal', from };
  return { route: 'external', from: nullSenderVia.address };
}

/** The destinations of all recipients, each once, with all the recipients that it serves. */
export function destinationsOf(resolved: readonly ResolvedRecipient[], from: string): Destination[] {
  const destinations = new Map<string, Destination>();
  const add = (kind: DeliveryKind, { to, key, because }: Target, recipient: string): void => {
    const known = destinations.get(key);
    if (known !== undefined) known.recipients.push(recipient);
    else destinations.set(key, { kind, from, to, recipients: [recipient], because });
  };
  // Mailboxes first: what is a recipient's own mailbox is no forward, although somebody else forwards to it.
  for (const { recipient, mailbox } of resolved) {
    const own = { to: recipient, key: addressKey(recipient), because: `mailbox of ${recipient}` };
    if (mailbox) add('mailbox', own, recipient);
  }
  for (const { recipient, targets } of resolved) {
    for (const target of targets) add('forward', target, recipient);
  }
  return [...destinations.values()];
}
