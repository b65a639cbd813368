/**
 * Reads a CSV list row by row in constant memory. No cell of our lists may hold a line break, so a broken quote is one
 * bad row, named with its column, and never swallows the rows after it. The first row names the columns.
 */
import { CsvError, parse } from 'csv-parse/sync';

export type CsvProblem = { row: number; column?: string; detail: string };
/** `row` counts lines from 1, the header's. Empty cells are left out of `cells`. */
export type CsvRow = { row: number; cells: Record<string, string> } | CsvProblem;

/** A longer line is no row of a list. */
const LINE_CHARS_MAX = 20_000;
/** Lines parsed by one call. */
const BLOCK_LINES = 500;

type Line = { row: number; text: string };

/** The lines that are not empty, some at a time. Of a line that is too long only the beginning is kept. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line[]> {
  const decoder = new TextDecoder();
  let row = 1;
  let rest = '';
  const split = (text: string): Line[] => {
    const parts = text.split('\n');
    rest = parts.pop()!.slice(0, LINE_CHARS_MAX + 1);
    const lines = parts.map((part, index) => ({ row: row + index, text: part.replace(/\r$/, '') }));
    row += parts.length;
    return lines.filter((line) => line.text.trim() !== '');
  };
  for await (const chunk of chunks) {
    const lines = split(rest + decoder.decode(chunk, { stream: true }));
    for (let at = 0; at < lines.length; at += BLOCK_LINES) yield lines.slice(at, at + BLOCK_LINES);
  }
  yield split(`${rest}${decoder.decode()}\n`);
}

const cellsOf = (text: string): string[][] => parse(text, { trim: true, relax_column_count: true });

function brokenLine(row: number, error: unknown, columns: string[]): CsvProblem {
  if (!(error instanceof CsvError)) throw error;
  const column = columns[Number((error as unknown as { index?: number }).index)];
  const why: Partial<Record<CsvError['code'], string>> = {
    CSV_QUOTE_NOT_CLOSED: 'a quote is opened and not closed on the line',
    CSV_INVALID_CLOSING_QUOTE: 'something follows the closing quote; a quote inside quotes is written twice',
    INVALID_OPENING_QUOTE: 'a quote stands within a cell that does not begin with one',
  };
  return { row, ...(column !== undefined && { column }), detail: why[error.code] ?? error.message };
}

/** One line by itself. */
function readLine({ row, text }: Line, columns: string[]): string[] | CsvProblem {
  if (text.length > LINE_CHARS_MAX)
    return { row, detail: `the line is longer than ${LINE_CHARS_MAX} characters` };
  try {
    return cellsOf(text)[0] ?? [];
  } catch (error) {
    return brokenLine(row, error, columns);
  }
}

/** All lines by one call where none is broken, which is nearly always; line by line where one is. */
function readLines(lines: Line[], columns: string[]): (string[] | CsvProblem)[] {
  try {
    const all = lines.every(({ text }) => text.length <= LINE_CHARS_MAX)
      ? cellsOf(lines.map(({ text }) => text).join('\n'))
      : [];
    if (all.length === lines.length) return all;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
  }
  return lines.map((line) => readLine(line, columns));
}

function rowOf(row: number, read: string[] | CsvProblem, columns: string[]): CsvRow {
  if (!Array.isArray(read)) return read;
  if (read.length > columns.length)
    return { row, detail: `the row has ${read.length} cells, its header ${columns.length} columns` };
  const named = read.flatMap((cell, index) => (cell === '' ? [] : [[columns[index] ?? '', cell] as const]));
  return { row, cells: Object.fromEntries(named) };
}

/** The columns in lower case, or what is wrong with the header. */
function readHeader(line: Line, known: readonly string[], needed: string): string[] | CsvProblem[] {
  const { row } = line;
  const read = readLine(line, []);
  if (!Array.isArray(read)) return [read];
  const columns = read.map((name) => name.toLowerCase());
  const expected = `expected the names ${known.join(', ')}, of which ${needed} is needed`;
  const problems: CsvProblem[] = columns.flatMap((column, index) => {
    if (!known.includes(column)) return [{ row, column, detail: `no such column; ${expected}` }];
    return columns.indexOf(column) === index ? [] : [{ row, column, detail: 'the column is named twice' }];
  });
  if (!columns.includes(needed)) problems.push({ row, detail: `the header is missing; ${expected}` });
  return problems.length === 0 ? columns : problems;
}

/**
 * The rows in blocks. A header that is not usable is all there is: without it no row has a meaning. `known` are the
 * columns that there may be, `needed` the one that must be.
 */
export async function* readCsvRows(
  chunks: AsyncIterable<Uint8Array>,
  { known, needed }: { known: readonly string[]; needed: string },
): AsyncGenerator<CsvRow[]> {
  let columns: string[] | undefined;
  for await (const lines of linesOf(chunks)) {
    const first = columns === undefined ? lines.shift() : undefined;
    if (first !== undefined) {
      const header = readHeader(first, known, needed);
      if (header.some((entry) => typeof entry !== 'string')) return yield header as CsvProblem[];
      columns = header as string[];
    }
    if (columns === undefined) continue;
    const names = columns;
    const read = readLines(lines, names);
    if (lines.length > 0) yield lines.map(({ row }, index) => rowOf(row, read[index]!, names));
  }
  if (columns === undefined)
    yield [{ row: 1, detail: `the file is empty; expected a header with ${needed}` }];
}

/** One row as CSV (RFC 4180), with its line end. */
export const writeCsvRow = (cells: string[]): string =>
  `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`;
