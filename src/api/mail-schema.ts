/** Shapes of mails as the API takes and gives them. What a request may hold is decided here and nowhere behind it. */
import { z } from '@hono/zod-openapi';
import { parseAddress } from '../mail/address.ts';

export const STATUSES = [
  'processing',
  'delivered',
  'partial',
  'bounced',
  'blocked',
  'held',
  'failed',
] as const;

const statusSchema = z.enum(STATUSES).openapi({
  description:
    'processing: some deliveries are deferred · delivered: all arrived · partial: some · bounced: all refused · ' +
    'blocked: by the recipients’ lists · held: waits for a person · failed: ended for another reason',
});

const moment = z.union([z.iso.datetime({ offset: true }), z.iso.date()], {
  error: 'expected an ISO 8601 date or time with offset, such as 2026-01-31 or 2026-01-31T08:00:00Z',
});

/** What a visibility query can compare: the server cannot quote these characters, so nothing matches them. */
const searchable = z
  .string()
  .trim()
  .min(1)
  .max(320)
  .regex(/^[^"\\\p{Cc}]*$/u, 'expected a value without double quotes, backslashes and control characters');

export const LIMIT_MAX = 200;

/** Query of `GET /v1/mails`. Unknown names are refused, so that a misspelt filter does not list everything. */
export const filterSchema = z.strictObject({
  status: statusSchema.optional(),
  domain: searchable.optional().openapi({ example: 'example.com' }),
  from: searchable.optional().openapi({ description: 'Envelope sender, whole; `<>` is the null sender' }),
  to: searchable.optional().openapi({ description: 'An envelope recipient, whole' }),
  since: moment.optional().openapi({ description: 'Taken in at or after' }),
  until: moment.optional().openapi({ description: 'Taken in before' }),
  text: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .openapi({ description: 'Whole words of subject and addresses; all of them must be there' }),
  cursor: z.string().min(1).max(10_000).optional().openapi({ description: '`next` of the page before' }),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(50),
});

export type MailFilter = z.infer<typeof filterSchema>;

export const itemSchema = z
  .object({
    id: z.string().openapi({ example: 'mail:example.com:0100018f-3c2e' }),
    status: statusSchema,
    domain: z.string(),
    from: z.string().openapi({ description: 'Envelope sender; empty is the null sender' }),
    to: z.array(z.string()),
    subject: z.string(),
    messageId: z.string(),
    startedAt: z.string(),
    closedAt: z.string().nullable(),
  })
  .openapi('Mail');

export type MailItem = z.infer<typeof itemSchema>;

export const listSchema = z
  .object({ items: z.array(itemSchema), next: z.string().nullable() })
  .openapi('MailList');

const deliverySchema = z.object({
  id: z.string(),
  kind: z.string(),
  to: z.string(),
  route: z.string(),
  because: z.string(),
  generation: z.int(),
  state: z.string(),
  attempts: z.int(),
  reply: z.string().optional(),
  nextAttemptAt: z.string().optional(),
});

export const timelineSchema = z.object({
  at: z.string(),
  event: z.string(),
  text: z.string(),
  delivery: z.string().optional(),
  generation: z.int().optional(),
  attempt: z.int().optional(),
  outcome: z.string().optional(),
  reply: z.string().optional(),
});

export const detailSchema = itemSchema
  .extend({
    source: z.enum(['workflow', 'ledger']).openapi({
      description: '`ledger`: beyond Temporal’s retention; only what became of each delivery is known',
    }),
    isOpen: z.boolean().openapi({ description: 'Its workflow runs: it takes hold and cancel' }),
    held: z.boolean(),
    reason: z.string(),
    recipients: z.array(z.string()),
    notes: z.array(z.string()),
    deliveries: z.array(deliverySchema),
    timeline: z.array(timelineSchema),
    stored: z.object({ bucket: z.string(), key: z.string() }),
    webUi: z.string().optional().openapi({ description: 'Page of the workflow in the Temporal Web UI' }),
  })
  .openapi('MailDetail');

export type MailDetail = z.infer<typeof detailSchema>;

const address = z
  .string()
  .refine(
    (text) => parseAddress(text) !== undefined && /^[^\s<>\p{Cc}]+$/u.test(text),
    'expected a mail address',
  );

/** Body of a resend. Nothing given: all that is not delivered. */
export const resendSchema = z
  .strictObject({
    id: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .openapi({ description: 'Makes the same request harmless when it comes twice' }),
    recipients: z
      .array(address)
      .max(100)
      .optional()
      .openapi({ description: 'Only these of the mail’s own recipients; strangers are noted and ignored' }),
    to: z
      .union([address, z.array(address).min(1).max(100)])
      .optional()
      .openapi({ description: 'Other addresses to send it to' }),
    all: z.boolean().optional().openapi({ description: 'Also what was delivered' }),
  })
  .openapi('Resend');

/** Body of hold, release and cancel: none, or an empty object. */
export const emptySchema = z.strictObject({}).openapi('Nothing');
