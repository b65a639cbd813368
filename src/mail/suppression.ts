/** An address that gets nothing from us, and why (rule 56). Plain JSON, so that it may stand in workflow history. */

export const SUPPRESSION_REASONS = ['hard-bounce', 'complaint', 'unsubscribe', 'manual'] as const;

export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number];

export type Suppression = {
  /** As addresses are compared: lower-cased, domain as A-labels. */
  address: string;
  /** Whose list it stands on. What stands on the list of `default` holds for every account. */
  account: string;
  reason: SuppressionReason;
  /** Where the reason came from, for people: a send's id, a person, a file. */
  source: string;
  /** ISO 8601. */
  createdAt: string;
  /** ISO 8601; absent means for ever. */
  expiresAt?: string;
};
