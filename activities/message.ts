/**
 * The bytes of one delivery: the stored mail with its header edits, streamed, or a composed away reply. Nothing
 * but the header block is ever held or decoded; the body passes byte for byte (rules 24 to 28).
 */
import { Readable } from 'node:stream';
import { composeAwayReply } from '../src/mail/autoreply.ts';
import type { DeliveryJob } from '../src/mail/delivery.ts';
import { editHeader } from '../src/mail/edit.ts';
import { readHeaderBlock } from '../src/mail/header.ts';
import type { SmtpReply } from '../src/mail/mail.ts';
import { HEADER_BYTES_MAX, type MailStore, ObjectGone } from '../src/stores/mail-store.ts';

/** What goes into DATA, or the reply that stands for it where there is nothing to send. */
export type Message = { bytes: Readable; sizeBytes: number; eightBit: boolean } | { reply: SmtpReply };

/** Bytes looked at to tell whether a mail is 8-bit (rule 32), before its transaction begins. */
const EIGHT_BIT_LOOK = 256 * 1024;

/** Opens what a delivery sends. Throws where the store cannot be reached; an object that is gone is a reply. */
export async function messageOf(store: MailStore, job: DeliveryJob): Promise<Message> {
  const { delivery, mail, stamp } = job;
  if (delivery.reply !== undefined) {
    const bytes = Buffer.from(composeAwayReply(delivery.reply, delivery.to, stamp), 'utf8');
    return { bytes: Readable.from([bytes]), sizeBytes: bytes.length, eightBit: false };
  }
  try {
    return await editedMail(await store.body(mail), job);
  } catch (error) {
    if (!(error instanceof ObjectGone)) throw error;
    const text = `the stored mail ${mail.bucket}/${mail.key} is gone or was replaced, so it cannot be sent`;
    return { reply: { code: 554, enhanced: '5.3.0', text, stage: 'mail' } };
  }
}

async function editedMail(stored: Readable, job: DeliveryJob): Promise<Message> {
  const chunks = stored[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const read: Buffer[] = [];
  let bytes = 0;
  let ended = false;
  let block = readHeaderBlock(new Uint8Array());
  let head = Buffer.alloc(0);
  // Parsed again only when what was read has doubled, so that a long header block costs linear time.
  for (let nextParse = 0; !ended && bytes < HEADER_BYTES_MAX && !block.complete; ) {
    const next = await chunks.next();
    if (next.done) ended = true;
    else {
      read.push(next.value);
      bytes += next.value.length;
    }
    if (!ended && bytes < nextParse && bytes < HEADER_BYTES_MAX) continue;
    nextParse = bytes * 2;
    head = Buffer.concat(read);
    block = readHeaderBlock(head);
  }
  const edited = editHeader(head, block, job.delivery.edits);
  const rest = head.subarray(block.bodyStart);
  const message = Readable.from(pieces(edited, rest, chunks), { objectMode: false });
  // A transaction that ends before DATA reads nothing: the stored mail must not keep its connection for that.
  message.once('close', () => stored.destroy());
  return {
    bytes: message,
    sizeBytes: job.mail.sizeBytes - block.bodyStart + edited.length,
    eightBit: hasEightBit(edited) || hasEightBit(rest),
  };
}

async function* pieces(
  edited: Uint8Array,
  rest: Buffer,
  chunks: AsyncIterator<Buffer>,
): AsyncGenerator<Uint8Array> {
  yield edited;
  if (rest.length > 0) yield rest;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
}

function hasEightBit(bytes: Uint8Array): boolean {
  const end = Math.min(bytes.length, EIGHT_BIT_LOOK);
  // A plain loop: this runs over every mail, and a callback for each byte takes ten times as long.
  for (let at = 0; at < end; at += 1) if (bytes[at]! > 127) return true;
  return false;
}
