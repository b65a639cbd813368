/**
 * `$EVERPOST_HOME/dev.env`: every address and key of the running system, as lines that a shell can source. It is
 * there only while the system runs, and only its owner can read it.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

const fileOf = (home: string): string => join(home, 'dev.env');

/** A value as a shell reads it: single-quoted unless it is plain. */
export function shellQuoted(value: string): string {
  if (/^[A-Za-z0-9_./:@%+,-]+$/.test(value)) return value;
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

/** Writes the file in one step, mode 0600. Sourced with `set -a; . FILE; set +a`. Returns where it is. */
export async function writeEnvFile(home: string, variables: Record<string, string>): Promise<string> {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${shellQuoted(value)}\n`);
  const file = fileOf(home);
  await writeFile(`${file}.new`, `# The running everpost dev; gone when it stops.\n${lines.join('')}`, {
    mode: 0o600,
  });
  await rename(`${file}.new`, file);
  return file;
}

/** What the running system of that home says of itself; empty when none runs. */
export async function readEnvFile(home: string): Promise<Record<string, string | undefined>> {
  return readFile(fileOf(home), 'utf8').then(parseEnv, () => ({}));
}

/** Removes it: the addresses are no longer true. */
export const removeEnvFile = (home: string): Promise<void> => rm(fileOf(home), { force: true });
