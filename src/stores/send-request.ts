/**
 * The schema of `everpost.send/v1`, the only one: HTTP, queue and batch are ways in and none of them validates by
 * itself. What it lets through can be composed and sent; every error is named with its field. docs/send-v1.md
 * describes it and says what a v2 would mean.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { addressKey } from '../mail/address.ts';
import { asRecord } from '../mail/json.ts';
import { canonicalJson } from '../mail/send-id.ts';
import { addProblemsBetween } from './send-checks.ts';
import { attachment, mailbox, mailboxes, notify, oneLine, template } from './send-fields.ts';

export const SEND_SCHEMA = 'everpost.send/v1';

/** RFC 5322 §2.1.1; longer subjects are folded, but no reader shows them. */
const SUBJECT_CHARS_MAX = 998;
const TEXT_BYTES_MAX = 2 * 1024 * 1024;
const HEADERS_MAX = 50;
const HEADER_CHARS_MAX = 4096;
const TAGS_MAX = 20;
const TAG = /^[\p{L}\p{N}][\p{L}\p{N} :=/._-]{0,63}$/u;
const ATTACHMENTS_MAX = 50;
const ACCOUNT = /^[a-z0-9][a-z0-9._-]{0,63}$/;

const text = z.string().refine((value) => Buffer.byteLength(value) <= TEXT_BYTES_MAX, {
  error: `expected ${TEXT_BYTES_MAX} bytes at most`,
});
const instant = z.iso.datetime({
  offset: true,
  error: 'expected ISO 8601 with a zone, such as 2026-01-31T08:00:00Z',
});

/** The name of an account, as in keys and budgets. */
export const accountName = z
  .string()
  .regex(ACCOUNT, 'expected lower-case letters, digits, dots, dashes and underscores, 64 at most');

/** Visible ASCII, so that a key is the same in a header, in JSON and in a log. */
export const idempotencyKey = z
  .string()
  .regex(/^[\u0021-\u007e]{1,255}$/, 'expected 1 to 255 visible ASCII characters');

/** `everpost.send/v1` as it is taken; `readSendRequest` is how to read one. */
export const sendRequestSchema = z
  .strictObject({
    schema: z.literal(SEND_SCHEMA).optional(),
    idempotencyKey: idempotencyKey.optional(),
    account: accountName.optional(),
    from: mailbox,
    to: mailboxes.default([]),
    cc: mailboxes.default([]),
    bcc: mailboxes.default([]),
    replyTo: mailboxes.default([]),
    subject: oneLine.max(SUBJECT_CHARS_MAX).optional(),
    text: text.optional(),
    html: text.optional(),
    template: template.optional(),
    params: z.record(z.string(), z.json()).optional(),
    attachments: z.array(attachment).max(ATTACHMENTS_MAX).default([]),
    headers: z
      .record(z.string(), z.string().max(HEADER_CHARS_MAX))
      .refine((all) => Object.keys(all).length <= HEADERS_MAX, `expected ${HEADERS_MAX} fields at most`)
      .default({}),
    category: z.enum(['transactional', 'bulk']).optional(),
    priority: z.int().min(0).max(255).optional(),
    deadline: instant.optional(),
    sendAt: instant.optional(),
    expiresAt: instant.optional(),
    tags: z
      .array(z.string().regex(TAG, 'expected up to 64 letters, digits, spaces and : = / . _ -'))
      .max(TAGS_MAX)
      .default([]),
    notify: notify.optional(),
  })
  .superRefine(
    (request, { addIssue, issues }) => addProblemsBetween(request, issues, addIssue),
    // What is wrong between sound fields is told beside what is wrong in others: every error at once.
    { when: ({ value }) => asRecord(value) !== undefined },
  );

/** A request that was read: everything in it is sound by itself. */
export type SendRequest = z.output<typeof sendRequestSchema>;

export type RequestError = { field: string; message: string };

/** A schema that this version does not know. It is left for the dead letters, with this as the reason. */
export class UnknownSchema extends Error {
  override name = 'UnknownSchema';
  readonly schema: string;
  constructor(schema: string) {
    super(
      `The message has the schema ${JSON.stringify(schema)}; this version understands ${SEND_SCHEMA}. ` +
        'Update the bridge, then move the message back from the dead letters.',
    );
    this.schema = schema;
  }
}

/** The schema that a value names; undefined where it names none. Cut to what a log line can bear. */
function schemaOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'schema')) return undefined;
  const { schema } = value as { schema: unknown };
  return (typeof schema === 'string' ? schema : (JSON.stringify(schema) ?? '')).slice(0, 100);
}

/**
 * Reads a request from parsed JSON. Throws UnknownSchema where it names another schema: neither of its fields can
 * be judged then. Every other fault is an error of a field, all of them at once.
 */
export function readSendRequest(value: unknown): { ok: SendRequest } | { errors: RequestError[] } {
  const schema = schemaOf(value);
  if (schema !== undefined && schema !== SEND_SCHEMA) throw new UnknownSchema(schema);
  const read = sendRequestSchema.safeParse(value);
  if (read.success) return { ok: read.data };
  return {
    errors: read.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ field: [...issue.path, key].join('.'), message: 'is no field here' }))
        : [{ field: issue.path.join('.') || '(all)', message: issue.message }],
    ),
  };
}

/** The same for a message of the send queue, which must name its schema. */
export function readSendMessage(value: unknown): { ok: SendRequest } | { errors: RequestError[] } {
  if (schemaOf(value) !== undefined) return readSendRequest(value);
  return { errors: [{ field: 'schema', message: `expected ${JSON.stringify(SEND_SCHEMA)}` }] };
}

/** Envelope recipients: To, Cc and Bcc, each mailbox once, in that order. */
export function recipientsOf({ to, cc, bcc }: Pick<SendRequest, 'to' | 'cc' | 'bcc'>): string[] {
  const byKey = new Map<string, string>();
  for (const { address } of [...to, ...cc, ...bcc]) {
    const key = addressKey(address);
    if (!byKey.has(key)) byKey.set(key, address);
  }
  return [...byKey.values()];
}

/**
 * SHA-256 of what the request asks for, in hex: equal for equal requests however they are written. The key and the
 * schema's name say nothing about the mail.
 */
export function bodyHashOf(request: SendRequest): string {
  const { idempotencyKey: _key, schema: _schema, account: _account, ...asked } = request;
  return createHash('sha256').update(canonicalJson(asked)).digest('hex');
}
