/**
 * An outbound mail as the rest of Everpost knows it, once `everpost.send/v1` has been read: whom it is for, when it
 * may go, how urgent it is. Plain JSON, recorded in workflow history; texts and attachments stay in S3.
 */

/** `transactional` answers something that one person did; `bulk` goes to many (design §5). */
export type SendCategory = 'transactional' | 'bulk';

/** Where the stored content is. */
export type ContentReference = { bucket: string; key: string; sizeBytes: number };

/** Who is told what became of it: a webhook (https) or a mail address. */
export type Notify = { webhook: string } | { address: string };

export type SendNotice = {
  /** Follows from account and idempotency key; the workflow is `send:<id>`. */
  id: string;
  account: string;
  /** The stored request (`everpost.send/v1` as JSON). */
  content: ContentReference;
  /** Envelope sender. */
  from: string;
  /** To, Cc and Bcc, each once. */
  recipients: string[];
  subject: string;
  category: SendCategory;
  /** Why it has that category, for people. */
  categoryBecause: string;
  /** 0 to 255 as given; absent where it follows from the deadline. */
  priority?: number;
  /** ISO 8601 with zone, all of them. */
  deadline?: string;
  sendAt?: string;
  expiresAt?: string;
  acceptedAt: string;
  tags: string[];
  notify?: Notify;
};

/** States that a customer sees (design §5). */
export type SendState =
  | 'accepted'
  | 'scheduled'
  | 'waiting'
  | 'sending'
  | 'sent'
  | 'partial'
  | 'expired'
  | 'cancelled'
  | 'rejected'
  | 'failed'
  | 'held';
