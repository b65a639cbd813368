/**
 * What an entry of the suppression list may hold, decided here for the API, for CSV and for the command line alike.
 */
import { z } from 'zod';
import { addressKey, parseAddress } from '../mail/address.ts';
import { SUPPRESSION_REASONS, type Suppression } from '../mail/suppression.ts';

export const SOURCE_CHARS_MAX = 200;

const moment = z.iso.datetime({
  offset: true,
  error: 'expected an ISO 8601 time with offset, such as 2027-01-31T08:00:00Z',
});

const source = z
  .string()
  .trim()
  .max(SOURCE_CHARS_MAX)
  .regex(/^\P{Cc}*$/u, 'expected text on one line');

/** What a person may say of a suppressed address. */
export const suppressionFields = z.strictObject({
  reason: z.enum(SUPPRESSION_REASONS).default('manual'),
  source: source.optional(),
  createdAt: moment.optional(),
  expiresAt: moment.optional(),
});

/** An address as the list keeps it. */
export const suppressedAddress = z
  .string()
  .refine((text) => parseAddress(text) !== undefined, 'expected a mail address such as alice@example.com')
  .transform(addressKey);

export type SuppressionContext = {
  account: string;
  /** Stands where no source is given. */
  source: string;
  now: Date;
};

export type SuppressionReading = { entry: Suppression } | { errors: { field: string; detail: string }[] };

const asRead = suppressionFields.extend({ address: suppressedAddress });

/** Reads an entry of the list from what came from outside; names every field that is wrong. */
export function readSuppression(value: unknown, context: SuppressionContext): SuppressionReading {
  const { account, now } = context;
  const parsed = asRead.safeParse(value);
  if (!parsed.success) {
    return {
      errors: parsed.error.issues.map((issue) => ({
        field: issue.path.join('.') || '(all)',
        detail: issue.message,
      })),
    };
  }
  const { address, reason, expiresAt, createdAt } = parsed.data;
  if (expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime()) {
    return { errors: [{ field: 'expiresAt', detail: 'expected a time that is not over yet' }] };
  }
  const utc = (text: string): string => new Date(text).toISOString();
  return {
    entry: {
      address,
      account,
      reason,
      source: parsed.data.source || context.source,
      createdAt: createdAt === undefined ? now.toISOString() : utc(createdAt),
      ...(expiresAt !== undefined && { expiresAt: utc(expiresAt) }),
    },
  };
}
