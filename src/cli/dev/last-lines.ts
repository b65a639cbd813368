/** The end of a log, for the message about whoever wrote it. */
import { readFile } from 'node:fs/promises';

const LINES = 8;

/** The last lines of a file, indented; a word in their place where there are none. */
export async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.trimEnd().split('\n').slice(-LINES);
  return lines.join('').trim() === '' ? '    (nothing)' : lines.map((line) => `    ${line}`).join('\n');
}
