/**
 * The values a mail is made of while it travels: where its bytes are, what its envelope says, what was noticed
 * about it. Plain JSON only, since every one of them is recorded in workflow history; never the bytes themselves.
 */

/** Where the stored bytes are. `etag` is the one they were read under. */
export type MailReference = { bucket: string; key: string; sizeBytes: number; etag: string };

/** SMTP envelope. The null sender is the empty string. `inferred` where only header fields told it. */
export type Envelope = { sender: string; recipients: string[]; inferred?: true };

/** What SES found, upper-cased as SES writes it (`PASS`, `FAIL`, `GRAY`, `PROCESSING_FAILED`, `DISABLED`). */
export type Verdicts = {
  spam?: string;
  virus?: string;
  spf?: string;
  dkim?: string;
  dmarc?: string;
  dmarcPolicy?: string;
};

/** What a queue message said about one stored mail. */
export type MailNotice = {
  source: 'ses' | 's3';
  /** The served domain whose queue brought it. */
  domain: string;
  bucket: string;
  key: string;
  /** SES message id; the last part of the key for an S3 event. */
  messageId: string;
  /** ISO 8601, when SES or S3 took it. */
  receivedAt: string;
  /** Absent for S3 events, which have none (rule 1). */
  envelope?: Envelope;
  /** All envelope recipients of the message, those of other notices included (rule 2). */
  destination?: string[];
  verdicts?: Verdicts;
  subject?: string;
  /** The From field as SES wrote it. */
  from?: string;
  sizeBytes?: number;
};

/** One reply line of an SMTP server, or the client's own words where there was none (`code` 0). */
export type SmtpReply = { code: number; enhanced?: string; text: string; stage: SmtpStage };

/** How far an SMTP transaction had come when it ended. `dot`: all bytes were sent, the reply did not come. */
export type SmtpStage =
  | 'connect'
  | 'greeting'
  | 'ehlo'
  | 'starttls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'body'
  | 'dot'
  | 'done';

/**
 * What became of one attempt at a delivery.
 * `unknown`: the connection was lost after the final dot (rule 36), so the relay may or may not have it.
 * `skipped`: it need not be sent after all (an away reply that this sender already had, rule 39).
 */
export type Outcome = {
  kind: 'delivered' | 'deferred' | 'refused' | 'unknown' | 'skipped';
  reply: SmtpReply;
  /** The ledger had the answer; nothing was sent. */
  known?: true;
  /** With `known`: the newest generation that the ledger has of this delivery, and whose answer this is. */
  generation?: number;
  /** It was sent once more although an earlier attempt may have arrived (rule 36). */
  repeated?: true;
  /** Our own fault rather than the mail's (rule 35): somebody must be told. */
  alert?: string;
};
