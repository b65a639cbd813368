/**
 * Where a list of mails goes on. Temporal lists open workflows before closed ones and cannot sort otherwise, so a
 * page is merged from both lists by time, and the cursor is a moment rather than a place in either.
 */
import { z } from '@hono/zod-openapi';
import { invalidField } from './problems.ts';

/**
 * Everything after the cursor is older than `at` (ISO 8601 with nanoseconds), or as old and not among `seen`
 * (run ids).
 */
export type Cursor = { at: string; seen: string[] };

const schema = z.strictObject({
  at: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/)
    .refine((time) => !Number.isNaN(Date.parse(time))),
  seen: z.array(z.string().max(64)).max(200),
});

/** The cursor as the opaque text that clients hand back. */
export const writeCursor = (cursor: Cursor): string =>
  Buffer.from(JSON.stringify(cursor)).toString('base64url');

/** Reads what `writeCursor` wrote. Throws an `invalid` problem for anything else. */
export function readCursor(text: string): Cursor {
  try {
    return schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch {
    throw invalidField('cursor', 'expected «next» of an earlier answer; leave it out to begin at the newest');
  }
}

/** A time of Temporal's, with all its digits: milliseconds would make neighbours equal. */
export function preciseTime(time: { seconds?: unknown; nanos?: number | null } | null | undefined): string {
  const seconds = new Date(Number(time?.seconds ?? 0) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(time?.nanos ?? 0).padStart(9, '0')}Z`;
}
