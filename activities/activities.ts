/**
 * The activities of the mail workflow, by the names that histories, the Web UI and operators know.
 * Workflows import this module's types only.
 */

import type { Recalled } from '../src/mail/course.ts';
import type { Delivery, DeliveryJob } from '../src/mail/delivery.ts';
import type { Outcome } from '../src/mail/mail.ts';
import type { AuditInput, AuditResult } from './audit.ts';
import type { FetchInput, FetchResult } from './fetch.ts';
import type { PlanInput, Planned, ResendPlanInput } from './plan.ts';
import type { RecallInput } from './recall.ts';

export type MailActivities = {
  /** Reads header block, size and envelope of the stored mail. */
  fetchMime(input: FetchInput): Promise<FetchResult>;
  /** The one batched look-up, then the pure decision. */
  planMail(input: PlanInput): Promise<Planned>;
  /** Deliveries to addresses that a person named. */
  planResend(input: ResendPlanInput): Promise<Delivery[]>;
  /** What the ledger knows of a mail that is opened again. */
  recallDeliveries(input: RecallInput): Promise<Recalled[]>;
  /** Writes status into the object's metadata; removes a mail blocked for all. */
  tagAudit(input: AuditInput): Promise<AuditResult>;
  deliverToMailbox(job: DeliveryJob): Promise<Outcome>;
  forwardMail(job: DeliveryJob): Promise<Outcome>;
  replyAway(job: DeliveryJob): Promise<Outcome>;
  returnBounce(job: DeliveryJob): Promise<Outcome>;
};
