/** The fields of `everpost.send/v1` that have a form of their own, each with the sentence that refuses a wrong one. */
import { z } from 'zod';
import { parseAddress } from '../mail/address.ts';
import { isOneLine } from '../mail/header-rules.ts';
import { type Mailbox, readMailbox, refuseMailbox } from './mailbox-text.ts';

const FILE_NAME_CHARS_MAX = 255;
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i;
/** Without groups that repeat: on tens of megabytes they would overflow the stack. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const TEMPLATE_NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/i;

/** Text that can stand in a header field. */
export const oneLine = z.string().refine(isOneLine, 'has a line break or a control character');

const writtenMailbox = z.string().transform((text, context): Mailbox => {
  const read = readMailbox(text);
  if (typeof read !== 'string') return read;
  context.addIssue({ code: 'custom', message: read });
  return z.NEVER;
});

const namedMailbox = z
  .strictObject({ address: z.string(), name: z.string().optional() })
  .superRefine((value, context) => {
    const refusal = refuseMailbox(value);
    if (refusal !== undefined) context.addIssue({ code: 'custom', message: refusal });
  })
  .transform(
    ({ address, name }): Mailbox => (name ? { address: address.trim(), name } : { address: address.trim() }),
  );

/** `"Bob <bob@example.com>"` or `{address, name}`; what comes out is the latter. */
export const mailbox = z.unknown().transform((value, context): Mailbox => {
  const schema = typeof value === 'string' ? writtenMailbox : namedMailbox;
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  for (const { path, message } of read.error.issues) context.addIssue({ code: 'custom', path, message });
  return z.NEVER;
});

/** One mailbox or a list of them. */
export const mailboxes = z.preprocess(
  (value) => (Array.isArray(value) || value === undefined ? value : [value]),
  z.array(mailbox),
);

/** A file, base64 in JSON. With `contentId` it is shown by the HTML text that names it (`cid:`). */
export const attachment = z.strictObject({
  filename: oneLine
    .min(1)
    .max(FILE_NAME_CHARS_MAX)
    .refine((name) => !/[/\\]/.test(name), 'has a slash; give the name without its folder'),
  content: z
    .string()
    .refine(
      (text) => text.length % 4 === 0 && BASE64.test(text),
      'is no base64 (RFC 4648 §4, with padding, without line breaks)',
    ),
  contentType: z.string().regex(MEDIA_TYPE, 'expected a media type such as application/pdf').optional(),
  contentId: z
    .string()
    .regex(
      /^[\w.!#$%&'*+/=?^`{|}~-]{1,100}(?:@[\w.-]{1,150})?$/,
      'expected letters, digits and dots, as in cid:logo',
    )
    .optional(),
});

/** By name, or by name and version; the newest where none is named. */
export const template = z.union(
  [
    z
      .string()
      .regex(TEMPLATE_NAME)
      .transform((name): { name: string; version?: number | undefined } => ({ name })),
    z.strictObject({ name: z.string().regex(TEMPLATE_NAME), version: z.int().min(1).optional() }),
  ],
  'expected the name of a template, or {name, version}',
);

/** The customer's secrets travel in webhooks' signatures, so they go by TLS; on this machine it may be without. */
const webhook = z.string().refine((text) => {
  if (text.length > 2048 || !URL.canParse(text)) return false;
  const { protocol, hostname, username } = new URL(text);
  const isHere = /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/.test(hostname);
  return username === '' && (protocol === 'https:' || (protocol === 'http:' && isHere));
}, 'expected an https address without a login in it');

/** Who is told what became of a send. */
export const notify = z.union(
  [
    z.strictObject({ webhook }),
    z.strictObject({
      address: z.string().refine((text) => parseAddress(text) !== undefined && isOneLine(text)),
    }),
  ],
  'expected {webhook} with an https address, or {address} with a mail address',
);
