/**
 * DynamoDB's batches: many keys or items by few calls. What DynamoDB leaves unprocessed is asked again after a pause
 * that doubles, some 12 s in all; then it throws what was left.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  type KeysAndAttributes,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { Item } from './attribute.ts';

/** DynamoDB's limits. */
const KEYS_MAX = 100;
const ITEMS_MAX = 25;
/** Batches side by side: 2,000 recipients are 40 batches and must not take all sockets. */
const BATCHES_AT_ONCE = 8;
const ROUNDS_MAX = 9;
const BACKOFF_MS = 50;

export type WantedItem = { table: string; key: Record<string, AttributeValue> };

/** Runs `act` on pieces of `all`, a few at a time. */
async function inBatches<T>(all: T[], size: number, act: (batch: T[]) => Promise<void>): Promise<void> {
  let next = 0;
  const actInTurn = async (): Promise<void> => {
    while (next < all.length) {
      const batch = all.slice(next, next + size);
      next += size;
      await act(batch);
    }
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, actInTurn));
}

/** Calls `round` with what is left until nothing is. */
async function untilNothingIsLeft<T>(
  all: Record<string, T>,
  round: (left: Record<string, T>) => Promise<Record<string, T> | undefined>,
): Promise<void> {
  let left: Record<string, T> | undefined = all;
  for (let rounds = 0; left !== undefined && Object.keys(left).length > 0; rounds += 1) {
    if (rounds === ROUNDS_MAX)
      throw new Error(`DynamoDB left items of ${Object.keys(left)} unprocessed ${rounds} times`);
    if (rounds > 0) await pause(BACKOFF_MS * 2 ** (rounds - 1));
    left = await round(left);
  }
}

/** Hands every item that is there to `add`, in no order. Each key may be wanted once. */
export async function readItems(
  dynamodb: DynamoDBClient,
  wanted: WantedItem[],
  add: (table: string, item: Item) => void,
): Promise<void> {
  await inBatches(wanted, KEYS_MAX, async (batch) => {
    const request: Record<string, KeysAndAttributes> = {};
    for (const { table, key } of batch) {
      request[table] ??= { Keys: [] };
      request[table].Keys!.push(key);
    }
    await untilNothingIsLeft(request, async (RequestItems) => {
      const { Responses, UnprocessedKeys } = await dynamodb.send(new BatchGetItemCommand({ RequestItems }));
      for (const [table, items] of Object.entries(Responses ?? {}))
        for (const item of items) add(table, item);
      return UnprocessedKeys;
    });
  });
}

/** Writes items over whatever stands under their keys. Each key may come once. */
export async function writeItems(dynamodb: DynamoDBClient, table: string, items: Item[]): Promise<void> {
  await inBatches(items, ITEMS_MAX, async (batch) => {
    const request: Record<string, WriteRequest[]> = {
      [table]: batch.map((Item) => ({ PutRequest: { Item } })),
    };
    await untilNothingIsLeft(request, async (RequestItems) => {
      return (await dynamodb.send(new BatchWriteItemCommand({ RequestItems }))).UnprocessedItems;
    });
  });
}
