/** Header blocks as they are stored, whole, broken and cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldsNamed, firstField, readHeaderBlock } from '../../src/mail/header.ts';

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** Names and values, then where the body starts, then `complete` and `wellFormed`. */
const read = (text: string) => {
  const block = readHeaderBlock(latin1(text));
  return {
    fields: block.fields.map(({ name, value }) => `${name}=${value}`),
    body: text.slice(block.bodyStart),
    complete: block.complete,
    wellFormed: block.wellFormed,
  };
};

describe('a header block', () => {
  it.each([
    ['CRLF line ends', 'A: 1\r\nB: 2\r\n\r\nbody', ['A=1', 'B=2'], 'body'],
    ['bare LF line ends', 'A: 1\nB: 2\n\nbody', ['A=1', 'B=2'], 'body'],
    ['bare CR line ends, which are sent as CRLF', 'A: 1\rB: 2\r\rbody', ['A=1', 'B=2'], 'body'],
    ['mixed line ends', 'A: 1\nB: 2\r\n\nbody', ['A=1', 'B=2'], 'body'],
    ['folded lines', 'A: 1\r\n 2\r\n\t3\r\n\r\nbody', ['A=1 2\t3'], 'body'],
    ['a folded line of spaces only', 'A: 1\r\n \r\n 2\r\n\r\nbody', ['A=1  2'], 'body'],
    ['a value on the second line', 'A:\r\n 1\r\n\r\nbody', ['A=1'], 'body'],
    ['white space before the colon', 'A \t: 1\r\n\r\nbody', ['A=1'], 'body'],
    ['an empty value', 'A:\r\nB:\r\n\r\nbody', ['A=', 'B='], 'body'],
    ['colons in the value', 'A: b: c\r\n\r\n', ['A=b: c'], ''],
    ['a NUL in a value', 'A: x\u0000y\r\n\r\nbody', ['A=x\u0000y'], 'body'],
    ['Latin-1', 'A: Gr\u00fc\u00dfe\r\n\r\n\u00fc', ['A=Grüße'], '\u00fc'],
    ['UTF-8', 'A: Gr\u00c3\u00bc\r\n\r\n', ['A=Grü'], ''],
    ['an mbox line', 'From a Tue Aug  4\nA: 1\n\nbody', ['A=1'], 'body'],
    ['an escaped mbox line', '>From a Tue Aug  4\r\nA: 1\r\n\r\nbody', ['A=1'], 'body'],
    ['no fields', '\r\nbody', [], 'body'],
    ['a line that is no field', 'A: 1\r\nno field\r\nB: 2\r\n\r\n', ['A=1'], 'no field\r\nB: 2\r\n\r\n'],
    ['a name beyond ASCII', 'A: 1\r\n\u00fc: 2\r\n\r\n', ['A=1'], '\u00fc: 2\r\n\r\n'],
  ])('with %s', (_what, text, fields, body) => {
    expect(read(text)).toEqual({ fields, body, complete: true, wellFormed: true });
  });

  it.each([
    ['the value', 'A: 1'],
    ['a line end', 'A: 1\r'],
    ['the end of a field, since more may be folded', 'A: 1\r\n'],
    ['the empty line', 'A: 1\r\n\r'],
  ])('is incomplete where the bytes end in %s', (_where, text) => {
    expect(read(text)).toEqual({ fields: ['A=1'], body: '', complete: false, wellFormed: true });
  });

  it('is incomplete where the bytes end in a name, which is body if nothing follows', () => {
    expect(read('A: 1\r\nB')).toEqual({ fields: ['A=1'], body: 'B', complete: false, wellFormed: true });
  });

  it.each([
    ['text', 'Hello there\r\nA: 1\r\n\r\n', true],
    ['white space', ' A: 1\r\n\r\n', true],
    ['a colon', ': 1\r\n\r\n', true],
    ['NUL bytes', '\u0000\u0000\u0000', true],
    ['a mbox line and text', 'From a Tue\nno field\n', true],
    ['nothing', '', false],
    ['a single word without an end', 'Hello', false],
  ])('is not there where a mail begins with %s', (_what, text, complete) => {
    expect(read(text)).toEqual({ fields: [], body: text, complete, wellFormed: false });
  });

  it('answers for names in upper and lower case, top first', () => {
    const block = readHeaderBlock(latin1('Received: 2\r\nTo: a\r\nRECEIVED : 1\r\n\r\n'));
    expect(fieldsNamed(block, 'received')).toEqual(['2', '1']);
    expect(firstField(block, 'Received')).toBe('2');
    expect(firstField(block, 'Cc')).toBeUndefined();
  });

  it('of any bytes is read without a throw, its fields side by side and in order', () => {
    const piece = fc.constantFrom(
      'A',
      ':',
      ' ',
      '\t',
      '\r',
      '\n',
      '\r\n',
      '\u0000',
      '\u00e9',
      'From ',
      'B: c\r\n',
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(piece, { maxLength: 60 }).map((all) => latin1(all.join(''))),
    );
    fc.assert(
      fc.property(bytes, (mail) => {
        const block = readHeaderBlock(mail);
        let end = block.fieldsStart;
        for (const field of block.fields) {
          expect(field.start).toBe(end);
          expect(field.end).toBeGreaterThan(field.start);
          end = field.end;
        }
        expect(block.bodyStart).toBeGreaterThanOrEqual(end);
        expect(block.bodyStart).toBeLessThanOrEqual(mail.length);
      }),
      { numRuns: 500 },
    );
  });

  it('is complete at the same place, whatever follows it', () => {
    const field = fc.tuple(fc.stringMatching(/^[A-Z][a-z-]{0,8}$/), fc.stringMatching(/^[ -~]{0,30}$/));
    fc.assert(
      fc.property(fc.array(field, { minLength: 1 }), fc.uint8Array(), (fields, body) => {
        const head = latin1(`${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
        const block = readHeaderBlock(Uint8Array.from([...head, ...body]));
        expect(block.bodyStart).toBe(head.length);
        expect(block.fields.map(({ name, value }) => [name, value])).toEqual(
          fields.map(([name, value]) => [name, value.trim()]),
        );
      }),
    );
  });

  it.each(['a:\n', 'a', ' ', 'a: b\r\n ', 'a:\u00e9\n', '\r\u0000', 'a '])(
    'of a megabyte of %j is read in linear time',
    (piece) => {
      const bytes = latin1(`A: ${piece.repeat(1_000_000 / piece.length)}`);
      const start = performance.now();
      readHeaderBlock(bytes);
      // Quadratic reading takes minutes here; a busy machine does not.
      expect(performance.now() - start).toBeLessThan(5_000);
    },
  );
});
