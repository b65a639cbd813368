/**
 * Rules, blocked patterns and outbound messages, read by one batched call for a whole mail (one per 100 distinct
 * keys, DynamoDB's limit). What it answers is valid: this store owns the shape of rules, nobody else checks it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  type KeysAndAttributes,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import type { Config } from '../config.ts';
import type { DirectoryAnswer } from '../mail/rule.ts';
import type { Item } from './attribute.ts';
import { readMessage, readPatterns, readRule } from './rule-item.ts';

const BATCH_KEYS_MAX = 100;
/** Batches side by side: 2,000 recipients are 40 batches and must not take all sockets. */
const BATCHES_AT_ONCE = 8;
/** DynamoDB's limit for a partition key; longer ones name nothing. */
const KEY_BYTES_MAX = 2048;
/** Unprocessed keys are asked again after 50 ms, 100 ms … at most this often, some 12 s in all. */
const ROUNDS_MAX = 9;
const BACKOFF_MS = 50;

export type LookUp = { keys: string[]; messageIds?: string[] };

export type RuleStore = {
  /**
   * What stands under the keys (lower-cased addresses and `@domain`s) and under the ids of messages sent before.
   * Throws TableMissing, and what DynamoDB says when it stays overloaded.
   */
  lookUp(asked: LookUp): Promise<DirectoryAnswer>;
};

type Tables = Pick<Config['tables'], 'rules' | 'blocked' | 'messages'>;
type Place = { dynamodb: DynamoDBClient; tables: Tables };
type Wanted = { table: string; key: Record<string, AttributeValue> };

/** One of the three tables does not exist; DynamoDB does not say which. */
export class TableMissing extends Error {
  override name = 'TableMissing';
}

/** Opens the store on three tables of an account; nothing is asked until the first look-up. */
export function openRuleStore(dynamodb: DynamoDBClient, tables: Tables): RuleStore {
  const place = { dynamodb, tables };
  return { lookUp: (asked) => lookUp(place, asked) };
}

const usable = (keys: string[]): string[] =>
  [...new Set(keys)].filter((key) => key !== '' && Buffer.byteLength(key) <= KEY_BYTES_MAX);

async function lookUp(place: Place, { keys, messageIds = [] }: LookUp): Promise<DirectoryAnswer> {
  const { rules, blocked, messages } = place.tables;
  const wanted: Wanted[] = usable(keys).flatMap((key) => [
    { table: rules, key: { email_address: { S: key } } },
    { table: blocked, key: { email_address: { S: key } } },
  ]);
  for (const id of usable(messageIds)) wanted.push({ table: messages, key: { MessageId: { S: id } } });
  const answer: DirectoryAnswer = { rules: {}, blocked: {}, messages: {}, problems: [] };
  let next = 0;
  const askInTurn = async (): Promise<void> => {
    while (next < wanted.length) {
      const batch = wanted.slice(next, next + BATCH_KEYS_MAX);
      next += BATCH_KEYS_MAX;
      await askBatch(place, batch, (table, item) => addItem(answer, place.tables, table, item));
    }
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, askInTurn));
  return answer;
}

async function askBatch(
  place: Place,
  batch: Wanted[],
  add: (table: string, item: Item) => void,
): Promise<void> {
  const request: Record<string, KeysAndAttributes> = {};
  for (const { table, key } of batch) {
    request[table] ??= { Keys: [] };
    request[table].Keys!.push(key);
  }
  let left: Record<string, KeysAndAttributes> | undefined = request;
  for (let round = 0; left !== undefined && Object.keys(left).length > 0; round += 1) {
    if (round === ROUNDS_MAX)
      throw new Error(`DynamoDB left keys of ${Object.keys(left)} unread ${round} times`);
    if (round > 0) await pause(BACKOFF_MS * 2 ** (round - 1));
    const { Responses, UnprocessedKeys } = await send(place, left);
    for (const [table, items] of Object.entries(Responses ?? {})) for (const item of items) add(table, item);
    left = UnprocessedKeys;
  }
}

async function send({ dynamodb, tables }: Place, RequestItems: Record<string, KeysAndAttributes>) {
  try {
    return await dynamodb.send(new BatchGetItemCommand({ RequestItems }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    const names = Object.values(tables).join(', ');
    throw new TableMissing(`One of the DynamoDB tables ${names} does not exist: create it (everpost setup).`);
  }
}

function addItem(answer: DirectoryAnswer, tables: Tables, table: string, item: Item): void {
  const key = (table === tables.messages ? item.MessageId : item.email_address)?.S ?? '';
  const reading = { item, where: `${table} ${key}`, problems: answer.problems };
  if (table === tables.rules) answer.rules[key] = readRule(key, reading);
  else if (table === tables.blocked) answer.blocked[key] = readPatterns(reading);
  else {
    const message = readMessage(key, reading);
    if (message !== undefined) answer.messages[key] = message;
  }
}
