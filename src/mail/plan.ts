/**
 * The plan of a mail: what is to happen to it and why, decided once by `planMail` and recorded, so that a later
 * rule, code or Node change cannot rewrite a mail in flight.
 */
import type { Delivery } from './delivery.ts';

/** One blocked recipient, and the pattern that blocked the sender for it. */
export type Block = { recipient: string; sender: string; pattern: string; rule: string };

/**
 * `deliver`: the deliveries. `blocked`: the sender is blocked for every recipient, all of whom `blocked` names.
 * `hold`: waits for a person. `loop`: permanent failure 5.4.6 (rule 8). `fail`: cannot be handled, with the reason.
 * `leave`: already processed by the worker that Everpost replaced; nothing is touched.
 */
export type Plan = {
  decision: 'deliver' | 'blocked' | 'hold' | 'loop' | 'fail' | 'leave';
  reason: string;
  /** `bounce` where the mail is one that goes back to an original sender. */
  kind: 'mail' | 'bounce';
  recipients: string[];
  deliveries: Delivery[];
  blocked: Block[];
  /** Decoded, cut; for search and for people. */
  subject: string;
  from: string;
  /** The sentences that explain the plan, one a decision, and the problems found in rule items. */
  notes: string[];
};

/**
 * Deliveries of one mail. Above this a forward list has gone wrong, and a person must look (the mail is held).
 * The bound helps to keep a plan below the 2 MB that Temporal takes in one piece.
 */
export const DELIVERIES_MAX = 2_500;
