/**
 * A delivery: one destination of one mail, with everything that the bytes sent there depend on, so that every
 * attempt sends the same ones. Plain JSON; recorded in the plan.
 */
import type { MailReference } from './mail.ts';

/** `send`: one recipient of an outbound mail. */
export type DeliveryKind = 'mailbox' | 'forward' | 'bounce' | 'away' | 'send';

/** `internal`: recipients in served domains, by INTERNAL_SMTP_PORT. `external`: the relay for the outside. */
export type Route = 'internal' | 'external';

/** A change to the header block. Everything that no edit names arrives byte for byte (rules 24 to 28). */
export type HeaderEdit =
  | { edit: 'prepend'; name: string; value: string }
  | { edit: 'replace'; name: string; value: string }
  | { edit: 'remove'; name: string };

/** The text of an away reply; the mail itself is composed from it when it is sent. */
export type AwayReply = {
  /** The person who is away, as the sender wrote to them. */
  owner: string;
  subject: string;
  text: string;
  messageId: string;
  inReplyTo?: string;
  references?: string;
  /** Ledger key of «one reply a sender and interval» (rule 39). */
  pair: string;
  intervalDays: number;
};

export type Delivery = {
  /** Kind and destination, such as `mailbox:alice@example.com`: the ledger's name of this delivery. */
  id: string;
  kind: DeliveryKind;
  route: Route;
  /** Envelope sender; empty is the null sender. */
  from: string;
  to: string;
  /** The envelope recipients of the mail that this delivery serves. */
  recipients: string[];
  /** Rule or reason that asked for it, for people. */
  because: string;
  edits: HeaderEdit[];
  reply?: AwayReply;
};

/** One attempt at a delivery, as an activity receives it. */
export type DeliveryJob = {
  mail: MailReference;
  /** The mail's name in the ledger where it is not `bucket/key`: the id of a send. */
  ledgerName?: string;
  /** Whose mail it is; absent for inbound mail. */
  account?: string;
  delivery: Delivery;
  /** 0, plus one for each resend that includes this delivery. Part of the ledger's key. */
  generation: number;
  /** ISO 8601; the same for all attempts, so that added header fields are too. */
  stamp: string;
  /** Give up as deferred when DATA has not been reached by then. Absent: the times of rule 34. */
  reachDataWithinMs?: number;
};
