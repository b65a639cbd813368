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

/** What this step of a mail says: only a refusal of this very recipient, by its own server's reply, counts. */
type Refusal = {
  kind: string;
  known?: true;
  reply: { code: number; enhanced?: string; text: string; stage: string };
};

/** Whether the address itself is bad for good (rule 56): 5.1.x or 5.2.1 at RCPT. Policy and content say nothing of it. */
export function isHardRefusal({ kind, known, reply }: Refusal): boolean {
  if (kind !== 'refused' || known || reply.stage !== 'rcpt') return false;
  const enhanced = reply.enhanced ?? /^5\.\d{1,3}\.\d{1,3}\b/.exec(reply.text.trimStart())?.[0] ?? '';
  return /^5\.(?:1\.\d{1,3}|2\.1)$/.test(enhanced);
}
