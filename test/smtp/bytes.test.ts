/** A message arrives byte for byte; only line ends that SMTP forbids change (rules 24, 29, 31). */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mail, relay } from './relay.ts';

/** What must arrive: CRLF for every line end, and one at the end. Written apart from the client, on purpose. */
function asSmtpText(message: Buffer): Buffer {
  const text = message.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n');
  return Buffer.from(text.endsWith('\r\n') ? text : `${text}\r\n`, 'latin1');
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

const messages: [string, Buffer][] = [
  ['plain lines', bytes('Subject: x\r\n\r\nhello\r\n')],
  ['Latin-1 in header and body', bytes('Subject: gr\xfc\xdfe\r\n\r\n\xe4\xf6\xfc\r\n')],
  ['UTF-8', Buffer.from('Subject: 🙂\r\n\r\nΓειά σου\r\n')],
  ['NUL', bytes('a: b\r\n\r\nx\0y\0\r\n')],
  ['every byte there is', everyByte],
  ['a line of 998 characters', bytes(`a: b\r\n\r\n${'x'.repeat(998)}\r\n`)],
  ['a line of 100,000 characters', bytes(`a: b\r\n\r\n${'x'.repeat(100_000)}\r\n`)],
  ['dots at line starts', bytes('.\r\n..\r\n...\r\n.x\r\n\r\n.')],
  ['a lone dot first', bytes('.\r\nRSET\r\n')],
  ['the end of a message inside it', bytes('a\r\n.\r\nMAIL FROM:<mallory@example.net>\r\n')],
  ['smuggling by bare LF', bytes('a\n.\nMAIL FROM:<mallory@example.net>\n')],
  ['smuggling by bare CR', bytes('a\r.\rMAIL FROM:<mallory@example.net>\r')],
  ['smuggling by CR and LF mixed', bytes('a\n.\r\nb\r\n.\nc\r.\r\nd\r\r\n.\r\n')],
  ['no line end at the end', bytes('a: b\r\n\r\nno end')],
  ['a CR at the end', bytes('a: b\r\n\r\nend\r')],
  ['nothing', Buffer.alloc(0)],
  ['one line end', bytes('\r\n')],
];

/** Lines as the relay must see them: no CR or LF on its own, no undoubled dot in front. */
function expectCleanWire(wire: Buffer): void {
  const text = wire.toString('latin1');
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect(text.split('\r\n').filter((line) => line.startsWith('.') && !line.startsWith('..'))).toEqual([]);
}

describe('a message', () => {
  it.each(messages)('%s, in one piece', async (_, message) => {
    const { server, client } = await relay();
    const reply = await client.send(mail({ eightBit: true }, message));
    expect(reply).toMatchObject({ code: 250, stage: 'done' });
    expect(server.accepted[0]?.content).toEqual(asSmtpText(message));
    expectCleanWire(server.accepted[0]!.wire);
  });

  it.each(messages.filter(([, message]) => message.length < 1000))('%s, byte by byte', async (_, message) => {
    const { server, client } = await relay();
    const pieces = Readable.from([...message].map((byte) => Buffer.from([byte])));
    expect(await client.send(mail({ eightBit: true, message: pieces }))).toMatchObject({ stage: 'done' });
    expect(server.accepted[0]?.content).toEqual(asSmtpText(message));
    expectCleanWire(server.accepted[0]!.wire);
  });

  it('of any line ends and dots, cut anywhere, arrives as one message', async () => {
    const { server, client } = await relay();
    const piece = fc
      .array(fc.constantFrom('\r', '\n', '.', 'x', '\r\n', '\r\n.\r\n', '\0', '\xff'))
      .map((parts) => bytes(parts.join('')));
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
        const sent = server.received.length;
        expect(await client.send(mail({ eightBit: true, message: Readable.from(pieces) }))).toMatchObject({
          stage: 'done',
        });
        expect(server.received.length).toBe(sent + 1);
        expect(server.received.at(-1)?.content).toEqual(asSmtpText(Buffer.concat(pieces)));
        expectCleanWire(server.received.at(-1)!.wire);
      }),
      { numRuns: 200 },
    );
    expect(server.connections()).toBe(1);
  });

  it('of 30 MB arrives whole', async () => {
    const { server, client } = await relay();
    const line = bytes(`.${'y'.repeat(70)}\xe9\r\n`);
    const block = Buffer.concat(Array(800).fill(line));
    const blocks = Math.ceil((30 * 1024 * 1024) / block.length);
    const sent = createHash('sha256');
    const source = async function* (): AsyncGenerator<Buffer> {
      for (let index = 0; index < blocks; index++) {
        sent.update(block);
        yield block;
      }
    };
    const message = Readable.from(source(), { objectMode: false });
    expect(
      await client.send(mail({ eightBit: true, sizeBytes: blocks * block.length, message })),
    ).toMatchObject({ stage: 'done' });
    const content = server.accepted[0]!.content;
    expect(createHash('sha256').update(content).digest('hex')).toBe(sent.digest('hex'));
  });
});
