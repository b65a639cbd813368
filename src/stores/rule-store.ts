/**
 * Rules, blocked patterns and outbound messages, read by one batched call for a whole mail (one per 100 distinct
 * keys, DynamoDB's limit). What it answers is valid: this store owns the shape of rules, nobody else checks it.
 */
import { type DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import type { Config } from '../config.ts';
import type { DirectoryAnswer } from '../mail/rule.ts';
import type { Item } from './attribute.ts';
import { readItems, type WantedItem } from './batch.ts';
import { readMessage, readPatterns, readRule } from './rule-item.ts';

/** DynamoDB's limit for a partition key; longer ones name nothing. */
const KEY_BYTES_MAX = 2048;

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

async function lookUp(
  { dynamodb, tables }: Place,
  { keys, messageIds = [] }: LookUp,
): Promise<DirectoryAnswer> {
  const { rules, blocked, messages } = tables;
  const wanted: WantedItem[] = usable(keys).flatMap((key) => [
    { table: rules, key: { email_address: { S: key } } },
    { table: blocked, key: { email_address: { S: key } } },
  ]);
  for (const id of usable(messageIds)) wanted.push({ table: messages, key: { MessageId: { S: id } } });
  const answer: DirectoryAnswer = { rules: {}, blocked: {}, messages: {}, problems: [] };
  try {
    await readItems(dynamodb, wanted, (table, item) => addItem(answer, tables, table, item));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    const names = [rules, blocked, messages].join(', ');
    throw new TableMissing(`One of the DynamoDB tables ${names} does not exist: create it (everpost setup).`);
  }
  return answer;
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
