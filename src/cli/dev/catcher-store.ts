/**
 * Keeps the mails of the mail catcher in a folder: the bytes as they came in `<id>.eml`, the envelope beside them in
 * `<id>.json`. What is there survives a restart; the oldest go when there are too many. Ids ascend with time.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { decodeWords } from '../../mail/charset.ts';
import { firstField, readHeaderBlock } from '../../mail/header.ts';

/** Which of the catcher's two ports took a mail. */
export type CatcherPort = 'internal' | 'external';

export type CaughtMail = {
  id: string;
  port: CatcherPort;
  /** Empty is the null sender. */
  mailFrom: string;
  rcptTo: string[];
  subject: string;
  /** Bytes of the message, without the dots that SMTP adds. */
  size: number;
  /** ISO 8601. */
  receivedAt: string;
};

export type CatcherStore = {
  /** Stores a message. Rejects, and leaves nothing behind, when the stream breaks or `stillWanted` says no. */
  add(
    envelope: Pick<CaughtMail, 'port' | 'mailFrom' | 'rcptTo'>,
    message: Readable,
    stillWanted: () => boolean,
  ): Promise<CaughtMail | undefined>;
  /** Newest first. */
  list(): CaughtMail[];
  find(id: string): CaughtMail | undefined;
  /** The bytes of a mail that `find` knows. */
  read(mail: CaughtMail): Readable;
  clear(): Promise<void>;
};

/** Enough of the beginning for the subject of any sane mail. */
const HEADER_BYTES_MAX = 64 * 1024;

/** Reads what the folder holds; made if it is missing. `mailsMax`: the oldest above this are deleted. */
export async function openCatcherStore(folder: string, mailsMax: number): Promise<CatcherStore> {
  await mkdir(folder, { recursive: true });
  /** Oldest first. */
  const mails = await readFolder(folder);
  let count = 0;
  const fileOf = (id: string, ending: string): string => join(folder, `${id}.${ending}`);
  // The envelope goes first: a message without one is removed at the next start, not the other way round.
  const remove = async ({ id }: CaughtMail): Promise<void> => {
    await rm(fileOf(id, 'json'), { force: true });
    await rm(fileOf(id, 'eml'), { force: true });
  };

  return {
    async add(envelope, message, stillWanted) {
      const receivedAt = new Date();
      const id = `${receivedAt.getTime()}-${String(++count).padStart(6, '0')}`;
      const part = fileOf(id, 'part');
      const { head, size } = await writeMessage(part, message).catch(async (error: unknown) => {
        await rm(part, { force: true });
        throw error;
      });
      if (!stillWanted()) {
        await rm(part);
        return undefined;
      }
      const subject = decodeWords(firstField(readHeaderBlock(head), 'subject') ?? '').slice(0, 500);
      const mail = { id, ...envelope, subject, size, receivedAt: receivedAt.toISOString() };
      await rename(part, fileOf(id, 'eml'));
      await writeFile(part, `${JSON.stringify(mail, undefined, 2)}\n`);
      await rename(part, fileOf(id, 'json'));
      mails.push(mail);
      await Promise.all(mails.splice(0, Math.max(0, mails.length - mailsMax)).map(remove));
      return mail;
    },
    list: () => mails.toReversed(),
    find: (id) => mails.find((mail) => mail.id === id),
    read: ({ id }) => createReadStream(fileOf(id, 'eml')),
    async clear() {
      await Promise.all(mails.splice(0).map(remove));
    },
  };
}

/** Mails of an earlier run, oldest first. What a crash left half done is removed. */
async function readFolder(folder: string): Promise<CaughtMail[]> {
  const names = new Set(await readdir(folder));
  const mails: CaughtMail[] = [];
  for (const name of [...names].filter((each) => /^\d+-\d+\.(eml|json|part)$/.test(each)).sort()) {
    const [id = '', ending] = name.split('.');
    if (ending === 'json' && names.has(`${id}.eml`)) {
      mails.push(JSON.parse(await readFile(join(folder, name), 'utf8')) as CaughtMail);
    } else if (ending !== 'eml' || !names.has(`${id}.json`)) await rm(join(folder, name));
  }
  return mails;
}

async function writeMessage(path: string, message: Readable): Promise<{ head: Buffer; size: number }> {
  const beginning: Buffer[] = [];
  let size = 0;
  const count = async function* (blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const block of blocks) {
      if (size < HEADER_BYTES_MAX) beginning.push(block);
      size += block.length;
      yield block;
    }
  };
  await pipeline(message, count, createWriteStream(path, { flags: 'wx' }));
  return { head: Buffer.concat(beginning), size };
}
