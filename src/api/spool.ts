/** Keeps a long request body in a file of its own while it is read more than once; memory stays small. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { tooLarge } from './body-limits.ts';

/** The bytes as they pass; throws a 413 problem where there are more than `bytesMax`. */
export async function* counted(
  body: AsyncIterable<Uint8Array>,
  bytesMax: number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    yield chunk;
  }
}

/** Hands `use` a function that reads the body from its beginning, as often as it likes; the file goes afterwards. */
export async function withSpooled<T>(
  body: AsyncIterable<Uint8Array>,
  use: (open: () => AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'everpost-upload-'));
  const file = join(folder, 'body');
  try {
    await pipeline(body, createWriteStream(file, { mode: 0o600 }));
    return await use(() => createReadStream(file));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
