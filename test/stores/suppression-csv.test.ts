/** The list as CSV: what goes out comes in again, and each bad row is named and spoils no other. */
import { describe, expect, it } from 'vitest';
import type { Suppression } from '../../src/mail/suppression.ts';
import { exportSuppressions, importSuppressions } from '../../src/stores/suppression-csv.ts';

const now = new Date('2026-05-04T12:00:00.000Z');
const context = { account: 'acme', source: 'list.csv', now };

/** The text in pieces of `size` bytes, as a network would cut it. */
async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function imported(text: string, onError: 'skip' | 'abort' = 'skip', size = 7) {
  const kept: Suppression[] = [];
  const store = { put: async (entries: Suppression[]) => void kept.push(...entries) };
  const report = await importSuppressions({ store, open: () => pieces(text, size), onError, context });
  return { kept, report, addresses: kept.map(({ address }) => address) };
}

describe('a file', () => {
  it.each([
    ['a byte order mark', '\uFEFFemail\r\na@x.example\r\n'],
    ['bare line feeds and no end', 'email\na@x.example'],
    ['empty lines and spaces', '\n EMAIL , source\n\n  a@x.example , list.csv \n\n'],
    ['quotes', '"email","source"\r\n"a@x.example","list.csv"\r\n'],
  ])('with %s is read', async (_, text) => {
    const { kept, report } = await imported(text);
    expect(report).toEqual({ rows: 1, imported: 1, refused: 0, problems: [] });
    const entry = { address: 'a@x.example', account: 'acme', reason: 'manual', source: 'list.csv' };
    expect(kept).toEqual([{ ...entry, createdAt: now.toISOString() }]);
  });

  it('keeps reasons, sources and times, in UTC', async () => {
    const { kept } = await imported(
      'email,reason,source,created_at,expires_at\n' +
        'A@BÜCHER.example,complaint,"said ""no"", twice",2020-01-01T01:00:00+01:00,2030-01-01T00:00:00Z\n',
    );
    expect(kept).toEqual([
      {
        address: 'a@xn--bcher-kva.example',
        account: 'acme',
        reason: 'complaint',
        source: 'said "no", twice',
        createdAt: '2020-01-01T00:00:00.000Z',
        expiresAt: '2030-01-01T00:00:00.000Z',
      },
    ]);
  });

  it('that was exported imports as it was', async () => {
    const entries: Suppression[] = ['a@x.example', '"odd, \\"one"@x.example'].map((address) => ({
      address,
      account: 'acme',
      reason: 'unsubscribe',
      source: 'send:1, by "post"',
      createdAt: '2026-01-01T00:00:00.000Z',
      expiresAt: '2027-01-01T00:00:00.000Z',
    }));
    const list = async ({ after }: { after?: string }) =>
      after === undefined ? { items: entries.slice(0, 1), next: 'one' } : { items: entries.slice(1) };
    let text = '';
    for await (const part of exportSuppressions({ list }, { account: 'acme', now })) text += part;
    expect((await imported(text)).kept).toEqual(entries);
  });
});

describe('a bad row is named with its column, and the others are kept', () => {
  const header = 'email,reason,source,expires_at';
  it.each<[string, object]>([
    [
      'bad@x.example,man"ual',
      { column: 'reason', detail: expect.stringContaining('does not begin with one') },
    ],
    [
      '"bad@x.example"z,manual',
      { column: 'email', detail: expect.stringContaining('follows the closing quote') },
    ],
    [
      'bad@x.example,manual,"never closed',
      { column: 'source', detail: expect.stringContaining('not closed') },
    ],
    ['no address', { column: 'email', detail: expect.stringContaining('alice@example.com') }],
    [',manual', { column: 'email' }],
    ['bad@x.example\u0000', { column: 'email' }],
    ['bad@x.example,because', { column: 'reason', detail: expect.stringContaining('hard-bounce') }],
    ['bad@x.example,,,soon', { column: 'expires_at', detail: expect.stringContaining('ISO 8601') }],
    [
      'bad@x.example,,,2020-01-01T00:00:00Z',
      { column: 'expires_at', detail: expect.stringContaining('over') },
    ],
    ['bad@x.example,,,,,more', { detail: 'the row has 6 cells, its header 4 columns' }],
    [`bad@x.example,,${'x'.repeat(201)}`, { column: 'source' }],
    [`bad@x.example,,${'x'.repeat(50_000)}`, { detail: 'the line is longer than 20000 characters' }],
  ])('%.40s', async (row, problem) => {
    const text = `${header}\na@x.example\n${row}\nb@x.example,"manual"\n"c@x.example"\n`;
    const { report, addresses } = await imported(text, 'skip', 1_000);
    expect(report).toMatchObject({ rows: 4, imported: 3, refused: 1, problems: [{ row: 3, ...problem }] });
    expect(addresses).toEqual(['a@x.example', 'b@x.example', 'c@x.example']);
    expect(await imported(text, 'abort')).toMatchObject({ kept: [], report: { imported: 0, refused: 1 } });
  });

  it('even when two broken quotes would make a pair', async () => {
    const { report, addresses } = await imported(
      'email,source\na@x.example,"one\nb@x.example,two"\nc@x.example,\n',
    );
    expect(report.problems.map(({ row, column }) => `${row} ${column}`)).toEqual(['2 source', '3 source']);
    expect(addresses).toEqual(['c@x.example']);
  });

  it('up to a hundred times; the rest is counted', async () => {
    const { report } = await imported(`email\n${'nonsense\n'.repeat(1_234)}`, 'skip', 5_000);
    expect(report).toMatchObject({ rows: 1_234, refused: 1_234, imported: 0 });
    expect(report.problems).toHaveLength(100);
    expect(report.problems.at(-1)?.row).toBe(101);
  });
});

describe('a header that is not usable is named, and nothing is imported', () => {
  it.each<[string, object[]]>([
    ['', [{ row: 1 }]],
    ['\n\n', [{ row: 1 }]],
    ['a@x.example\nb@x.example', [{ row: 1, column: 'a@x.example' }, { row: 1 }]],
    ['reason\nmanual', [{ row: 1, detail: expect.stringContaining('email is needed') }]],
    ['\nemail,expire_at\na@x.example', [{ row: 2, column: 'expire_at' }]],
    ['email,email\na@x.example', [{ row: 1, column: 'email', detail: 'the column is named twice' }]],
    ['"email\na@x.example', [{ row: 1 }]],
  ])('%j', async (text, problems) => {
    const { kept, report } = await imported(text);
    expect(kept).toEqual([]);
    expect(report).toMatchObject({ imported: 0, problems });
  });
});

it('a list of 100,000 rows goes through in pieces', async () => {
  let kept = 0;
  let most = 0;
  const store = {
    put: async (entries: Suppression[]) => {
      kept += entries.length;
      most = Math.max(most, entries.length);
    },
  };
  async function* open(): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode('email\n');
    for (let block = 0; block < 100; block += 1)
      yield new TextEncoder().encode(
        Array.from({ length: 1_000 }, (_, row) => `r${block}.${row}@x.example\n`).join(''),
      );
  }
  const report = await importSuppressions({ store, open, onError: 'skip', context });
  expect(report).toMatchObject({ rows: 100_000, imported: 100_000 });
  expect(kept).toBe(100_000);
  expect(most).toBeLessThanOrEqual(500);
});
