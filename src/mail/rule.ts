/**
 * A rule: what the owner of an address wants done with mail for it. The store turns table items into these and
 * drops attributes of a wrong type, one by one, with a problem for each.
 */
export type Rule = {
  /** Key under which it stands: an address, or `@domain` for a whole domain. */
  address: string;
  forwards: string[];
  /** Whether the mailbox gets it too. An address without a rule keeps its copy. */
  keepCopy: boolean;
  away?: { text: string; subject?: string; start?: string; end?: string; intervalDays: number };
  /** First 8 hex digits of a digest over the item, so that a plan says which version decided. */
  version: string;
};

/** Row of `ses-outbound-messages`: who sent the message that came back, and to whom it failed. */
export type OutboundMessage = {
  messageId: string;
  originalSource: string;
  bouncedRecipients: string[];
  bounceType?: string;
};

/** Everything one batched look-up found, keyed by what was asked for (lower-cased). */
export type DirectoryAnswer = {
  rules: Record<string, Rule>;
  /** Patterns by the key they stand under. */
  blocked: Record<string, string[]>;
  messages: Record<string, OutboundMessage>;
  /** Attributes of a wrong type, each named with its item: treated as absent. */
  problems: string[];
};
