/** The shape of a ledger row in the table and outside it, and the cursor that pages through rows. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type LedgerState = 'claimed' | 'accepted' | 'refused' | 'released' | 'unknown' | 'blocked';

/** `mail` is bucket/key; `delivery` its id in the plan; each resend of it is a new generation. */
export type LedgerKey = { mail: string; delivery: string; generation: number };

/** One attempt. `token` is its own; `runId` tells its earlier attempts, which have ended, from another run's. */
export type Attempt = LedgerKey & { token: string; now: Date };
export type ClaimRequest = Attempt & { workflowId: string; runId: string; to: string };

export type LedgerRow = LedgerKey & {
  state: LedgerState;
  reply?: string;
  to: string;
  workflowId: string;
  /** Attempts whose bytes were all sent and whose outcome nobody knows. */
  unknowns: number;
  /** ISO 8601. */
  createdAt: string;
  updatedAt: string;
};

export type LedgerItem = Record<string, AttributeValue>;

/** Delivery of the row that says that a mail was blocked for all. */
export const BLOCKED = 'blocked';

/** A page was asked for with a cursor that this ledger did not make. */
export class BadCursor extends Error {
  override name = 'BadCursor';
}

/** The key of a row in the table. */
export const keyOf = ({ mail, delivery, generation }: LedgerKey) => ({
  mail: { S: mail },
  delivery: { S: `${delivery}#${generation}` },
});

/** Reads an item of the table; only this module and the ledger write them. */
export function readRow(item: LedgerItem): LedgerRow {
  const sortKey = item.delivery?.S ?? '';
  const mark = sortKey.lastIndexOf('#');
  return {
    mail: item.mail?.S ?? '',
    delivery: sortKey.slice(0, mark),
    generation: Number(sortKey.slice(mark + 1)),
    state: item.state?.S as LedgerState,
    ...(item.reply?.S === undefined ? {} : { reply: item.reply.S }),
    to: item.to?.S ?? '',
    workflowId: item.workflow_id?.S ?? '',
    unknowns: Number(item.unknowns?.N ?? 0),
    createdAt: item.created_at?.S ?? '',
    updatedAt: item.updated_at?.S ?? '',
  };
}

const CURSOR_KEYS = ['day', 'updated_at', 'mail', 'delivery'];

/** An opaque text for the place a page ended at: the four key attributes, all strings. */
export const writeCursor = (last: LedgerItem): string =>
  Buffer.from(JSON.stringify(CURSOR_KEYS.map((name) => last[name]?.S))).toString('base64url');

/** The reverse of writeCursor. Throws BadCursor. */
export function readCursor(cursor: string): LedgerItem {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(values) && values.length === 4 && values.every((value) => typeof value === 'string')) {
      return Object.fromEntries(CURSOR_KEYS.map((name, index) => [name, { S: values[index] as string }]));
    }
  } catch {
    // not ours: said below
  }
  throw new BadCursor(`The cursor ${JSON.stringify(cursor.slice(0, 80))} was not made by this list.`);
}

/** The rows of the newest generation of each delivery: what stands of a mail. */
export function newestRows(rows: readonly LedgerRow[]): LedgerRow[] {
  const newest = new Map<string, LedgerRow>();
  for (const row of rows) {
    const known = newest.get(row.delivery);
    if (known === undefined || known.generation < row.generation) newest.set(row.delivery, row);
  }
  return [...newest.values()];
}
