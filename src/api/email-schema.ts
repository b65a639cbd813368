/** Shapes of outbound mails as the API tells and describes them. What a request may hold is owned by src/stores. */
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { sendRequestSchema } from '../stores/send-request.ts';
import { timelineSchema } from './mail-schema.ts';

export const acceptedSchema = z
  .object({
    id: z.string().openapi({ example: 'send:0f3c…' }),
    state: z.string().openapi({ example: 'accepted' }),
  })
  .openapi('AcceptedSend');

const recipientSchema = z.object({
  to: z.string(),
  state: z.string().openapi({ example: 'delivered' }),
  reason: z.string().optional().openapi({ description: 'Why it is rejected' }),
  reply: z.string().optional().openapi({ description: 'The last SMTP reply' }),
  attempts: z.int().optional(),
  nextAttemptAt: z.string().optional(),
});

export const sendViewSchema = z
  .object({
    id: z.string(),
    account: z.string(),
    state: z.enum([
      'accepted',
      'scheduled',
      'waiting',
      'sending',
      'sent',
      'partial',
      'expired',
      'cancelled',
      'rejected',
      'failed',
      'held',
    ]),
    reason: z.string(),
    category: z.enum(['transactional', 'bulk']),
    categoryBecause: z.string(),
    priority: z.number(),
    acceptedAt: z.string(),
    sendAt: z.string().optional(),
    expiresAt: z.string().optional(),
    deadline: z.string().optional(),
    messageId: z.string().optional(),
    granted: z.int().optional().openapi({ description: 'Credits so far, where the account has a budget' }),
    recipients: z.array(recipientSchema),
    timeline: z.array(timelineSchema),
  })
  .openapi('Send');

const change = <S extends z.ZodType>(schema: S) => schema.nullable().optional();
const instant = z.iso.datetime({ offset: true, error: 'expected ISO 8601 with a zone' });

/** Body of a change: at least one of these; null takes the value away. */
export const changeSchema = z
  .strictObject({
    priority: change(z.int().min(0).max(255)),
    deadline: change(instant),
    sendAt: change(instant),
    expiresAt: change(instant),
  })
  .refine((asked) => Object.keys(asked).length > 0, 'expected priority, deadline, sendAt or expiresAt')
  .refine(({ sendAt, expiresAt }) => !sendAt || !expiresAt || Date.parse(expiresAt) > Date.parse(sendAt), {
    path: ['expiresAt'],
    error: 'is not after sendAt',
  })
  .openapi('SendChange');

const MAILBOX = {
  anyOf: [
    { type: 'string', examples: ['Bob <bob@example.com>'] },
    {
      type: 'object',
      properties: { address: { type: 'string' }, name: { type: 'string' } },
      required: ['address'],
      additionalProperties: false,
    },
  ],
};

/** `everpost.send/v1` as JSON Schema, from the one that requests are read by. */
function sendRequestAsJsonSchema(): Record<string, unknown> {
  const {
    $schema: _,
    $defs: __,
    properties,
    ...schema
  } = z.toJSONSchema(sendRequestSchema, {
    io: 'input',
    unrepresentable: 'any',
  });
  const mailboxes = { anyOf: [...MAILBOX.anyOf, { type: 'array', items: MAILBOX }] };
  return {
    ...schema,
    properties: {
      ...properties,
      from: MAILBOX,
      to: mailboxes,
      cc: mailboxes,
      bcc: mailboxes,
      replyTo: mailboxes,
      params: { type: 'object', description: 'For the template; any JSON' },
    },
  };
}

/** Names `everpost.send/v1` in the description of the API; returns what refers to it. */
export const describeSendRequest = (app: OpenAPIHono): { $ref: string } =>
  app.openAPIRegistry.registerComponent('schemas', 'SendRequest', sendRequestAsJsonSchema()).ref;
