/** `recallDeliveries`: what the ledger knows of a mail that is opened again or whose object is gone. */
import type { Recalled } from '../src/mail/course.ts';
import type { Ledger } from '../src/stores/ledger.ts';
import { type LedgerRow, newestRows } from '../src/stores/ledger-row.ts';

export type RecallInput = {
  /** Bucket and key: the mail's name in the ledger. */
  mail: string;
};

const STATE: Record<LedgerRow['state'], Recalled['state']> = {
  accepted: 'delivered',
  blocked: 'refused',
  refused: 'refused',
  released: 'open',
  // A claim without an end: the worker died with it, so nobody knows (rule 36).
  claimed: 'unknown',
  unknown: 'unknown',
};

/** Makes `recallDeliveries`. */
export const createRecallDeliveries =
  ({ ledger }: { ledger: Ledger }) =>
  async ({ mail }: RecallInput): Promise<Recalled[]> => {
    return newestRows(await ledger.rows(mail)).map(({ delivery, generation, state, reply }) => ({
      id: delivery,
      generation,
      state: STATE[state],
      ...(reply === undefined ? {} : { reply }),
    }));
  };
