/**
 * Names and shapes of everything that is said to a mail workflow: workflow type, signals, queries, search
 * attributes. Imports nothing but the workflow SDK, so that bridge, api, cli and activities may import it.
 */
import { defineSearchAttributeKey } from '@temporalio/common';
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Standing } from '../src/mail/course.ts';
import type { MailNotice, Outcome } from '../src/mail/mail.ts';
import type { MailStatus } from '../src/mail/status.ts';

/** Registered name of the workflow that carries one inbound mail. */
export const MAIL_WORKFLOW = 'mailWorkflow';

export type { MailStatus };

/** What a mail workflow is started with. */
export type MailInput = {
  notice: MailNotice;
  /** Days a mail that is not wholly delivered stays open for a person. */
  attentionDays: number;
  /**
   * Set when a closed mail is opened again: the first free ledger generation. Deliveries then start from what the
   * ledger says rather than from nothing.
   */
  reopenedAt?: number;
};

/** Memo of a mail workflow: what the bridge compares when the id is taken. */
export type MailMemo = { recipientsDigest: string /** `bucket/key`. */; object: string };

/**
 * Sends again. Nothing given: all that is not delivered. `recipients`: only these of the mail's own. `to`: to
 * other addresses. `all`: also what was delivered. `id` makes the same request harmless when it comes twice.
 */
export type ResendRequest = { id?: string; recipients?: string[]; to?: string | string[]; all?: boolean };

export const resendSignal = defineSignal<[ResendRequest?]>('resend');
export const holdSignal = defineSignal<[]>('hold');
export const releaseSignal = defineSignal<[]>('release');
export const cancelSignal = defineSignal<[]>('cancel');

/** One line of a mail's story. `at` is ISO 8601. */
export type TimelineEntry = {
  at: string;
  event:
    | 'received'
    | 'planned'
    | 'attempt'
    | 'retry-at'
    | 'status'
    | 'held'
    | 'released'
    | 'cancelled'
    | 'resend'
    | 'ignored'
    | 'audit';
  text: string;
  delivery?: string;
  generation?: number;
  attempt?: number;
  outcome?: Outcome['kind'];
  reply?: string;
};

/**
 * `parked`: a mail opened again after it had closed, where nothing goes out by itself. `unknown`: it may have
 * arrived; a person decides (rule 36). `skipped`: needless, such as a second away reply.
 */
export type DeliveryStanding = Exclude<Standing, 'trying'>;

/** Where one delivery stands. */
export type DeliveryView = {
  id: string;
  kind: string;
  to: string;
  route: string;
  because: string;
  generation: number;
  state: DeliveryStanding;
  attempts: number;
  reply?: string;
  nextAttemptAt?: string;
};

export type MailState = {
  status: MailStatus;
  reason: string;
  held: boolean;
  recipients: string[];
  subject: string;
  from: string;
  notes: string[];
  deliveries: DeliveryView[];
};

export const stateQuery = defineQuery<MailState>('state');
export const timelineQuery = defineQuery<TimelineEntry[]>('timeline');

/** Result of a mail workflow that has ended. */
export type MailSummary = MailState & { timeline: TimelineEntry[] };

export const mailStatusKey = defineSearchAttributeKey('MailStatus', 'KEYWORD');
export const mailDomainKey = defineSearchAttributeKey('MailDomain', 'KEYWORD');
export const mailFromKey = defineSearchAttributeKey('MailFrom', 'KEYWORD');
export const mailKindKey = defineSearchAttributeKey('MailKind', 'KEYWORD');
export const mailCategoryKey = defineSearchAttributeKey('MailCategory', 'KEYWORD');
export const mailMessageIdKey = defineSearchAttributeKey('MailMessageId', 'KEYWORD');
export const mailToKey = defineSearchAttributeKey('MailTo', 'KEYWORD_LIST');
export const mailTextKey = defineSearchAttributeKey('MailText', 'TEXT');

/** Everything `setup` registers in the namespace. */
export const SEARCH_ATTRIBUTES = [
  mailStatusKey,
  mailDomainKey,
  mailFromKey,
  mailKindKey,
  mailCategoryKey,
  mailMessageIdKey,
  mailToKey,
  mailTextKey,
];

/** Task queues of a deployment called `name`. */
export const taskQueues = (name: string) => ({
  /** Workflows and what is quick. */
  mail: name,
  /** Later attempts, and first ones that are not quick. */
  delivery: `${name}-delivery`,
  /** Mails whose size asks for few at a time. */
  large: `${name}-large`,
  /** Deliveries to the outside where the relay has a rate. */
  relay: `${name}-relay`,
  /** Outbound mail that answers one person. */
  transactional: `${name}-transactional`,
  /** Outbound mail to many: it may wait. */
  bulk: `${name}-bulk`,
});
