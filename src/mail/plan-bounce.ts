/**
 * Decides where a bounce goes: back to whoever sent the message that came back, as a report from the address that
 * failed. Only a message that stands in the table of sent ones makes a mail a bounce.
 */
import { isServed, parseAddress } from './address.ts';
import { parseAddressList } from './address-list.ts';
import { bounceEdits } from './bounce.ts';
import type { Delivery } from './delivery.ts';
import type { Known } from './directory.ts';
import { firstField, type HeaderBlock } from './header.ts';
import { type DeliveryFacts, type Destination, deliveryTo } from './plan-deliveries.ts';
import type { OutboundMessage } from './rule.ts';

/** The sent message that a mail is a bounce of, and the address that it goes back to. */
export type Bounce = { message: OutboundMessage; source: string };

/** The first of the ids that was found, provided that it names an address to return to. */
export function bounceOf(messageIds: readonly string[], { answer }: Known): Bounce | undefined {
  const id = messageIds.find((candidate) => Object.hasOwn(answer.messages, candidate));
  const message = id === undefined ? undefined : answer.messages[id];
  const source = parseAddressList(message?.originalSource ?? '')[0]?.address ?? '';
  return message === undefined || parseAddress(source) === undefined ? undefined : { message, source };
}

/**
 * The delivery of a bounce. Inside, it comes from the address that failed. To the outside it comes from the address
 * of ours that it was sent to: a foreign From would not pass DMARC there, and what failed may be a target that
 * nobody outside is to see (rule 53).
 */
export function bounceDelivery(
  facts: DeliveryFacts & { block: HeaderBlock; recipients: readonly string[] },
  bounce: Bounce,
  destination: Destination,
): Delivery {
  const inside = isServed(destination.to, facts.domains);
  const failedRecipients = inside ? bounce.message.bouncedRecipients : facts.recipients.slice(0, 1);
  const originalFrom = firstField(facts.block, 'from');
  const edits = bounceEdits({ failedRecipients, ...(originalFrom === undefined ? {} : { originalFrom }) });
  return deliveryTo({ ...facts, ...destination, kind: 'bounce', edits });
}
