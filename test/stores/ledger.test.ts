/** The ledger's contract: what was accepted is never sent again, whoever dies and whoever comes at once. */
import { randomUUID } from 'node:crypto';
import { DescribeTimeToLiveCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ledger, openLedger } from '../../src/stores/ledger.ts';
import { BadCursor } from '../../src/stores/ledger-row.ts';
import { newTables, openTestAws } from '../environment/deployment.ts';

const aws = openTestAws();
let table: string;
let ledger: Ledger;

beforeAll(async () => {
  table = (await newTables(aws)).deliveries;
  ledger = openLedger(aws.dynamodb, table);
});
afterAll(() => aws.close());

const NOON = new Date('2026-05-04T12:00:00.000Z');
const later = (minutes: number): Date => new Date(NOON.getTime() + minutes * 60_000);
const reply = '250 2.0.0 ok';

/** One attempt at a row of its own; `over` says what is different. */
const attempt = (
  over: { mail?: string; generation?: number; token?: string; runId?: string; now?: Date } = {},
) => ({
  mail: `bucket/${randomUUID()}`,
  delivery: 'mailbox:alice@example.com',
  generation: 0,
  token: randomUUID(),
  runId: 'run-1',
  workflowId: 'mail:example.com:1',
  to: 'alice@example.com',
  now: NOON,
  ...over,
});

describe('claiming a row', () => {
  it('grants a new row, and grants it again to the same attempt', async () => {
    const mine = attempt();
    expect(await ledger.claim(mine)).toEqual({ kind: 'claimed', repeated: false });
    expect(await ledger.claim(mine)).toEqual({ kind: 'claimed', repeated: false });
  });

  it('lets one of 20 runs that claim at once win', async () => {
    const { mail } = attempt();
    const claims = Array.from({ length: 20 }, (_, index) =>
      ledger.claim(attempt({ mail, runId: `run-${index}` })),
    );
    const kinds = (await Promise.all(claims)).map((claim) => claim.kind).sort();
    expect(kinds).toEqual([...Array(19).fill('busy'), 'claimed']);
  });

  it('lets one of 20 attempts that find a dead claim take it over', async () => {
    const { mail } = attempt();
    await ledger.claim(attempt({ mail }));
    const now = later(41);
    const claims = Array.from({ length: 20 }, (_, index) =>
      ledger.claim(attempt({ mail, now, runId: `run-${index + 2}` })),
    );
    const granted = (await Promise.all(claims)).filter((claim) => claim.kind === 'claimed');
    expect(granted).toEqual([{ kind: 'claimed', repeated: true }]);
  });

  it.each(['accepted', 'refused'] as const)('answers a row that was %s and sends nothing', async (state) => {
    const mine = attempt();
    await ledger.claim(mine);
    await ledger.settle({ ...mine, state, reply });
    const next = attempt({ mail: mine.mail, runId: 'run-2' });
    expect(await ledger.claim(next)).toEqual({ kind: 'settled', state, reply });
  });

  it('grants a released row as if nothing had been sent', async () => {
    const mine = attempt();
    await ledger.claim(mine);
    await ledger.release({ ...mine, reply: '451 4.3.0 later' });
    expect(await ledger.claim(attempt({ mail: mine.mail, runId: 'run-2' }))).toEqual({
      kind: 'claimed',
      repeated: false,
    });
  });

  it('keeps another run out while a claim may still be at work', async () => {
    const mine = attempt();
    await ledger.claim(mine);
    const other = attempt({ mail: mine.mail, runId: 'run-2', now: later(10) });
    expect(await ledger.claim(other)).toEqual({
      kind: 'busy',
      workflowId: mine.workflowId,
      until: later(40).toISOString(),
    });
  });

  it('starts a row of its own for each generation', async () => {
    const mine = attempt();
    await ledger.claim(mine);
    await ledger.settle({ ...mine, state: 'accepted', reply });
    expect(await ledger.claim(attempt({ mail: mine.mail, generation: 1 }))).toEqual({
      kind: 'claimed',
      repeated: false,
    });
  });
});

