/**
 * Makes at first start what production insists on: a signing secret and an admin API key. They stay the same from
 * start to start, in files that only their owner can read.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export type DevelopmentSecrets = { secret: string; apiKey: string };

/** Reads the file, or makes it with `make()` where it is missing or empty. */
async function keep(file: string, make: () => string): Promise<string> {
  const found = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const value = found.trim() === '' ? make() : found.trim();
  if (found.trim() === '') await writeFile(file, `${value}\n`, { mode: 0o600 });
  // A copy or a restored backup may have lost it.
  await chmod(file, 0o600);
  return value;
}

/** The secret and the admin key of a home; made once, with 256 and 192 bits from the system's random source. */
export async function keepSecrets(home: string): Promise<DevelopmentSecrets> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  return {
    secret: await keep(join(home, 'secret'), () => randomBytes(32).toString('base64url')),
    apiKey: await keep(join(home, 'api-key'), () => `ep_${randomBytes(24).toString('base64url')}`),
  };
}
