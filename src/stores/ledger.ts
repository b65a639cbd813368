/**
 * The ledger: one row a delivery and generation, so that what a relay accepted is never sent again (design 4.3).
 * An attempt claims its row by a conditional write before it sends and ends the claim afterwards. A claim without
 * an end is an attempt that died; it goes once more, and a second time waits for a person (rule 36).
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandOutput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  type Attempt,
  BLOCKED,
  type ClaimRequest,
  keyOf,
  type LedgerItem,
  type LedgerKey,
  type LedgerRow,
  readCursor,
  readRow,
  writeCursor,
} from './ledger-row.ts';
import { blockedWrite, type Ending, endWrite, freeWrite, takeOverWrite, type Write } from './ledger-write.ts';

/** Lists rows by day (UTC) beyond Temporal's retention. */
export const LEDGER_DAY_INDEX = 'by-day';
/**
 * How long another run's claim is believed to be at work: longer than rule 34 lets one attempt take (5 min each
 * for greeting, EHLO, MAIL and RCPT, 2 for DATA, 10 after the final dot, and the bytes).
 */
const AT_WORK_MS = 40 * 60_000;
const PAGE_ROWS = 100;

export type Claim =
  /** Send. `repeated`: an earlier attempt may have arrived. */
  | { kind: 'claimed'; repeated: boolean }
  /** Do not send: that is the answer. */
  | { kind: 'settled'; state: 'accepted' | 'refused'; reply: string }
  /** Do not send: it may have arrived twice already. */
  | { kind: 'unknown' }
  /** Do not send now: another run of this mail is at it. Its claim is believed until then (ISO 8601). */
  | { kind: 'busy'; workflowId: string; until: string };

export type { LedgerRow };

export type LedgerPage = { rows: LedgerRow[]; next?: string };

export type Ledger = {
  /** Takes the row for one attempt, or says why it must not be sent. */
  claim(request: ClaimRequest): Promise<Claim>;
  /**
   * Ends the claim with the relay's answer. `accepted` is written whoever holds the claim by now, since it is a
   * fact; a refusal only while it is ours.
   */
  settle(attempt: Attempt & { state: 'accepted' | 'refused'; reply: string }): Promise<void>;
  /** Ends the claim of an attempt that failed before the final dot: the row is free for the next. */
  release(attempt: Attempt & { reply: string }): Promise<void>;
  /** Ends the claim of an attempt whose bytes were all sent and whose reply never came. */
  markUnknown(attempt: Attempt & { reply: string }): Promise<void>;
  /** The one row of a mail that was blocked for all its recipients. */
  blockedRow(block: { mail: string; now: Date; workflowId: string; sender: string }): Promise<void>;
  /** All rows of a mail (bucket/key), as they are at this moment. */
  rows(mail: string): Promise<LedgerRow[]>;
  /** Rows last touched on a day (`YYYY-MM-DD`, UTC), newest first. Throws BadCursor on a foreign cursor. */
  byDay(day: string, cursor?: string): Promise<LedgerPage>;
};

type Place = { dynamodb: DynamoDBClient; table: string };

/** Opens the table `email-deliveries` under the name it has here. */
export function openLedger(dynamodb: DynamoDBClient, table: string): Ledger {
  const place = { dynamodb, table };
  const end = async (attempt: Attempt, ending: Ending): Promise<void> => {
    await update(place, attempt, endWrite(attempt, ending));
  };
  return {
    claim: (request) => claim(place, request),
    settle: (attempt) => {
      const { state, reply } = attempt;
      return end(attempt, { state, reply, always: state === 'accepted' });
    },
    release: (attempt) => end(attempt, { state: 'released', reply: attempt.reply }),
    markUnknown: (attempt) => end(attempt, { state: 'unknown', reply: attempt.reply, counts: true }),
    blockedRow: async (block) => {
      await update(place, { mail: block.mail, delivery: BLOCKED, generation: 0 }, blockedWrite(block));
    },
    rows: (mail) => rows(place, mail),
    byDay: (day, cursor) => byDay(place, day, cursor),
  };
}

/** Writes a row if the condition holds. Either way: whether it did, and the row as it is now. */
async function update({ dynamodb, table }: Place, key: LedgerKey, write: Write) {
  const command = new UpdateItemCommand({
    TableName: table,
    Key: keyOf(key),
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    ...write,
  });
  try {
    return { written: true, row: (await dynamodb.send(command)).Attributes ?? {} };
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return { written: false, row: error.Item ?? {} };
    throw error;
  }
}

async function claim(place: Place, request: ClaimRequest): Promise<Claim> {
  const first = await update(place, request, freeWrite(request));
  if (first.written) return { kind: 'claimed', repeated: Number(first.row.unknowns?.N ?? 0) > 0 };
  const answer = settledOrBusy(request, first.row);
  if (answer !== undefined) return answer;
  // Only the row just seen is taken over: of several attempts that saw it, one wins.
  if ((await update(place, request, takeOverWrite(request, first.row))).written)
    return { kind: 'claimed', repeated: true };
  const until = new Date(request.now.getTime() + AT_WORK_MS).toISOString();
  return { kind: 'busy', workflowId: request.workflowId, until };
}

async function rows({ dynamodb, table }: Place, mail: string): Promise<LedgerRow[]> {
  const found: LedgerRow[] = [];
  let ExclusiveStartKey: LedgerItem | undefined;
  do {
    const page: QueryCommandOutput = await dynamodb.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'mail = :mail',
        ExpressionAttributeValues: { ':mail': { S: mail } },
        ExclusiveStartKey,
      }),
    );
    found.push(...(page.Items ?? []).map(readRow));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return found;
}

async function byDay({ dynamodb, table }: Place, day: string, cursor?: string): Promise<LedgerPage> {
  const page = await dynamodb.send(
    new QueryCommand({
      TableName: table,
      IndexName: LEDGER_DAY_INDEX,
      KeyConditionExpression: '#day = :day',
      ExpressionAttributeNames: { '#day': 'day' },
      ExpressionAttributeValues: { ':day': { S: day } },
      ScanIndexForward: false,
      Limit: PAGE_ROWS,
      ExclusiveStartKey: cursor === undefined ? undefined : readCursor(cursor),
    }),
  );
  const found = (page.Items ?? []).map(readRow);
  const last = page.LastEvaluatedKey;
  return last === undefined ? { rows: found } : { rows: found, next: writeCursor(last) };
}

/** What a row that is not free answers, or undefined where it may be taken over and sent once more. */
function settledOrBusy(request: ClaimRequest, item: LedgerItem): Claim | undefined {
  const row = readRow(item);
  if (row.state === 'accepted' || row.state === 'refused') {
    return { kind: 'settled', state: row.state, reply: row.reply ?? '' };
  }
  const until = Date.parse(row.updatedAt) + AT_WORK_MS;
  if (row.state === 'claimed' && item.run_id?.S !== request.runId && until > request.now.getTime()) {
    return { kind: 'busy', workflowId: row.workflowId, until: new Date(until).toISOString() };
  }
  const died = row.state === 'claimed' ? 1 : 0;
  return row.unknowns + died > 1 ? { kind: 'unknown' } : undefined;
}
