/**
 * The suppression list as CSV, in and out, in constant memory. What is exported imports again. Every bad row is named
 * with its row and column; `onError` says whether the good ones are kept (`skip`) or nothing is (`abort`).
 */
import type { Suppression } from '../mail/suppression.ts';
import { type CsvProblem, type CsvRow, readCsvRows, writeCsvRow } from './csv-rows.ts';
import { readSuppression, type SuppressionContext } from './suppression-fields.ts';
import type { SuppressionStore } from './suppression-store.ts';

const COLUMNS = ['email', 'reason', 'source', 'created_at', 'expires_at'] as const;
/** Columns by the name of their field. */
const COLUMN_OF: Record<string, string> = {
  address: 'email',
  createdAt: 'created_at',
  expiresAt: 'expires_at',
};
/** Problems told in full; further ones are only counted. */
const PROBLEMS_MAX = 100;
const EXPORT_PAGE = 1_000;

export type ImportReport = {
  /** Rows below the header. */
  rows: number;
  /** Rows that now stand on the list. */
  imported: number;
  /** Rows that were wrong. */
  refused: number;
  /** The first of what was wrong. */
  problems: CsvProblem[];
};

export type ImportRequest = {
  store: Pick<SuppressionStore, 'put'>;
  /** The file from its beginning; asked for twice where `onError` is `abort`. */
  open: () => AsyncIterable<Uint8Array>;
  onError: 'skip' | 'abort';
  context: SuppressionContext;
};

function readRow(row: CsvRow, context: SuppressionContext): Suppression | CsvProblem[] {
  if (!('cells' in row)) return [row];
  const { email, reason, source, created_at, expires_at } = row.cells;
  const value = { address: email ?? '', reason, source, createdAt: created_at, expiresAt: expires_at };
  const reading = readSuppression(value, context);
  if ('entry' in reading) return reading.entry;
  return reading.errors.map(({ field, detail }) => ({
    row: row.row,
    column: COLUMN_OF[field] ?? field,
    detail,
  }));
}

async function readThrough(
  request: ImportRequest,
  keep: (entries: Suppression[]) => Promise<void>,
): Promise<ImportReport> {
  const report: ImportReport = { rows: 0, imported: 0, refused: 0, problems: [] };
  for await (const rows of readCsvRows(request.open(), { known: COLUMNS, needed: 'email' })) {
    const entries: Suppression[] = [];
    for (const row of rows) {
      const read = readRow(row, request.context);
      if (!Array.isArray(read)) entries.push(read);
      else {
        report.refused += 1;
        report.problems.push(...read.slice(0, PROBLEMS_MAX - report.problems.length));
      }
    }
    report.rows += rows.length;
    await keep(entries);
    report.imported += entries.length;
  }
  return report;
}

/** Puts every row on the list, over what stands there. With `abort`, a first pass only looks. */
export async function importSuppressions(request: ImportRequest): Promise<ImportReport> {
  if (request.onError === 'abort') {
    const seen = await readThrough(request, async () => {});
    if (seen.refused > 0) return { ...seen, imported: 0 };
  }
  return readThrough(request, (entries) => request.store.put(entries));
}

/** The list of an account as CSV. */
export async function* exportSuppressions(
  store: Pick<SuppressionStore, 'list'>,
  { account, now }: { account: string; now: Date },
): AsyncGenerator<string> {
  yield writeCsvRow([...COLUMNS]);
  let after: string | undefined;
  do {
    const { items, next } = await store.list({
      account,
      limit: EXPORT_PAGE,
      now,
      ...(after !== undefined && { after }),
    });
    const rows = items.map((entry) =>
      writeCsvRow([entry.address, entry.reason, entry.source, entry.createdAt, entry.expiresAt ?? '']),
    );
    if (rows.length > 0) yield rows.join('');
    after = next;
  } while (after !== undefined);
}