describe('an attempt that died', () => {
  it('is repeated once at once by its own run, then waits for a person', async () => {
    const { mail } = attempt();
    await ledger.claim(attempt({ mail }));
    expect(await ledger.claim(attempt({ mail }))).toEqual({ kind: 'claimed', repeated: true });
    expect(await ledger.claim(attempt({ mail }))).toEqual({ kind: 'unknown' });
    expect(await ledger.claim(attempt({ mail, now: later(60) }))).toEqual({ kind: 'unknown' });
  });

  it('stays marked when its repetition fails before the final dot', async () => {
    const { mail } = attempt();
    await ledger.claim(attempt({ mail }));
    const second = attempt({ mail });
    await ledger.claim(second);
    await ledger.release({ ...second, reply: '451 later' });
    expect(await ledger.claim(attempt({ mail }))).toEqual({ kind: 'claimed', repeated: true });
  });

  it('does not take the answer away when it turns out to have been accepted', async () => {
    const first = attempt();
    await ledger.claim(first);
    const second = attempt({ mail: first.mail });
    await ledger.claim(second);
    await ledger.settle({ ...first, state: 'accepted', reply });
    await ledger.settle({ ...second, state: 'refused', reply: '554 duplicate' });
    expect(await ledger.rows(first.mail)).toMatchObject([{ state: 'accepted', reply }]);
  });
});

describe('an unknown outcome (rule 36)', () => {
  it('goes once more, marked; a second one waits for a person', async () => {
    const first = attempt();
    await ledger.claim(first);
    await ledger.markUnknown({ ...first, reply: 'connection lost' });
    const second = attempt({ mail: first.mail });
    expect(await ledger.claim(second)).toEqual({ kind: 'claimed', repeated: true });
    await ledger.markUnknown({ ...second, reply: 'connection lost' });
    expect(await ledger.claim(attempt({ mail: first.mail }))).toEqual({ kind: 'unknown' });
  });

  it('counts once however often it is written', async () => {
    const first = attempt();
    await ledger.claim(first);
    await ledger.markUnknown({ ...first, reply: 'connection lost' });
    await ledger.markUnknown({ ...first, reply: 'connection lost' });
    expect(await ledger.rows(first.mail)).toMatchObject([{ state: 'unknown', unknowns: 1 }]);
  });
});

describe('rows', () => {
  it('tell delivery, generation, state, reply and times', async () => {
    const mine = attempt({ generation: 3 });
    await ledger.claim(mine);
    await ledger.settle({ ...mine, state: 'accepted', reply, now: later(1) });
    const { mail, delivery, generation, to, workflowId } = mine;
    const times = { createdAt: NOON.toISOString(), updatedAt: later(1).toISOString() };
    expect(await ledger.rows(mail)).toEqual([
      { mail, delivery, generation, to, workflowId, state: 'accepted', reply, unknowns: 0, ...times },
    ]);
  });

  it('are forgotten after 90 days by time to live', async () => {
    const mine = attempt();
    await ledger.claim(mine);
    const Key = { mail: { S: mine.mail }, delivery: { S: `${mine.delivery}#0` } };
    const { Item } = await aws.dynamodb.send(new GetItemCommand({ TableName: table, Key }));
    expect(Number(Item?.expires_at?.N)).toBe(NOON.getTime() / 1000 + 90 * 86_400);
    const { TimeToLiveDescription } = await aws.dynamodb.send(
      new DescribeTimeToLiveCommand({ TableName: table }),
    );
    expect(TimeToLiveDescription).toMatchObject({ AttributeName: 'expires_at', TimeToLiveStatus: 'ENABLED' });
  });

  it('say of a mail blocked for all that it was blocked', async () => {
    const mail = `bucket/${randomUUID()}`;
    await ledger.blockedRow({
      mail,
      now: NOON,
      workflowId: 'mail:example.com:2',
      sender: 'spam@bad.example',
    });
    expect(await ledger.rows(mail)).toMatchObject([{ delivery: 'blocked', generation: 0, state: 'blocked' }]);
  });

  it('come by day, newest first, in pages', async () => {
    const day = new Date('2026-06-07T00:00:00.000Z');
    const claims = Array.from({ length: 105 }, (_, index) =>
      attempt({ now: new Date(day.getTime() + index * 1000) }),
    );
    await Promise.all(claims.map((claim) => ledger.claim(claim)));
    const first = await ledger.byDay('2026-06-07');
    const second = await ledger.byDay('2026-06-07', first.next);
    expect([first.rows.length, second.rows.length, second.next]).toEqual([100, 5, undefined]);
    const mails = [...first.rows, ...second.rows].map((row) => row.mail);
    expect(mails).toEqual(claims.map((claim) => claim.mail).reverse());
    expect((await ledger.byDay('2026-06-08')).rows).toEqual([]);
  });

  it.each(['', 'x', Buffer.from('[1,2,3,4]').toString('base64url')])(
    'refuse the foreign cursor «%s»',
    async (cursor) => {
      await expect(ledger.byDay('2026-06-07', cursor)).rejects.toThrow(BadCursor);
    },
  );
});
